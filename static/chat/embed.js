// @ts-check
/** How long after the panel was last opened or closed the visitor counts as using it, in milliseconds. */
const USED_FOR = 3_600_000;

/**
 * The other half of the loader: how this page, in a frame, talks with the page around it.
 *
 * It hears ["hello", token, open, events, used], ["open", open] and ["escape"], and says ["ready"], ["token", token],
 * ["locale", locale], ["unread", count], ["peek", style], ["open"], ["close"]. It listens to its parent only, and only
 * if that is one of the site's origins; what it says goes to exactly the origin that said hello. `ready` alone goes to
 * anybody, since it says nothing.
 */
export class HostPage {
  /**
   * @param {object} options
   * @param {string[]} options.origins who may embed this site
   * @param {(open: boolean) => void} options.onOpen
   * @param {(events: unknown[]) => void} options.onEvents what happened on the page around us
   * @param {() => void} options.onEscape
   */
  constructor({ origins, onOpen, onEvents, onEscape }) {
    this.origins = new Set([...origins, window.location.origin]);
    this.onOpen = onOpen;
    this.onEvents = onEvents;
    this.onEscape = onEscape;
    /** Whether the panel was opened or closed within the last hour. */
    this.isUsed = false;
    /** @type {string | null} */
    this.origin = null;
    /** @type {((token: string | null) => void)[]} */
    this.askers = [];
    window.addEventListener("message", (event) => this.heard(event));
  }

  /**
   * The token that the page around us keeps, or null. Asks afresh, since another tab may have got one meanwhile.
   * @returns {Promise<string | null>}
   */
  token() {
    const answer = new Promise((resolve) => this.askers.push(resolve));
    window.parent.postMessage(["ready"], this.origin ?? "*");
    return answer;
  }

  /**
   * @param {"token" | "locale" | "unread" | "peek" | "open" | "close"} what
   * @param {string | number} [value]
   */
  tell(what, value) {
    if (this.origin) window.parent.postMessage([what, value], this.origin);
  }

  /** @param {MessageEvent} event */
  heard(event) {
    if (event.source !== window.parent || !this.origins.has(event.origin) || !Array.isArray(event.data)) return;
    const [what, ...values] = event.data;
    if (what === "hello") {
      const [token, open, events, used] = values;
      this.origin = event.origin;
      this.isUsed = Date.now() - Math.abs(Number(used)) < USED_FOR;
      for (const resolve of this.askers.splice(0)) resolve(typeof token === "string" ? token : null);
      this.onOpen(open === true);
      if (Array.isArray(events) && events.length > 0) this.onEvents(events);
    } else if (what === "open" && this.origin) {
      this.onOpen(values[0] === true);
    } else if (what === "escape") {
      this.onEscape();
    }
  }
}
