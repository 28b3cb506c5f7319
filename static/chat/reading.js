// @ts-check
/**
 * How far the visitor has read. Something is read when it stands on a page that is on the screen: in a frame that also
 * means that the widget is open.
 */
export class Reading {
  /**
   * @param {object} options
   * @param {import("./storage.js").PageStorage} options.storage
   * @param {boolean} options.isOpen
   * @param {() => void} options.onChange called when the page came into sight or went out of it
   */
  constructor({ storage, isOpen, onChange }) {
    this.storage = storage;
    this.isOpen = isOpen;
    this.onChange = onChange;
    /** Where the line "new messages" stands, as long as this page is in sight. @type {number | null} */
    this.newAfter = null;
    document.addEventListener("visibilitychange", () => onChange());
  }

  get isInSight() {
    return this.isOpen && document.visibilityState === "visible";
  }

  /** @param {boolean} isOpen */
  setOpen(isOpen) {
    if (this.isOpen === isOpen) return;
    this.isOpen = isOpen;
    this.onChange();
  }

  /**
   * The last sequence that was in sight; nothing is remembered of a conversation met for the first time, whose
   * past then counts as read.
   * @param {string} conversation
   * @returns {number | null}
   */
  readUpTo(conversation) {
    const kept = this.storage.get(`read:${conversation}`);
    return kept === null ? null : Number(kept) || 0;
  }

  /**
   * @param {string} conversation
   * @param {number} sequence
   */
  markRead(conversation, sequence) {
    if ((this.readUpTo(conversation) ?? -1) < sequence) this.storage.set(`read:${conversation}`, String(sequence));
  }
}
