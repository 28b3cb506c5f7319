// @ts-check
/**
 * An invitation over the launcher: the frame shows through the closed panel, as high as the invitation is.
 *
 * It takes no focus; a screen reader hears it as a status. Esc dismisses it, from the page around it as well.
 */
/** What the launcher and the edges take of the window's height, in pixels. */
const TAKEN = 108;
/** About how high an invitation is, until it can be measured. */
const USUAL = 200;

export class Invitation {
  /**
   * @param {object} options
   * @param {import("./embed.js").HostPage} options.host
   * @param {(id: string, what: "accepted" | "dismissed" | "opted_out", reply: string) => void} options.onAnswer
   */
  constructor({ host, onAnswer }) {
    this.host = host;
    this.onAnswer = onAnswer;
    this.id = "";
    this.section = /** @type {HTMLElement} */ (document.getElementById("invitation"));
    this.text = this.part("text");
    this.replies = this.part("replies");
    this.part("dismiss").addEventListener("click", () => this.answer("dismissed"));
    this.part("opt-out").addEventListener("click", () => this.answer("opted_out"));
    // The frame has no size before it is shown, so it is shown first and measured then; a browser may put off
    // drawing a small frame, and with it what observes sizes.
    new ResizeObserver(() => this.id && this.peek(this.section.offsetHeight)).observe(this.section);
  }

  /**
   * @param {string} name
   * @returns {HTMLElement}
   */
  part(name) {
    return /** @type {HTMLElement} */ (this.section.querySelector(`[data-part="${name}"]`));
  }

  /** @param {{id: string, text: string, quickReplies: string[]}} invitation */
  show({ id, text, quickReplies }) {
    this.id = id;
    this.section.hidden = false;
    document.body.dataset.peek = "";
    const own = this.section.dataset.accept ?? "";
    this.replies.replaceChildren(
      ...(quickReplies.length > 0 ? quickReplies : [own]).map((reply) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "chip";
        button.textContent = reply;
        button.addEventListener("click", () => this.answer("accepted", quickReplies.length > 0 ? reply : ""));
        return button;
      }),
    );
    this.peek(USUAL);
    // A status is announced when it changes, so its words come after its element is there.
    window.setTimeout(() => {
      if (this.id !== id) return;
      this.text.textContent = text;
      this.peek(this.section.offsetHeight);
    }, 100);
  }

  /** Take it away without an answer: the panel was opened by itself. */
  hide() {
    if (!this.id) return;
    this.id = "";
    this.section.hidden = true;
    this.text.textContent = "";
    delete document.body.dataset.peek;
    this.host.tell("peek");
  }

  /**
   * @param {"accepted" | "dismissed" | "opted_out"} what
   * @param {string} [reply]
   */
  answer(what, reply = "") {
    const { id } = this;
    if (!id) return;
    this.hide();
    if (what === "accepted") this.host.tell("open");
    this.onAnswer(id, what, reply);
  }

  /** @param {number} height */
  peek(height) {
    const size = `width:min(340px,100vw - 40px);height:min(${height}px,100vh - ${TAKEN}px)`;
    this.host.tell("peek", `display:block;${size}`);
  }
}
