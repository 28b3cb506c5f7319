// @ts-check
/**
 * One WebSocket that is always coming back: connects, introduces itself, watches for silence, and waits a growing,
 * jittered time between attempts, so that a restarted server is not met by everybody at once.
 */
import { CLOSE, decode, encode } from "./frames.js";
import { IdentityRefused, SiteUnavailable } from "./session.js";

export const FIRST_WAIT = 200;
export const LONGEST_WAIT = 20_000;
/** The server says something at least every 25 s; after this long without a word the line is dead. */
export const SILENCE = 45_000;

/**
 * How long to wait before attempt number `attempt` (0 is the first), in milliseconds: doubling, half of it random.
 * @param {number} attempt
 * @param {number} random 0 to 1
 */
export function waitBefore(attempt, random) {
  const whole = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(attempt, 10));
  return Math.round(whole / 2 + (whole / 2) * random);
}

/** @typedef {"idle" | "connecting" | "open" | "retrying" | "unavailable" | "stranger"} Phase */

/**
 * What to say of a session that could not be opened.
 * @param {unknown} error
 * @returns {Phase}
 */
function phaseAfter(error) {
  if (error instanceof IdentityRefused) return "stranger";
  return error instanceof SiteUnavailable ? "unavailable" : "retrying";
}

export class Connection {
  /**
   * @param {object} options
   * @param {string} options.url address of the socket
   * @param {() => Promise<Record<string, unknown>>} options.introduce data of `session.open`; may ask the server first
   * @param {(frame: {type: string, data: any}) => void} options.onFrame
   * @param {(phase: Phase) => void} options.onPhase
   * @param {() => void} options.onTokenRefused
   */
  constructor({ url, introduce, onFrame, onPhase, onTokenRefused }) {
    this.url = url;
    this.introduce = introduce;
    this.onFrame = onFrame;
    this.onPhase = onPhase;
    this.onTokenRefused = onTokenRefused;
    /** @type {Phase} */
    this.phase = "idle";
    this.attempt = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** Which attempt is under way; an earlier one that comes back late is ignored. */
    this.turn = {};
    this.timer = 0;
    this.watchdog = 0;
    window.addEventListener("online", () => this.phase !== "idle" && this.reconnect());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.phase === "retrying") this.reconnect();
    });
  }

  /** Connect if that has not begun yet. */
  start() {
    if (this.phase === "idle") this.connect();
  }

  /** Drop whatever there is and connect now: the network came back, or somebody asked. */
  reconnect() {
    clearTimeout(this.timer);
    this.drop();
    this.attempt = 0;
    this.connect();
  }

  /**
   * Send a frame if the line is open; false if it is not, and then the caller keeps what it wanted to say.
   * @param {keyof typeof import("./frames.js").CLIENT} type
   * @param {Record<string, unknown>} data
   */
  send(type, data) {
    if (this.phase !== "open" || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(encode(type, data));
    return true;
  }

  async connect() {
    if (this.attempt === 0 || this.phase === "idle") this.enter("connecting");
    let introduction;
    const turn = {};
    this.turn = turn;
    try {
      introduction = await this.introduce();
    } catch (error) {
      if (this.turn === turn) this.retry(phaseAfter(error));
      return;
    }
    if (this.turn !== turn) return;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.addEventListener("open", () => socket.send(encode("session.open", introduction)));
    socket.addEventListener("message", (event) => this.heard(socket, event.data));
    socket.addEventListener("close", (event) => this.closed(socket, event.code));
    this.watch(socket);
  }

  /**
   * @param {WebSocket} socket
   * @param {unknown} text
   */
  heard(socket, text) {
    if (socket !== this.socket) return;
    this.watch(socket);
    const frame = decode(text);
    if (!frame) return;
    if (frame.type === "session.opened") {
      this.attempt = 0;
      this.enter("open");
    }
    this.onFrame(frame);
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  closed(socket, code) {
    if (socket !== this.socket) return;
    this.drop();
    if (code === CLOSE.token) this.onTokenRefused();
    // A restart and a slow reader are told to come back at once; the rest waits its turn.
    if (code === CLOSE.restarting || code === CLOSE.tooSlow) this.attempt = 0;
    if (code === CLOSE.tooMany || code === CLOSE.badFrames) this.attempt = Math.max(this.attempt, 5);
    this.retry(code === CLOSE.forbidden ? "unavailable" : "retrying");
  }

  /** @param {Phase} phase */
  retry(phase) {
    this.enter(phase);
    const wait = phase === "unavailable" || phase === "stranger" ? LONGEST_WAIT : waitBefore(this.attempt, Math.random());
    this.attempt += 1;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.connect(), wait);
  }

  /**
   * Start counting the silence anew.
   * @param {WebSocket} socket
   */
  watch(socket) {
    clearTimeout(this.watchdog);
    this.watchdog = window.setTimeout(() => {
      if (socket !== this.socket) return;
      this.drop();
      this.retry("retrying");
    }, SILENCE);
  }

  /** Let go of the socket without listening to its end. */
  drop() {
    clearTimeout(this.watchdog);
    const socket = this.socket;
    this.socket = null;
    this.turn = {};
    socket?.close();
  }

  /** @param {Phase} phase */
  enter(phase) {
    if (phase === this.phase) return;
    this.phase = phase;
    this.onPhase(phase);
  }
}
