// @ts-check
/** Writing: reply and note with a draft each, Enter that never interrupts an input method, telling that one types. */
import { keep, kept, setting } from "./keeping.js";

const TELL_EVERY = 3_000;
const STOPPED_AFTER = 5_000;

/** @typedef {"reply" | "note"} Kind */

export class Composer {
  /**
   * @param {import("./desk-connection.js").DeskConnection} connection
   * @param {(kind: Kind, text: string) => void} send
   */
  constructor(connection, send) {
    this.connection = connection;
    this.send = send;
    this.conversation = "";
    /** @type {Kind} */
    this.kind = "reply";
    this.toldAt = 0;
    this.stopTimer = 0;
    this.composedAt = 0;
    document.addEventListener("desk:setting", () => this.hint());
    // The server forgets a dead socket's typing by itself; this is for those who leave the page.
    addEventListener("pagehide", () => this.stopTyping());
  }

  get area() {
    return document.getElementById("composer-area");
  }

  get form() {
    return /** @type {HTMLFormElement | null} */ (document.getElementById("composer"));
  }

  get field() {
    return /** @type {HTMLTextAreaElement | null} */ (document.getElementById("composer-text"));
  }

  /** Take over the composer that is on the page now. @param {string} conversation */
  adopt(conversation) {
    this.stopTyping();
    this.conversation = conversation;
    const { area, form, field } = this;
    if (!area || !form || !field) return;
    const isMine = area.dataset.mode === "mine";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("button[data-kind]"))) {
      button.addEventListener("click", () => this.write(/** @type {Kind} */ (button.dataset.kind)));
    }
    area.querySelector("[data-note-open]")?.addEventListener("click", () => this.write("note"));
    field.addEventListener("input", () => {
      this.keepDraft();
      this.tellTyping();
    });
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("compositionend", () => (this.composedAt = Date.now()));
    field.addEventListener("blur", () => this.stopTyping());
    this.become(isMine ? kept(`kind.${conversation}`, /** @type {Kind} */ ("reply")) : "note");
    if (!isMine && field.value) this.showNote();
  }

  showNote() {
    const opener = this.area?.querySelector("[data-note-open]");
    opener?.setAttribute("aria-expanded", "true");
    opener?.toggleAttribute("hidden", true);
    this.form?.toggleAttribute("hidden", false);
  }

  /** Write a reply or a note now; false if it cannot be. @param {Kind} kind */
  write(kind) {
    if (!this.form || (kind === "reply" && this.area?.dataset.mode !== "mine")) return false;
    this.become(kind);
    this.showNote();
    this.field?.focus();
    return true;
  }

  /** @param {Kind} kind */
  become(kind) {
    const { form, field } = this;
    if (!form || !field) return;
    if (kind === "note") this.stopTyping();
    this.kind = kind;
    form.dataset.kind = kind;
    keep(`kind.${this.conversation}`, kind === "note" && this.area?.dataset.mode === "mine" ? kind : null);
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("button[data-kind]"))) {
      button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
    }
    for (const label of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-reply][data-note]"))) {
      label.textContent = label.dataset[kind] ?? "";
    }
    field.value = kept(`draft.${kind}.${this.conversation}`, "");
    this.hint();
  }

  hint() {
    const place = document.getElementById("composer-hint");
    if (!place) return;
    place.textContent = setting("enter")
      ? gettext("Enter sends, Shift+Enter makes a new line")
      : gettext("Ctrl+Enter or ⌘+Enter sends");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Enter") return;
    // 229 and the moment after the end are for browsers that report the ending Enter of an input method late.
    if (event.isComposing || event.keyCode === 229 || Date.now() - this.composedAt < 50) return;
    const always = event.ctrlKey || event.metaKey;
    if (!always && (!setting("enter") || event.shiftKey || event.altKey)) return;
    event.preventDefault();
    this.submit();
  }

  submit() {
    const { field } = this;
    const text = field?.value.trim() ?? "";
    if (!field || !text) return;
    field.value = "";
    this.keepDraft();
    this.stopTyping();
    this.send(this.kind, text);
    field.focus();
  }

  keepDraft() {
    const text = this.field?.value ?? "";
    keep(`draft.${this.kind}.${this.conversation}`, text || null);
  }

  tellTyping() {
    if (this.kind !== "reply") return;
    clearTimeout(this.stopTimer);
    if (!this.field?.value) {
      this.stopTyping();
      return;
    }
    this.stopTimer = setTimeout(() => this.stopTyping(), STOPPED_AFTER);
    if (Date.now() - this.toldAt < TELL_EVERY) return;
    this.toldAt = Date.now();
    this.connection.send("typing.set", { conversation: this.conversation, typing: true });
  }

  stopTyping() {
    clearTimeout(this.stopTimer);
    if (!this.toldAt) return;
    this.toldAt = 0;
    this.connection.send("typing.set", { conversation: this.conversation, typing: false });
  }
}
