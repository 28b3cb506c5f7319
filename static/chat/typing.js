// @ts-check
/* global gettext, interpolate */
/** Who is typing: we tell the person who answers, and show who writes to us. */

/** How often we say that we are still typing. */
const TYPING_AGAIN = 3_000;
/** How long somebody who is said to type is believed to, in milliseconds. */
const TYPING_LASTS = 6_000;

/** Says that we are typing, now and then while it goes on, and once when it ends. */
export class OwnTyping {
  /** @param {(isTyping: boolean) => void} tell */
  constructor(tell) {
    this.tell = tell;
    this.said = 0;
  }

  /** @param {string} text what stands in the field now */
  changed(text) {
    if (!text) {
      this.stopped();
    } else if (Date.now() - this.said > TYPING_AGAIN) {
      this.said = Date.now();
      this.tell(true);
    }
  }

  stopped() {
    if (!this.said) return;
    this.said = 0;
    this.tell(false);
  }
}

/** The dots of whoever writes to us. */
export class TheirTyping {
  /**
   * @param {HTMLElement} dots
   * @param {HTMLElement} text
   * @param {import("./message-list.js").MessageList} list
   */
  constructor(dots, text, list) {
    this.dots = dots;
    this.text = text;
    this.list = list;
    /** @type {Record<string, number>} */
    this.timers = {};
  }

  /**
   * Somebody is typing, as far as we can tell; `onEnd` when that was too long ago.
   * @param {string} author
   * @param {() => void} onEnd
   */
  believe(author, onEnd) {
    clearTimeout(this.timers[author]);
    this.timers[author] = window.setTimeout(onEnd, TYPING_LASTS);
  }

  /**
   * @param {import("./conversation.js").Conversation} known
   * @param {boolean} isExpected whether an answer of the assistant is
   */
  show({ typing, agent, status }, isExpected) {
    const bot = status === "bot" && (typing.bot || isExpected);
    const person = status === "active" && typing.agent;
    if (this.dots.hidden === !(bot || person)) return;
    const stay = this.list.isAtEnd;
    this.dots.hidden = !(bot || person);
    this.text.textContent = person
      ? interpolate(gettext("%(name)s is typing"), { name: agent ?? gettext("A person") }, true)
      : gettext("The assistant is writing");
    if (stay) this.list.scrollToEnd();
  }
}
