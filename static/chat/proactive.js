// @ts-check
/**
 * Behaviour events of the page around us, and the invitations that they lead to.
 *
 * The loader hands over what the page says; nothing goes on from here if the site takes no events or the browser asks
 * not to be tracked. The token travels in a header. Reports go out one after the other; what cannot be sent is lost:
 * it was only behaviour. A refusal is not: it goes out alone, until the server has taken it.
 */
import { Invitation } from "./invitation.js";

/** How long events are gathered, in milliseconds. */
const GATHER = 50;
const MOST_EVENTS = 20;
const PATIENCE = 15_000;
/** After how long a refusal goes out again that the server has not taken, in milliseconds: at first, and at most. */
const REFUSE_AGAIN = 5_000;
const REFUSE_AGAIN_AT_MOST = 300_000;
/** What a page says about its visitor's choice; everything else is an event. */
const CONSENT = "consent";

export class Proactive {
  /**
   * @param {object} options
   * @param {string} options.site
   * @param {string} options.locale
   * @param {string} options.basis the lawful basis on which the site takes events
   * @param {import("./embed.js").HostPage} options.host
   * @param {import("./visitor.js").VisitorIdentity} options.visitor
   * @param {() => boolean} options.isOpen
   * @param {() => void} options.onAccepted
   */
  constructor({ site, locale, basis, host, visitor, isOpen, onAccepted }) {
    this.url = `/api/v1/sites/${site}/`;
    this.locale = locale;
    this.basis = basis;
    this.visitor = visitor;
    this.isOpen = isOpen;
    this.onAccepted = onAccepted;
    /** @type {{kind: string, page?: string}[]} */
    this.events = [];
    /** What the page says of its visitor's choice and the server has not heard. @type {boolean | null} */
    this.consent = null;
    this.refuseAgain = REFUSE_AGAIN;
    this.page = "/";
    this.since = performance.now();
    this.timer = 0;
    this.isBusy = false;
    this.invitation = new Invitation({ host, onAnswer: (id, what, reply) => this.answered(id, what, reply) });
  }

  /** Whether the browser asks not to be tracked. */
  get saysNo() {
    const { globalPrivacyControl, doNotTrack } = /** @type {any} */ (navigator);
    return globalPrivacyControl === true || doNotTrack === "1";
  }

  /** @param {unknown[]} said each a text of `[kind, details, path of the page]` */
  hear(said) {
    let isNews = false;
    for (const text of said) {
      const [kind, details, path] = JSON.parse(String(text));
      if (kind === CONSENT) isNews = this.chosen(details?.given === true);
      // What the visitor does not want told is not kept for later either.
      if (kind === CONSENT || this.saysNo || this.consent === false) continue;
      const event = { page: path, ...(typeof details === "object" ? details : {}), kind };
      if (event.page !== this.page || kind === "page_viewed") this.since = performance.now();
      this.page = event.page;
      this.events.push(event);
    }
    if (isNews || this.events.length > 0) this.reportAfter(GATHER);
  }

  /**
   * A browser that asks not to be tracked is believed against a page that says its visitor agreed.
   * @param {boolean} given
   * @returns {boolean} whether the server should hear of it
   */
  chosen(given) {
    if (given && this.saysNo) return false;
    this.consent = given;
    this.refuseAgain = REFUSE_AGAIN;
    if (!given) this.events = [];
    return true;
  }

  /** The visitor is somebody to the server now: what they refused before that counts. */
  met() {
    if (this.consent === false) this.reportAfter(GATHER);
  }

  /** @param {number} milliseconds */
  reportAfter(milliseconds) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.report(), milliseconds);
  }

  /** Tell the server what happened, and hear whether there is something to show. */
  async report() {
    if (this.isBusy) return;
    const { consent, page } = this;
    if (consent === false) return this.refuse();
    if (document.visibilityState !== "visible") {
      // A tab in the background shows nothing; it reports when somebody looks at it.
      document.addEventListener("visibilitychange", () => this.reportAfter(GATHER), { once: true });
      return;
    }
    const events = this.events.splice(0, MOST_EVENTS);
    this.consent = null;
    this.isBusy = true;
    try {
      // Nobody gets an identity for the sake of events that may not be kept.
      const isAllowed = consent === true || (consent === null && this.basis !== "consent");
      const token = await (isAllowed ? this.visitor.introduce() : this.visitor.ours());
      if (!token) return;
      const seconds = Math.floor((performance.now() - this.since) / 1000);
      const answer = await this.post(token, "behaviour", {
        ...{ events, page, seconds, locale: this.locale, panel_open: this.isOpen() },
        ...(consent === null ? {} : { consent }),
      });
      if (answer.status === 401) this.visitor.refuse();
      if (answer.status === 400) console.warn("xiaoer: events refused", await answer.text());
      if (!answer.ok) return;
      const { invitation, ask_again } = await answer.json();
      if (invitation) await this.offer(token, invitation);
      else if (ask_again) this.reportAfter(ask_again * 1000);
    } catch {
      // The line is down.
    } finally {
      this.isBusy = false;
      if (this.events.length > 0 || this.consent !== null) this.reportAfter(GATHER);
    }
  }

  /** Tell the server that the visitor refuses, and keep at it. Of somebody whom nobody knows there is nothing kept. */
  async refuse() {
    this.isBusy = true;
    let again = this.refuseAgain;
    try {
      const token = await this.visitor.ours();
      if (!token) again = 0;
      const answer = token ? await this.post(token, "behaviour", { events: [], consent: false }) : null;
      if (answer?.status === 401) this.visitor.refuse();
      if (answer?.ok) {
        again = 0;
        if (this.consent === false) this.consent = null;
      }
    } catch {
      // The line is down.
    } finally {
      this.isBusy = false;
    }
    if (this.consent !== false) {
      if (this.events.length > 0 || this.consent !== null) this.reportAfter(GATHER);
    } else if (again) {
      this.refuseAgain = Math.min(again * 2, REFUSE_AGAIN_AT_MOST);
      this.reportAfter(again);
    }
  }

  /**
   * Show it, if the server lets this page be the one.
   * @param {string} token
   * @param {{id: string, text: string, quick_replies: string[]}} invitation
   */
  async offer(token, { id, text, quick_replies }) {
    if (this.isOpen() || this.invitation.id) return;
    const answer = await this.post(token, `invitations/${id}`, { answer: "shown" });
    if (answer.ok && !this.isOpen()) this.invitation.show({ id, text, quickReplies: quick_replies });
  }

  /**
   * @param {string} id
   * @param {"accepted" | "dismissed" | "opted_out"} what
   * @param {string} reply
   */
  async answered(id, what, reply) {
    try {
      const token = await this.visitor.ours();
      if (token) await this.post(token, `invitations/${id}`, { answer: what, reply });
    } catch {
      // A dismissal that got lost is seen again at most as often as the rule allows.
    }
    if (what === "accepted") this.onAccepted();
  }

  /**
   * @param {string} token
   * @param {string} path
   * @param {object} body
   */
  post(token, path, body) {
    return fetch(this.url + path, {
      method: "POST",
      credentials: "omit",
      keepalive: true,
      signal: AbortSignal.timeout(PATIENCE),
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  }
}
