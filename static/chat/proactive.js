// @ts-check
/**
 * Behaviour events of the page around us, and the invitations that they lead to.
 *
 * The loader hands over what the page says; nothing goes on from here if the site takes no events or the browser asks
 * not to be tracked. The token travels in a header. Reports go out one after the other; what cannot be sent is lost:
 * it was only behaviour.
 */
import { Invitation } from "./invitation.js";

/** How long events are gathered, in milliseconds. */
const GATHER = 50;
const MOST_EVENTS = 20;
const PATIENCE = 15_000;
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
    /** @type {boolean | null} */
    this.consent = null;
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
    if (this.saysNo) return;
    for (const text of said) {
      const [kind, details, path] = JSON.parse(String(text));
      if (kind === CONSENT) {
        this.consent = details?.given === true;
        continue;
      }
      const event = { page: path, ...(typeof details === "object" ? details : {}), kind };
      if (event.page !== this.page || kind === "page_viewed") this.since = performance.now();
      this.page = event.page;
      this.events.push(event);
    }
    this.reportAfter(GATHER);
  }

  /** @param {number} milliseconds */
  reportAfter(milliseconds) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.report(), milliseconds);
  }

  /** Tell the server what happened, and hear whether there is something to show. */
  async report() {
    if (this.isBusy) return;
    if (document.visibilityState !== "visible") {
      // A tab in the background shows nothing; it reports when somebody looks at it.
      document.addEventListener("visibilitychange", () => this.reportAfter(GATHER), { once: true });
      return;
    }
    const { consent, page } = this;
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
