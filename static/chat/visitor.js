// @ts-check
/**
 * Who we are to the server: the token, where it is kept, and the word of the page around us about who is signed in.
 */
import { IdentityRefused, openSession } from "./session.js";

const TOKEN = "token";
/** The conversation of whoever was here last: drafts and messages that did not go out belong to it. */
const TALK = "talk";

export class VisitorIdentity {
  /**
   * @param {object} options
   * @param {string} options.site
   * @param {string} options.locale
   * @param {import("./storage.js").PageStorage} options.storage keeps the token where no page is around us
   * @param {import("./embed.js").HostPage | null} options.host
   * @param {(isStranger: boolean) => void} options.onMet it is known who is here, and whether it is somebody else than
   *   whoever was here last
   */
  constructor({ site, locale, storage, host, onMet }) {
    this.url = `/api/v1/sites/${site}/session`;
    this.locale = locale;
    this.storage = storage;
    this.host = host;
    this.onMet = onMet;
    /** @type {string | null} */
    this.token = null;
    /** The conversation of the token, where the server said it to this page. @type {string | null} */
    this.talk = null;
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
    if (!token) this.talk = null;
    if (this.host) this.host.tell("token", token ?? "");
    else if (token) this.storage.set(TOKEN, token);
    else this.storage.remove(TOKEN);
  }

  /** Everything about the visitor is deleted. */
  forget() {
    this.keep(null);
    this.storage.remove(TALK);
  }

  /** The server refused the token. Another tab may have a newer one, so that what is kept is not thrown away yet. */
  refuse() {
    this.refused = this.token;
    this.token = this.talk = null;
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
    this.onMet(this.isStranger(identity));
    return this.token;
  }

  /**
   * Whether somebody else is here than whoever was last, as far as the page around us says. What nobody's conversation
   * was known for may be anybody's, but not that of somebody who signed in since.
   * @param {string | null} identity
   */
  isStranger(identity) {
    const before = this.storage.get(TALK);
    if (this.talk) this.storage.set(TALK, this.talk);
    else if (identity !== null) this.storage.remove(TALK);
    if (identity === null) return false;
    return before ? before !== this.talk : identity !== "";
  }

  /**
   * An identity of this page. A word that cannot be taken is told to the page around us, whose programmers can put it
   * right, and the visitor is nobody in particular.
   * @param {string | null} identity
   */
  async open(identity) {
    const request = { url: this.url, token: this.token, locale: this.locale };
    try {
      this.opened(await openSession({ ...request, identity }));
    } catch (error) {
      if (!(error instanceof IdentityRefused)) throw error;
      this.host?.tell("identity", error.code);
      if (!identity) throw error;
      this.opened(await openSession({ ...request, identity: "" }));
    }
  }

  /** @param {{token: string, conversation: string}} session */
  opened({ token, conversation }) {
    this.keep(token);
    this.talk = conversation;
  }
}
