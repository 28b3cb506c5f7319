// @ts-check
/**
 * The list: read from the server's rows again whenever something may have changed, row by row, so that focus and
 * scrolling stay. While the pointer is over it rows keep their places; new ones come at the end.
 */
import { showTimes } from "../clock.js";
import * as alerts from "./alerts.js";
import { FragmentError, fetchFragment } from "./fragments.js";
import { keep, kept } from "./keeping.js";

const REFRESH_EVERY = 20_000;
const TOGETHER = 600;
const TRY_AGAIN = 2_000;
const SEARCH_AFTER = 250;
const REMEMBERED = 300;

export class InboxList extends EventTarget {
  /** @param {HTMLElement} inbox */
  constructor(inbox) {
    super();
    this.inbox = inbox;
    this.root = /** @type {HTMLElement} */ (document.getElementById("inbox-list"));
    this.search = /** @type {HTMLInputElement} */ (document.getElementById("inbox-query"));
    this.name = this.root.dataset.list ?? "waiting";
    this.query = this.root.dataset.query ?? "";
    /** The open conversation's id. */
    this.current = "";
    /** The server's HTML of each row, to see which ones changed. @type {WeakMap<Element, string>} */
    this.sources = new WeakMap();
    this.waiting = new Set(this.waitingIds(this.root));
    /** The customer's last sequence in each conversation of mine, whatever list is shown. */
    this.mine = this.mineHeard(this.root);
    this.searchTimer = 0;
    this.generation = 0;
    /** Whether the list is being read, or was just now. */
    this.busy = false;
    /** Whether something changed meanwhile. */
    this.stale = false;
    /** The last fragment, while the pointer keeps the rows in their places. @type {HTMLElement | null} */
    this.deferred = null;
    this.listen();
    this.mark();
    setInterval(() => this.refresh(), REFRESH_EVERY);
  }

