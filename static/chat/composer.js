// @ts-check
/* global gettext, interpolate */
/** Where the visitor writes. Keeps the draft, counts characters, and never sends half a Chinese word. */

/** The server's limit, in code points. */
export const LONGEST = 4_000;
/** From here on the count is shown. */
const COUNT_FROM = LONGEST * 0.8;
const DRAFT = "draft";
const TALLEST = 132;

/**
 * Length as the server counts it: an emoji is one.
 * @param {string} text
 */
export function codePoints(text) {
  return [...text].length;
}

/**
 * Whether a key means "send": Enter, but not while an input method is composing, when Enter chooses a word.
 * (Safari ends the composition first; there only the key code 229 tells.)
 * @param {{key: string, shiftKey: boolean, isComposing: boolean, keyCode: number}} event
 */
export function meansSend(event) {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

export class Composer extends EventTarget {
  /**
   * @param {HTMLFormElement} form
   * @param {import("./storage.js").PageStorage} storage
   */
  constructor(form, storage) {
    super();
    this.form = form;
    this.storage = storage;
    this.field = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("text"));
    this.button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
    this.counter = /** @type {HTMLElement} */ (form.querySelector("[data-part=count]"));
    /** The draft of an earlier page, kept but not shown before it is known whose it is. */
    this.earlier = storage.get(DRAFT) ?? "";
    /** That draft, once it is shown. */
    this.shown = "";
    this.field.addEventListener("input", () => {
      this.changed();
      this.dispatchEvent(new Event("writing"));
    });
    this.field.addEventListener("keydown", (event) => {
      if (!meansSend(event)) return;
      event.preventDefault();
      this.send();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.changed();
  }

  /** The earlier draft is ours. What somebody typed while this page was still loading comes before it. */
  showEarlier() {
    if (!this.field.value) this.field.value = this.shown = this.earlier;
    this.earlier = "";
    this.changed();
  }

  /** The earlier draft is somebody else's, also where it has been shown already. */
  dropEarlier() {
    this.earlier = "";
    if (this.shown && this.field.value.startsWith(this.shown)) this.field.value = "";
    this.shown = "";
    this.changed();
  }

  /** Keep nothing of what stands here. */
  clear() {
    this.earlier = this.shown = this.field.value = "";
    this.changed();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  send() {
    const text = this.field.value.trim();
    if (!text || codePoints(text) > LONGEST) return;
    this.field.value = this.shown = "";
    this.changed();
    this.dispatchEvent(new CustomEvent("send", { detail: text }));
  }

  changed() {
    const text = this.field.value;
    const kept = text || this.earlier;
    if (kept) this.storage.set(DRAFT, kept);
    else this.storage.remove(DRAFT);
    const length = codePoints(text.trim());
    const over = length > LONGEST;
    this.button.disabled = length === 0 || over;
    this.counter.hidden = length < COUNT_FROM;
    this.counter.classList.toggle("over", over);
    this.counter.textContent = this.counter.hidden
      ? ""
      : interpolate(gettext("%(count)s of %(limit)s characters"), { count: length, limit: LONGEST }, true);
    if (over) this.field.setAttribute("aria-invalid", "true");
    else this.field.removeAttribute("aria-invalid");
    // Grow with the text, up to a few lines.
    this.field.style.setProperty("block-size", "auto");
    this.field.style.setProperty("block-size", `${Math.min(this.field.scrollHeight, TALLEST)}px`);
  }
}
