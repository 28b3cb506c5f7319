// @ts-check
/**
 * Who we are to the server: the token, where it is kept, and the word of the page around us about who is signed in.
 */
import { IdentityRefused, openSession } from "./session.js";

const TOKEN = "token";

export class VisitorIdentity {
  /**
   * @param {object} options
   * @param {string} options.site
   * @param {string} options.locale
   * @param {import("./storage.js").PageStorage} options.storage keeps the token where no page is around us
   * @param {import("./embed.js").HostPage | null} options.host
   */
  constructor({ site, locale, storage, host }) {
    this.url = `/api/v1/sites/${site}/session`;
    this.locale = locale;
    this.storage = storage;
    this.host = host;
    /** @type {string | null} */
    this.token = null;
    /** The token that the server does not know any more. @type {string | null} */
    this.refused = null;
    /** Whether the server has heard from the page around us who is signed in there. */
    this.isIntroduced = false;
    /** What was asked for last: two at once would ask the page around us twice. @type {Promise<string | null>} */
    this.latest = Promise.resolve(null);
  }

  /** The token that is kept, or null. */
  async recall() {
    this.token = (this.host ? await this.host.token() : this.storage.get(TOKEN)) || null;
    return this.token;
  }

  /** @param {string | null} token */
  keep(token) {
    this.token = token;
    if (this.host) this.host.tell("token", token ?? "");
    else if (token) this.storage.set(TOKEN, token);
    else this.storage.remove(TOKEN);
  }

  /** The server refused the token. Another tab may have a newer one, so that what is kept is not thrown away yet. */
  refuse() {
    this.refused = this.token;
    this.token = null;
    this.isIntroduced = false;
  }

  /**
   * The token to open the session with; fetches an identity if there is none, or a new word about who we are.
   * @returns {Promise<string | null>}
   */
  introduce() {
    return this.oneAtATime(() => this.meet(true));
  }

  /**
   * The token of whoever is here now; null for somebody whom nobody knows, who is made no visitor by this.
   * @returns {Promise<string | null>}
   */
  ours() {
    return this.oneAtATime(() => this.meet(false));
  }

  /** @param {() => Promise<string | null>} work */
  oneAtATime(work) {
    this.latest = this.latest.then(work, work);
    return this.latest;
  }

  /** @param {boolean} isNeeded whether a stranger gets an identity, too */
  async meet(isNeeded) {
    if (!this.token) await this.recall();
    if (this.token && this.token === this.refused) this.keep(null);
    const identity = this.host && !this.isIntroduced ? await this.host.identity() : null;
    if (identity !== null ? this.token || identity || isNeeded : !this.token && isNeeded) await this.open(identity);
    this.isIntroduced = true;
    return this.token;
  }

  /**
   * An identity of this page. A word that cannot be taken is told to the page around us, whose programmers can put it
   * right, and the visitor is nobody in particular.
   * @param {string | null} identity
   */
  async open(identity) {
    const request = { url: this.url, token: this.token, locale: this.locale };
    try {
      this.keep((await openSession({ ...request, identity })).token);
    } catch (error) {
      if (!(error instanceof IdentityRefused)) throw error;
      this.host?.tell("identity", error.code);
      if (!identity) throw error;
      this.keep((await openSession({ ...request, identity: "" })).token);
    }
  }
}
