// @ts-check
/**
 * The desk's socket: opens, opens again after a loss, and delivers each message of a watched conversation once and
 * in order. Frames are dispatched as events named like them; `message.posted` only when nothing is missing before it.
 * `state` tells how the connection is: connecting, open, lost, refused.
 */
import { CLOSE, decode, encode } from "../../chat/frames.js";

const SILENCE = 45_000;
const LONGEST_WAIT = 15_000;
const CHECK_EVERY = 5_000;
const REPORT_EVERY = 2_000;

export class DeskConnection extends EventTarget {
  /** @param {string} url */
  constructor(url) {
    super();
    this.url = url;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {"connecting" | "open" | "lost" | "refused"} */
    this.state = "connecting";
    /** The last sequence that was delivered, by watched conversation. @type {Map<string, number>} */
    this.cursors = new Map();
    /** @type {Map<string, number>} */
    this.resuming = new Map();
    /** @type {Set<string>} */
    this.unreported = new Set();
    this.failures = 0;
    this.heardAt = 0;
    this.timer = 0;
    setInterval(() => this.check(), CHECK_EVERY);
    setInterval(() => this.report(), REPORT_EVERY);
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.hurry();
    });
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.hurry();
    });
  }

  /** Open the socket. */
  open() {
    clearTimeout(this.timer);
    this.timer = 0;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.addEventListener("open", () => {
      socket.send(encode("desk.open", { cursors: Object.fromEntries(this.cursors) }));
    });
    socket.addEventListener("message", (event) => this.hear(event.data));
    socket.addEventListener("close", (event) => {
      if (this.socket === socket) this.lose(event.code);
    });
  }

  /** @param {number} code */
  lose(code) {
    this.socket = null;
    this.resuming.clear();
    if (code === CLOSE.forbidden) {
      this.become("refused");
      return;
    }
    this.become("lost");
    // A restart and a slow reader may come back at once; accidents wait longer each time, with jitter.
    const soon = code === CLOSE.restarting || code === CLOSE.tooSlow;
    const most = soon ? 1_000 : Math.min(LONGEST_WAIT, 500 * 2 ** this.failures);
    const least = code === CLOSE.tooMany ? 10_000 : 200;
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), least + Math.random() * most);
  }

  /** Try now instead of at the end of the wait. */
  hurry() {
    if (this.timer && this.state !== "refused") this.open();
    else this.check();
  }

  /** A socket that says nothing for 45 s is dead, whatever it claims. */
  check() {
    if (this.socket && Date.now() - this.heardAt > SILENCE) {
      const silent = this.socket;
      this.socket = null;
      silent.close();
      this.lose(0);
    }
  }

  /** @param {typeof this.state} state */
  become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  /**
   * Send a frame; false if the socket is not open, and then nothing was sent.
   * @param {Parameters<typeof encode>[0]} type
   * @param {Record<string, unknown>} data
   */
  send(type, data) {
    if (this.state !== "open" || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(encode(type, data));
    return true;
  }

  /**
   * Follow a conversation whose messages up to `after` are on the page.
   * @param {string} conversation
   * @param {number} after
   */
  watch(conversation, after) {
    this.cursors.set(conversation, after);
    this.send("conversation.watch", { conversation, after });
  }

  /** @param {string} conversation */
  unwatch(conversation) {
    if (this.cursors.delete(conversation)) this.send("conversation.unwatch", { conversation });
    this.resuming.delete(conversation);
  }

  /** @param {unknown} text */
  hear(text) {
    this.heardAt = Date.now();
    const frame = decode(text);
    if (!frame) return;
    const { type, data } = frame;
    if (type === "desk.opened") {
      this.failures = 0;
      this.become("open");
    } else if (type === "message.posted") {
      this.receive(data);
      return;
    } else if (type === "messages.resumed") {
      this.resuming.delete(data.conversation);
    }
    if ("sequence" in data && "conversation" in data && type !== "message.acknowledged") {
      this.fill(data.conversation, data.sequence);
    }
    this.dispatchEvent(new CustomEvent(type, { detail: data }));
  }

  /** @param {{conversation: string, sequence: number, previous: number}} message */
  receive(message) {
    const cursor = this.cursors.get(message.conversation);
    if (cursor === undefined || message.sequence <= cursor) return;
    if (message.previous !== cursor) {
      this.fill(message.conversation, message.sequence);
      return;
    }
    this.cursors.set(message.conversation, message.sequence);
    this.unreported.add(message.conversation);
    this.dispatchEvent(new CustomEvent("message.posted", { detail: message }));
  }

  /**
   * Ask for what is missing up to `sequence`, once at a time.
   * @param {string} conversation
   * @param {number} sequence
   */
  fill(conversation, sequence) {
    const cursor = this.cursors.get(conversation);
    if (cursor === undefined || sequence <= cursor) return;
    const asked = this.resuming.get(conversation) ?? 0;
    if (Date.now() - asked < 3_000) return;
    if (this.send("messages.resume", { conversation, after: cursor })) this.resuming.set(conversation, Date.now());
  }

  /** Tell the server how far this page has read. */
  report() {
    for (const conversation of this.unreported) {
      const sequence = this.cursors.get(conversation);
      if (sequence !== undefined) this.send("cursor.report", { conversation, sequence });
    }
    this.unreported.clear();
  }
}
