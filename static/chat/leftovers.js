// @ts-check
/**
 * What an earlier page in this browser left: messages that did not go out, and a draft. They are nobody's but the
 * writer's, so inside a page that says who is signed in they stay out of sight until that is known, and go for good if
 * it is somebody else.
 */
export class Leftovers {
  /**
   * @param {object} options
   * @param {import("./outbox.js").Outbox} options.outbox
   * @param {import("./composer.js").Composer} options.composer
   * @param {(item: import("./outbox.js").OutboxItem) => void} options.onShown
   * @param {(clientId: string) => void} options.onDropped
   */
  constructor({ outbox, composer, onShown, onDropped }) {
    this.outbox = outbox;
    this.composer = composer;
    this.onShown = onShown;
    this.onDropped = onDropped;
    this.items = outbox.all();
    this.isSettled = false;
  }

  get isAny() {
    return this.items.length > 0 || this.composer.earlier !== "";
  }

  /** They belong to whoever is here: from now on they are like what is written on this page. */
  show() {
    if (this.isSettled) return;
    this.isSettled = true;
    for (const item of this.items) this.onShown(item);
    this.composer.showEarlier();
  }

  /** They belong to somebody else. Also after they were shown, where the page around us was late to say so. */
  drop() {
    this.isSettled = true;
    for (const { clientId } of this.items.splice(0)) {
      this.outbox.settle(clientId);
      this.onDropped(clientId);
    }
    this.composer.dropEarlier();
  }
}
