// @ts-check
/**
 * Gets every message of ours to the server exactly once: it stays in the outbox until it is acknowledged, and goes out
 * again under the same id after a reconnect and after a silence.
 */
import { TRY_AGAIN } from "./conversation.js";

/** Milliseconds without an acknowledgement after which a message is sent again. */
export const RESEND_AFTER = 10_000;
/** Milliseconds after which the page says that it was not sent. It stays in the outbox and still goes out later. */
export const FAILED_AFTER = 30_000;
/** Milliseconds after which a message goes out again that the server was too busy for. */
export const BUSY_AGAIN = 2_000;

/** @typedef {import("./outbox.js").OutboxItem} OutboxItem */

export class Delivery {
  /**
   * @param {object} options
   * @param {import("./outbox.js").Outbox} options.outbox
   * @param {(item: OutboxItem) => boolean} options.send false while the line is down
   * @param {(item: OutboxItem, state: "sending" | "failed", code: string) => void} options.onState
   */
  constructor({ outbox, send, onState }) {
    this.outbox = outbox;
    this.send = send;
    this.onState = onState;
    /** @type {Map<string, {item: OutboxItem, resend: number, fail: number}>} */
    this.waiting = new Map();
  }

  /**
   * Send a message now if the line is open, otherwise when it is.
   * @param {OutboxItem} item
   */
  submit(item) {
    this.forget(item.clientId);
    const entry = {
      item,
      resend: 0,
      fail: window.setTimeout(() => this.onState(item, "failed", "timeout"), FAILED_AFTER),
    };
    this.waiting.set(item.clientId, entry);
    this.onState(item, "sending", "");
    this.attempt(entry);
  }

  /** The line is open: send everything that is not acknowledged, oldest first. */
  flush() {
    for (const item of this.outbox.all()) this.submit(item);
  }

  /**
   * The server has it.
   * @param {string} clientId
   */
  acknowledged(clientId) {
    this.forget(clientId);
    this.outbox.settle(clientId);
  }

  /**
   * The server refused it: for now (then it goes out again by itself) or for good.
   * @param {string} clientId
   * @param {string} code
   */
  refused(clientId, code) {
    const entry = this.waiting.get(clientId);
    if (!entry) return;
    if (TRY_AGAIN.has(code)) {
      clearTimeout(entry.resend);
      entry.resend = window.setTimeout(() => this.attempt(entry), BUSY_AGAIN);
      return;
    }
    this.forget(clientId);
    this.outbox.settle(clientId);
  }

  /** @param {{item: OutboxItem, resend: number, fail: number}} entry */
  attempt(entry) {
    clearTimeout(entry.resend);
    this.send(entry.item);
    entry.resend = window.setTimeout(() => this.attempt(entry), RESEND_AFTER);
  }

  /** @param {string} clientId */
  forget(clientId) {
    const entry = this.waiting.get(clientId);
    if (!entry) return;
    clearTimeout(entry.resend);
    clearTimeout(entry.fail);
    this.waiting.delete(clientId);
  }
}
