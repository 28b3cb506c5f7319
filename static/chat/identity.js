// @ts-check
/** Who the visitor is for this page: the token, kept by the page around us or, alone in a tab, by this one. */
import { openSession } from "./session.js";

const TOKEN = "token";

export class Identity {
  /**
   * @param {object} options
   * @param {string} options.site
   * @param {string} options.locale
   * @param {import("./embed.js").HostPage | null} options.host
   * @param {import("./storage.js").PageStorage} options.storage
   */
  constructor({ site, locale, host, storage }) {
    this.url = `/api/v1/sites/${site}/session`;
    this.locale = locale;
    this.host = host;
    this.storage = storage;
    /** @type {string | null} */
    this.token = null;
    /** @type {Promise<{token: string}> | null} */
    this.asked = null;
  }

  /** The token that is kept, if there is one. */
  async recall() {
    this.token = this.host ? await this.host.token() : this.kept;
    return this.token;
  }

  /** What this page's own storage has. */
  get kept() {
    return this.storage.get(TOKEN);
  }

  /** @param {string | null} token */
  keep(token) {
    this.token = token;
    if (this.host) this.host.tell("token", token ?? "");
    else if (token) this.storage.set(TOKEN, token);
    else this.storage.remove(TOKEN);
  }

  /** The token; a new one if there is none. Who asks meanwhile gets the same. */
  async obtain() {
    if (!(this.token || (await this.recall()))) {
      this.asked ??= openSession({ url: this.url, token: null, locale: this.locale });
      try {
        this.keep((await this.asked).token);
      } finally {
        this.asked = null;
      }
    }
    return this.token;
  }
}
