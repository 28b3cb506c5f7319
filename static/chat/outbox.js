// @ts-check
/**
 * Messages that the server has not acknowledged yet, each under an entry of its own, so that two tabs never write
 * over each other's. They survive a reload and go out again under the same id, which the server stores once.
 *
 * @typedef {{clientId: string, kind: "text" | "handoff", text: string, at: string}} OutboxItem
 */
import { wellFormed } from "./well-formed.js";

const ENTRY = "outbox:";

/** A name for a message that nobody else will choose: 128 random bits. (`crypto.randomUUID` exists on https only.) */
export function newClientId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  /** @param {import("./storage.js").PageStorage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /**
   * Keep a new message until it is acknowledged.
   * @param {"text" | "handoff"} kind
   * @param {string} text
   * @returns {OutboxItem}
   */
  add(kind, text) {
    const item = { clientId: newClientId(), kind, text: wellFormed(text), at: new Date().toISOString() };
    this.storage.set(ENTRY + item.clientId, JSON.stringify(item));
    return item;
  }

  /**
   * Everything not acknowledged yet, oldest first.
   * @returns {OutboxItem[]}
   */
  all() {
    return this.storage
      .names(ENTRY)
      .map((name) => readItem(this.storage.get(name)))
      .filter((item) => item !== null)
      .sort((one, other) => one.at.localeCompare(other.at));
  }

  /**
   * Forget a message: it is stored, or it can never be.
   * @param {string} clientId
   */
  settle(clientId) {
    this.storage.remove(ENTRY + clientId);
  }
}

/**
 * @param {string | null} text
 * @returns {OutboxItem | null}
 */
function readItem(text) {
  try {
    const item = JSON.parse(text ?? "null");
    return typeof item?.clientId === "string" && typeof item.text === "string" && typeof item.at === "string" ? item : null;
  } catch {
    return null;
  }
}
