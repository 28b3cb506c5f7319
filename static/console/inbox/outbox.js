// @ts-check
/**
 * Replies and notes that the server has not acknowledged yet. They survive a reload and are sent again under the same
 * id after a reconnect and after 10 s of silence, so nothing is lost and nothing is doubled.
 */
import { wellFormed } from "../../chat/well-formed.js";
import { keep, kept } from "./keeping.js";

const SILENCE = 10_000;
const TRY_AGAIN = 2_000;

/**
 * @typedef {object} Unsent
 * @property {string} id
 * @property {string} conversation
 * @property {"reply" | "note"} kind
 * @property {string} text
 * @property {string} at
 * @property {"sending" | "failed"} state
 * @property {string} problem
 */

/** A random id; `crypto.randomUUID` exists on https and localhost only. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox extends EventTarget {
  /** @param {import("./desk-connection.js").DeskConnection} connection */
  constructor(connection) {
    super();
    this.connection = connection;
    /** @type {Map<string, Unsent>} */
    this.items = new Map(kept("outbox", /** @type {Unsent[]} */ ([])).map((item) => [item.id, item]));
    /** When each was sent last; 0 sends at the next chance. @type {Map<string, number>} */
    this.sentAt = new Map();
    connection.addEventListener("desk.opened", () => this.sendAll());
    connection.addEventListener("message.acknowledged", (event) => {
      const { client_id: id, sequence } = /** @type {CustomEvent} */ (event).detail;
      const item = this.items.get(id);
      if (!item) return;
      this.forget(id);
      this.dispatchEvent(new CustomEvent("acknowledged", { detail: { item, sequence } }));
    });
    connection.addEventListener("error", (event) => {
      const { code, client_id: id } = /** @type {CustomEvent} */ (event).detail;
      const item = id && this.items.get(id);
      if (!item) return;
      if (code === "busy" || code === "rate_limited") {
        this.sentAt.set(id, Date.now() - SILENCE + TRY_AGAIN);
        return;
      }
      item.state = "failed";
      item.problem = code;
      this.save();
      this.dispatchEvent(new CustomEvent("changed", { detail: item }));
    });
    setInterval(() => this.sendSilent(), 1_000);
  }

  /**
   * Put a text in and send it.
   * @param {string} conversation
   * @param {"reply" | "note"} kind
   * @param {string} text
   * @returns {Unsent}
   */
  add(conversation, kind, text) {
    /** @type {Unsent} */
    const item = {
      id: newId(),
      conversation,
      kind,
      text: wellFormed(text),
      at: new Date().toISOString(),
      state: "sending",
      problem: "",
    };
    this.items.set(item.id, item);
    this.save();
    this.send(item);
    return item;
  }

  /** @param {string} id */
  retry(id) {
    const item = this.items.get(id);
    if (!item) return;
    item.state = "sending";
    item.problem = "";
    this.save();
    this.send(item);
    this.dispatchEvent(new CustomEvent("changed", { detail: item }));
  }

  /** @param {string} id */
  forget(id) {
    this.items.delete(id);
    this.sentAt.delete(id);
    this.save();
  }

  /** @param {string} conversation */
  of(conversation) {
    return [...this.items.values()].filter((item) => item.conversation === conversation);
  }

  /** @param {Unsent} item */
  send(item) {
    const type = item.kind === "note" ? "note.add" : "message.send";
    const sent = this.connection.send(type, { conversation: item.conversation, client_id: item.id, text: item.text });
    this.sentAt.set(item.id, sent ? Date.now() : 0);
  }

  sendAll() {
    for (const item of this.items.values()) if (item.state === "sending") this.send(item);
  }

  sendSilent() {
    for (const item of this.items.values()) {
      const sentAt = this.sentAt.get(item.id) ?? 0;
      if (item.state === "sending" && Date.now() - sentAt > SILENCE) this.send(item);
    }
  }

  save() {
    const items = [...this.items.values()];
    keep("outbox", items.length ? items : null);
  }
}
