// @ts-check
/** How long after the panel was last opened or closed the visitor counts as using it, in milliseconds. */
const USED_FOR = 3_600_000;

/**
 * The other half of the loader: how this page, in a frame, talks with the page around it.
 *
 * It hears ["hello", token, open, events, used], ["open", open], ["who", signed identity] and ["escape"], and says
 * ["ready"], ["who"], ["token", token], ["locale", locale], ["unread", count], ["identity", code], ["peek", style],
 * ["open"], ["close"]. It listens to its parent only, and only if that is one of the site's origins; what it says goes
 * to exactly the origin that said hello. `ready` alone goes to anybody, since it says nothing.
 */
/** How long the page around us may take to say who is signed in, in milliseconds. */
const PATIENCE = 10_000;

export class HostPage {
  /**
   * @param {object} options
   * @param {string[]} options.origins who may embed this site
   * @param {(open: boolean) => void} options.onOpen
   * @param {() => void} options.onIdentity somebody signed in or out on the page
   * @param {() => void} options.onLateIdentity the answer came after we went on without; `identity()` has it
   * @param {(events: unknown[]) => void} options.onEvents what happened on the page around us
   * @param {() => void} options.onEscape
   */
  constructor({ origins, onOpen, onIdentity, onLateIdentity, onEvents, onEscape }) {
    this.origins = new Set([...origins, window.location.origin]);
    this.onOpen = onOpen;
    this.onIdentity = onIdentity;
    this.onLateIdentity = onLateIdentity;
    this.onEvents = onEvents;
    this.onEscape = onEscape;
    /** Whether the panel was opened or closed within the last hour. */
    this.isUsed = false;
    /** @type {string | null} */
    this.origin = null;
    /** @type {((token: string | null) => void)[]} */
    this.askers = [];
    /** @type {((identity: string | null) => void) | null} */
    this.identityAsked = null;
    /** Whether an answer is still to come that nobody waits for any more. */
    this.isOverdue = false;
    /** An answer that came late. @type {string | null} */
    this.lateIdentity = null;
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
   * What the page's server signed about who is signed in: empty for nobody, null where the page does not say.
   * @returns {Promise<string | null>}
   */
  identity() {
    const said = this.lateIdentity;
    this.lateIdentity = null;
    if (said !== null) return Promise.resolve(said);
    return new Promise((resolve) => {
      const late = window.setTimeout(() => {
        this.identityAsked = null;
        this.isOverdue = true;
        resolve(null);
      }, PATIENCE);
      this.identityAsked = (identity) => {
        clearTimeout(late);
        resolve(identity);
      };
      this.tell("who");
    });
  }

  /**
   * @param {"token" | "locale" | "unread" | "peek" | "open" | "close" | "who" | "identity"} what
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
    } else if (what === "who" && this.origin) {
      const [identity] = values;
      const asked = this.identityAsked;
      const isLate = !asked && this.isOverdue;
      this.identityAsked = null;
      this.isOverdue = false;
      if (asked) {
        asked(typeof identity === "string" ? identity : null);
      } else if (!isLate) {
        this.onIdentity();
      } else if (typeof identity === "string") {
        this.lateIdentity = identity;
        this.onLateIdentity();
      }
    } else if (what === "open" && this.origin) {
      this.onOpen(values[0] === true);
    } else if (what === "escape") {
      this.onEscape();
    }
  }
}
