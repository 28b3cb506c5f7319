// @ts-check
/* global gettext, interpolate */
/**
 * "About me": what is known of the visitor, line by line with source and end, and the buttons that end it. It reads
 * afresh whenever it is opened; every change is answered with what is known then.
 */

const PATIENCE = 15_000;
const NOT_ALLOWED = 403;

/**
 * @typedef {{id: string, title: string, value: string, origin: string, basis: string, purpose: string, expires_at: string,
 *   used: boolean, from_chat: boolean}} Line
 * @typedef {{purpose: string, title: string, explanation: string, choice: string}} Purpose
 * @typedef {{id: string, opened_at: string, last_activity_at: string, messages: number, is_this: boolean}} Talk
 * @typedef {{signed_in: boolean, lines: Line[], purposes: Purpose[], talks: Talk[]}} Known
 */

/** The server answered, and said no. */
class Refused extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`about me: ${status}`);
    this.status = status;
  }
}

export class AboutMe extends EventTarget {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {{site: string, locale: string, token: () => Promise<string | null>}} options
   */
  constructor(dialog, { site, locale, token }) {
    super();
    this.dialog = dialog;
    this.url = `/api/v1/sites/${site}/about-me`;
    this.locale = locale;
    this.token = token;
    this.days = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium" });
    this.part("close").addEventListener("click", () => dialog.close());
    this.part("forget").addEventListener("click", () => this.ask("DELETE", "/lines"));
    this.part("erase").addEventListener("click", () => this.confirmErasure(true));
    this.part("keep").addEventListener("click", () => this.confirmErasure(false));
    this.part("sure").addEventListener("click", () => this.erase());
  }

  /** Show it; the button that did gets the focus back at the end, which a dialog does by itself. */
  async open() {
    this.clear();
    this.say("");
    this.dialog.showModal();
    if (await this.token()) await this.ask("GET", "");
    else this.show({ signed_in: false, lines: [], purposes: [], talks: [] });
  }

  /**
   * @param {string} name
   * @returns {any}
   */
  part(name) {
    return this.dialog.querySelector(`[data-part="${name}"]`);
  }

  /**
   * Ask the server, and show what is known afterwards.
   * @param {string} method
   * @param {string} path
   * @param {Record<string, unknown>} [body]
   */
  async ask(method, path, body) {
    try {
      const answer = await this.fetch(method, path, body);
      this.show(await answer.json());
      if (method !== "GET") this.say(gettext("Done."));
    } catch (error) {
      this.excuse(error);
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Record<string, unknown>} [body]
   */
  async fetch(method, path, body) {
    const answer = await fetch(`${this.url}${path}?locale=${this.locale}`, {
      method,
      credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE),
      headers: { Authorization: `Visitor ${await this.token()}`, "Content-Type": "application/json" },
      body: body ? JSON.stringify(body) : undefined,
    });
    if (!answer.ok) throw new Refused(answer.status);
    return answer;
  }

  /** @param {string} text */
  say(text) {
    this.part("said").textContent = text;
  }

  /**
   * Say why it did not work. Where the site's word has ended nothing of the customer stays in sight: somebody else may
   * be looking.
   * @param {unknown} error
   */
  excuse(error) {
    if (error instanceof Refused && error.status === NOT_ALLOWED) {
      this.clear();
      this.say(gettext("Your sign-in has ended. Sign in on this site again and reload the page to see what is known."));
      this.part("title").focus();
    } else {
      this.say(gettext("That did not work. Please try again in a moment."));
    }
  }

  /** Nothing but the heading, until the server has said what is known. */
  clear() {
    this.confirmErasure(false);
    for (const name of ["lines", "purposes", "talks", "who"]) this.part(name).replaceChildren();
    for (const section of this.dialog.querySelectorAll("section")) section.hidden = true;
    this.part("erase").hidden = true;
  }

  /** @param {Known} known */
  show({ signed_in, lines, purposes, talks }) {
    this.part("who").textContent = signed_in
      ? gettext("You are signed in on this site.")
      : gettext("You are not signed in: we know this browser, not you.");
    for (const section of this.dialog.querySelectorAll("section")) section.hidden = false;
    this.part("lines").replaceChildren(...lines.map((line) => this.line(line)));
    this.part("no-lines").hidden = lines.length > 0;
    this.part("forget").hidden = lines.length === 0;
    this.part("purposes").replaceChildren(...purposes.map((purpose) => this.purpose(purpose)));
    this.part("talks").replaceChildren(...talks.map((talk) => this.talk(talk)));
    this.part("no-talks").hidden = talks.length > 0;
    this.part("erase").hidden = lines.length + talks.length === 0;
  }

  /** @param {Line} line */
  line({ id, title, value, origin, basis, purpose, expires_at, used }) {
    const item = this.copy("about-line");
    const until = interpolate(gettext("until %(day)s"), { day: this.days.format(new Date(expires_at)) }, true);
    const facts = [origin, basis, purpose, until, used ? "" : gettext("not used at the moment")];
    item.querySelector("[data-part=title]").textContent = title;
    item.querySelector("[data-part=value]").textContent = value;
    item.querySelector("[data-part=facts]").textContent = facts.filter(Boolean).join(" · ");
    const button = item.querySelector("button");
    button.setAttribute("aria-label", interpolate(gettext("Delete: %(title)s"), { title }, true));
    button.addEventListener("click", async () => {
      await this.ask("DELETE", `/lines/${id}`);
      this.part("title").focus();
    });
    return item;
  }

  /** @param {Purpose} asked */
  purpose({ purpose, title, explanation, choice }) {
    const item = this.copy("about-purpose");
    const wording = title
      ? interpolate(gettext("%(site)s may use: %(title)s"), { site: document.body.dataset.title, title }, true)
      : gettext("The assistant may remember what I confirm in a talk, for half a year");
    item.querySelector("[data-part=title]").textContent = wording;
    item.querySelector("[data-part=facts]").textContent = explanation;
    const box = item.querySelector("input");
    box.checked = choice === "given";
    box.addEventListener("change", () => {
      this.ask("PUT", `/purposes/${encodeURIComponent(purpose)}`, { given: box.checked, wording });
    });
    return item;
  }

  /** @param {Talk} talk */
  talk({ opened_at, last_activity_at, messages, is_this }) {
    const item = this.copy("about-talk");
    const [from, to] = [opened_at, last_activity_at].map((at) => this.days.format(new Date(at)));
    item.querySelector("[data-part=title]").textContent = from === to ? from : `${from} – ${to}`;
    const count = interpolate(gettext("messages: %(count)s"), { count: messages }, true);
    item.querySelector("[data-part=facts]").textContent = is_this ? `${count} · ${gettext("this one")}` : count;
    return item;
  }

  /**
   * @param {string} id
   * @returns {any}
   */
  copy(id) {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
    return template.content.firstElementChild?.cloneNode(true);
  }

  /** @param {boolean} asked */
  confirmErasure(asked) {
    this.part("confirm").hidden = !asked;
    if (asked) this.part("keep").focus();
  }

  async erase() {
    try {
      await this.fetch("DELETE", "");
    } catch (error) {
      this.excuse(error);
      return;
    }
    this.dialog.close();
    this.dispatchEvent(new Event("erased"));
  }
}