  listen() {
    this.inbox.addEventListener("click", (event) => {
      if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      const tab = event.target.closest("[data-tab]");
      if (tab instanceof HTMLElement) {
        event.preventDefault();
        this.choose(tab.dataset.tab ?? "waiting");
      } else if (event.target.closest("[data-clear-search]")) {
        event.preventDefault();
        this.choose(this.name);
        this.search.focus();
      }
    });
    this.root.addEventListener("pointerleave", () => this.settle());
    const form = this.search.form;
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.look();
    });
    this.search.addEventListener("input", (event) => {
      if (/** @type {InputEvent} */ (event).isComposing) return;
      clearTimeout(this.searchTimer);
      this.searchTimer = setTimeout(() => this.look(), SEARCH_AFTER);
    });
    this.search.addEventListener("compositionend", () => this.look());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.mark();
    });
    addEventListener("storage", () => this.mark());
  }

  /** The address of the list as it is shown. */
  get parameters() {
    const parameters = new URLSearchParams({ list: this.name });
    if (this.query) parameters.set("q", this.query);
    return parameters.toString();
  }

  /** @param {string} name */
  choose(name) {
    this.name = name;
    this.query = "";
    this.search.value = "";
    this.change();
  }

  look() {
    clearTimeout(this.searchTimer);
    const query = this.search.value.trim();
    if (query === this.query) return;
    this.query = query;
    this.change();
  }

  /** Read the list soon; many hints at once become one request, and a slow answer is waited for. */
  async refresh() {
    if (this.busy) {
      this.stale = true;
      return;
    }
    this.busy = true;
    const done = await this.load();
    setTimeout(
      () => {
        this.busy = false;
        if (this.stale || !done) this.refresh();
        this.stale = false;
      },
      done ? TOGETHER : TRY_AGAIN,
    );
  }

  /** Read the list now. False if the server did not answer. */
  async load() {
    const generation = ++this.generation;
    let fragment;
    try {
      fragment = await fetchFragment(`${this.inbox.dataset.rowsUrl}?${this.parameters}`);
    } catch (error) {
      // The connection's own banner says that the server is away.
      if (error instanceof FragmentError || error instanceof TypeError) return false;
      throw error;
    }
    const fresh = fragment.getElementById("inbox-list");
    if (generation === this.generation && fresh) this.apply(fresh);
    return true;
  }

  /** The reader asked for another list: read it at once, and again if that fails. */
  async change() {
    this.deferred = null;
    this.dispatchEvent(new Event("chosen"));
    if (!(await this.load())) this.refresh();
  }

  /** @param {HTMLElement} fresh */
  apply(fresh) {
    const same = fresh.dataset.list === this.root.dataset.list && fresh.dataset.query === this.root.dataset.query;
    const rows = this.root.querySelector("#rows");
    const freshRows = fresh.querySelector("#rows");
    this.notice(fresh);
    for (const name of ["list", "query", "waiting", "waitingIds", "mine"]) this.root.dataset[name] = fresh.dataset[name];
    this.replaceTabs(fresh);
    if (same && rows && freshRows) {
      const held = rows.matches(":hover");
      this.deferred = held ? fresh : null;
      this.reconcile(rows, freshRows, held);
      for (const line of [".inbox-found", ".inbox-more"]) this.replaceText(fresh, line);
    } else {
      this.deferred = null;
      this.root.replaceChildren(...fresh.children);
    }
    this.mark();
    showTimes(this.root);
  }

  /** The pointer left: rows may move to where they belong. */
  settle() {
    const fresh = this.deferred;
    this.deferred = null;
    if (fresh) this.refresh();
  }

  /** Tabs change their numbers in place, so that a focused one stays focused. @param {HTMLElement} fresh */
  replaceTabs(fresh) {
    for (const tab of this.root.querySelectorAll("[data-tab]")) {
      const other = fresh.querySelector(`[data-tab="${/** @type {HTMLElement} */ (tab).dataset.tab}"]`);
      if (!other || tab.outerHTML === other.outerHTML) continue;
      tab.innerHTML = other.innerHTML;
      if (other.hasAttribute("aria-current")) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
  }

  /** @param {HTMLElement} fresh @param {string} line */
  replaceText(fresh, line) {
    const old = this.root.querySelector(`${line} > span`);
    const other = fresh.querySelector(`${line} > span`);
    if (old && other && old.textContent !== other.textContent) old.textContent = other.textContent;
  }

  /**
   * @param {Element} rows
   * @param {Element} freshRows
   * @param {boolean} held whether rows must keep their places
   */
  reconcile(rows, freshRows, held) {
    const known = new Map([...rows.children].map((row) => [/** @type {HTMLElement} */ (row).dataset.conversation, row]));
    const focused = document.activeElement?.closest?.("[data-conversation]");
    const focusedId = focused && rows.contains(focused) ? /** @type {HTMLElement} */ (focused).dataset.conversation : "";
    /** @type {Element[]} */
    const wanted = [];
    for (const fresh of [...freshRows.children]) {
      const id = /** @type {HTMLElement} */ (fresh).dataset.conversation;
      const source = fresh.outerHTML;
      let row = known.get(id);
      known.delete(id);
      if (!row) {
        row = fresh;
        if (held) rows.append(row);
      } else if (this.sources.get(row) !== source) {
        row.replaceWith(fresh);
        row = fresh;
      }
      this.sources.set(row, source);
      wanted.push(row);
    }
    for (const gone of known.values()) {
      if (held) gone.classList.add("gone");
      else gone.remove();
    }
    if (!held) wanted.forEach((row, index) => rows.children[index] !== row && rows.insertBefore(row, rows.children[index] ?? null));
    if (focusedId && !rows.contains(document.activeElement)) this.focusRow(this.row(focusedId) ?? rows.children[0]);
  }

  /** @param {Element} root @returns {string[]} */
  waitingIds(root) {
    return (/** @type {HTMLElement} */ (root).dataset.waitingIds ?? "").split(" ").filter(Boolean);
  }

  /** @param {HTMLElement} root @returns {Map<string, number>} */
  mineHeard(root) {
    const entries = (root.dataset.mine ?? "").split(" ").filter(Boolean);
    return new Map(entries.map((entry) => [entry.split(":")[0], Number(entry.split(":")[1])]));
  }

  /** Whether the reader has the conversation in front of them. @param {string} id */
  looksAt(id) {
    return id === this.current && !document.hidden;
  }

  /**
   * Ring for those who were not waiting before, softly for those of mine who wrote something that I do not look at.
   * @param {HTMLElement} fresh
   */
  notice(fresh) {
    const seen = kept("seen", /** @type {Record<string, number>} */ ({}));
    const mine = this.mineHeard(fresh);
    const wrote = [...mine].some(
      ([id, sequence]) => sequence > Math.max(this.mine.get(id) ?? Infinity, seen[id] ?? 0) && !this.looksAt(id),
    );
    this.mine = mine;
    if (wrote) alerts.nudge();
    const ids = this.waitingIds(fresh);
    const news = ids.filter((id) => !this.waiting.has(id));
    this.waiting = new Set(ids);
    if (news.length) alerts.ring(Number(fresh.dataset.waiting));
  }

  /** Show which row is open and what is unread, and count it on the tab. */
  mark() {
    const seen = kept("seen", /** @type {Record<string, number>} */ ({}));
    for (const item of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-conversation]"))) {
      const id = item.dataset.conversation ?? "";
      const link = item.querySelector("[data-open]");
      if (id === this.current) link?.setAttribute("aria-current", "true");
      else link?.removeAttribute("aria-current");
      const isUnread = "watched" in item.dataset && Number(item.dataset.visitorSequence) > (seen[id] ?? 0);
      item.querySelector("[data-unread]")?.toggleAttribute("hidden", !isUnread);
    }
    const unread = [...this.mine].filter(([id, sequence]) => sequence > (seen[id] ?? 0));
    alerts.showAttention({ waiting: Number(this.root.dataset.waiting), unread: unread.length });
  }

  /**
   * The reader has seen a conversation up to the sequence.
   * @param {string} conversation
   * @param {number} sequence
   */
  saw(conversation, sequence) {
    const seen = kept("seen", /** @type {Record<string, number>} */ ({}));
    if ((seen[conversation] ?? 0) >= sequence) return;
    delete seen[conversation];
    const entries = [...Object.entries(seen), /** @type {[string, number]} */ ([conversation, sequence])];
    keep("seen", Object.fromEntries(entries.slice(-REMEMBERED)));
    this.mark();
  }

  /** @param {string} conversation */
  setCurrent(conversation) {
    this.current = conversation;
    this.mark();
  }

  /** @param {string} conversation @returns {Element | null} */
  row(conversation) {
    return this.root.querySelector(`[data-conversation="${CSS.escape(conversation)}"]`);
  }

  /** @param {Element | null | undefined} row */
  focusRow(row) {
    const link = row?.querySelector("[data-open]");
    if (link instanceof HTMLElement) {
      link.focus();
      link.scrollIntoView({ block: "nearest" });
    }
  }

  /** Move to the next or previous row. @param {1 | -1} step */
  move(step) {
    const links = [...this.root.querySelectorAll("[data-open]")];
    if (!links.length) return;
    const active = document.activeElement;
    let index = active ? links.indexOf(active) : -1;
    if (index < 0) index = links.findIndex((link) => link.getAttribute("aria-current") === "true");
    else index += step;
    if (index < 0) index = step > 0 ? 0 : links.length - 1;
    this.focusRow(links[Math.min(Math.max(index, 0), links.length - 1)].closest("[data-conversation]"));
  }
}
