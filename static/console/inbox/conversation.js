// @ts-check
/** The open conversation: its messages as they come, who has it, what the agent does about it. */
import { showTimes } from "../clock.js";
import { notify } from "../notices.js";
import { Composer } from "./composer.js";
import { FragmentError, fetchFragment } from "./fragments.js";
import { messageElement, showSent, showUnsent, unsentElement } from "./messages.js";

const NEAR = 80;
const TYPING_ENDS = 6_000;
const REFRESH_AFTER = 300;
const TRY_AGAIN = 2_000;
/** @type {Record<string, import("./desk-connection.js").DeskConnection["send"] extends (type: infer T, ...rest: any) => any ? T : never>} */
const ACTS = { take: "conversation.take", return: "conversation.return", resolve: "conversation.resolve" };

export class ConversationPane extends EventTarget {
  /**
   * @param {HTMLElement} inbox
   * @param {import("./desk-connection.js").DeskConnection} connection
   * @param {import("./outbox.js").Outbox} outbox
   */
  constructor(inbox, connection, outbox) {
    super();
    this.inbox = inbox;
    this.connection = connection;
    this.outbox = outbox;
    this.panes = /** @type {HTMLElement} */ (document.getElementById("panes"));
    this.nothing = /** @type {HTMLTemplateElement} */ (document.getElementById("nothing"));
    this.uuid = "";
    this.generation = 0;
    this.typingTimer = 0;
    this.refreshTimer = 0;
    /** What the agent asked for last, to explain a refusal. */
    this.asked = "";
    this.composer = new Composer(connection, (kind, text) => this.say(kind, text));
    this.listen();
    this.adopt();
  }

  get root() {
    return document.getElementById("conversation");
  }

  get log() {
    return document.getElementById("log");
  }

  get list() {
    return document.getElementById("messages");
  }

  listen() {
    const { connection, outbox } = this;
    connection.addEventListener("message.posted", (event) => this.show(/** @type {CustomEvent} */ (event).detail));
    connection.addEventListener("typing.changed", (event) => this.showTyping(/** @type {CustomEvent} */ (event).detail));
    connection.addEventListener("conversation.updated", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.conversation === this.uuid) this.refreshSoon();
    });
    connection.addEventListener("desk.opened", () => this.refreshSoon());
    connection.addEventListener("error", (event) => this.explain(/** @type {CustomEvent} */ (event).detail));
    outbox.addEventListener("changed", (event) => {
      const item = /** @type {CustomEvent} */ (event).detail;
      const element = this.unsent(item.id);
      if (element) showUnsent(element, item);
    });
    outbox.addEventListener("acknowledged", (event) => {
      const { item, sequence } = /** @type {CustomEvent} */ (event).detail;
      const element = this.unsent(item.id);
      if (!element) return;
      // The posted copy may have come first.
      if (this.list?.querySelector(`[data-sequence="${sequence}"]`)) element.remove();
      else showSent(element);
    });
    this.panes.addEventListener("click", (event) => this.click(event));
    for (const act of ["resolve", "return"]) {
      const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById(`confirm-${act}`));
      dialog?.addEventListener("close", () => {
        if (dialog.returnValue === "yes") this.act(act);
        dialog.returnValue = "";
      });
    }
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.sawAll();
    });
  }

  /** @param {MouseEvent} event */
  click(event) {
    const target = event.target instanceof Element ? event.target.closest("button, a") : null;
    if (!(target instanceof HTMLElement)) return;
    if (target.dataset.act) this.ask(target.dataset.act);
    else if (target.dataset.retry) this.outbox.retry(target.dataset.retry);
    else if (target.dataset.discard) {
      this.outbox.forget(target.dataset.discard);
      this.unsent(target.dataset.discard)?.remove();
      this.composer.field?.focus();
    } else if (target.id === "jump") this.toEnd();
    else if ("earlier" in target.dataset && target instanceof HTMLAnchorElement) {
      event.preventDefault();
      this.showEarlier(target);
    } else if ("context" in target.dataset) this.showContext(this.inbox.dataset.pane !== "context");
    else if ("contextClose" in target.dataset) this.showContext(false);
  }

  /** @param {boolean} shown */
  showContext(shown) {
    this.inbox.dataset.pane = shown ? "context" : "conversation";
    const button = /** @type {HTMLElement | null} */ (this.panes.querySelector("[data-context]"));
    button?.setAttribute("aria-expanded", String(shown));
    const closer = /** @type {HTMLElement | null} */ (this.panes.querySelector("[data-context-close]"));
    (shown ? closer : button)?.focus();
  }

  /**
   * Open a conversation. False if it could not be read or another one was opened meanwhile.
   * @param {string} uuid
   * @param {string} url
   */
  async open(uuid, url) {
    const generation = ++this.generation;
    let fragment;
    try {
      fragment = await fetchFragment(url);
    } catch (error) {
      const gone = error instanceof FragmentError && error.status === 404;
      notify("error", gone ? gettext("That conversation is gone.") : gettext("The conversation could not be read. Try again in a moment."));
      return false;
    }
    if (generation !== this.generation) return false;
    this.panes.replaceChildren(fragment);
    this.inbox.dataset.pane = "conversation";
    this.adopt();
    return this.uuid === uuid;
  }

  /** Show no conversation. */
  close() {
    this.generation += 1;
    this.panes.replaceChildren(this.nothing.content.cloneNode(true));
    this.inbox.dataset.pane = "list";
    this.adopt();
  }

  /** Take over what is on the page now. */
  adopt() {
    const uuid = this.root?.dataset.conversation ?? "";
    if (this.uuid && this.uuid !== uuid) this.connection.unwatch(this.uuid);
    this.uuid = uuid;
    clearTimeout(this.refreshTimer);
    this.dispatchEvent(new CustomEvent("opened", { detail: { uuid, label: this.root?.dataset.label ?? "" } }));
    if (!uuid) return;
    showTimes(this.panes);
    for (const item of this.outbox.of(uuid)) this.list?.append(unsentElement(item, this.agent));
    this.log?.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.composer.adopt(uuid);
    this.toEnd();
    this.connection.watch(uuid, this.lastShown());
    this.sawAll();
  }

  get agent() {
    return this.inbox.dataset.agent ?? "";
  }

  lastShown() {
    const shown = [...(this.list?.querySelectorAll("[data-sequence]") ?? [])];
    return shown.reduce((last, element) => Math.max(last, Number(/** @type {HTMLElement} */ (element).dataset.sequence)), 0);
  }

  /** @param {string} id */
  unsent(id) {
    return this.list?.querySelector(`[data-unsent="${CSS.escape(id)}"]`) ?? null;
  }

  /** @param {import("./messages.js").Posted} message */
  show(message) {
    const { list } = this;
    if (message.conversation !== this.uuid || !list) return;
    const follow = this.isNearEnd();
    const mine = message.client_id ? this.unsent(message.client_id) : null;
    mine?.remove();
    const element = messageElement(message);
    list.insertBefore(element, list.querySelector("[data-unsent]"));
    if (message.author === "visitor") this.hideTyping();
    if (follow || mine) this.toEnd();
    else document.getElementById("jump")?.toggleAttribute("hidden", false);
    if (message.author === "bot") this.refreshSoon();
    this.sawAll();
  }

  /** @param {{conversation: string, author: string, typing: boolean}} change */
  showTyping(change) {
    if (change.conversation !== this.uuid || change.author !== "visitor") return;
    clearTimeout(this.typingTimer);
    const follow = this.isNearEnd();
    document.getElementById("typing")?.toggleAttribute("hidden", !change.typing);
    if (!change.typing) return;
    if (follow) this.toEnd();
    this.typingTimer = setTimeout(() => this.hideTyping(), TYPING_ENDS);
  }

  hideTyping() {
    clearTimeout(this.typingTimer);
    document.getElementById("typing")?.toggleAttribute("hidden", true);
  }

  isNearEnd() {
    const { log } = this;
    return !log || log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  }

  toEnd() {
    const { log } = this;
    if (log) log.scrollTop = log.scrollHeight;
    document.getElementById("jump")?.toggleAttribute("hidden", true);
  }

  scrolled() {
    if (this.isNearEnd()) document.getElementById("jump")?.toggleAttribute("hidden", true);
  }

  /** Everything on the page counts as read while the page is looked at. */
  sawAll() {
    if (this.uuid && !document.hidden) {
      this.dispatchEvent(new CustomEvent("seen", { detail: { uuid: this.uuid, sequence: this.lastShown() } }));
    }
  }

  /** @param {HTMLAnchorElement} link */
  async showEarlier(link) {
    const { log } = this;
    const before = log ? log.scrollHeight - log.scrollTop : 0;
    try {
      const fragment = await fetchFragment(link.href);
      showTimes(fragment);
      link.closest("li")?.replaceWith(fragment);
    } catch {
      notify("error", gettext("Older messages could not be read. Try again in a moment."));
    }
    if (log) log.scrollTop = log.scrollHeight - before;
  }

  /** Read who has the conversation and what is known, soon. */
  refreshSoon(after = REFRESH_AFTER) {
    clearTimeout(this.refreshTimer);
    this.refreshTimer = setTimeout(() => this.refresh(), after);
  }

  async refresh() {
    const { uuid, generation } = this;
    if (!uuid) return;
    let fragment;
    try {
      fragment = await fetchFragment(`${this.inbox.dataset.url}${uuid}/${location.search}`);
    } catch (error) {
      // No answer, or a server in trouble: what the page shows would stay wrong until something else happens.
      const passes = !(error instanceof FragmentError) || error.status >= 500;
      if (passes && generation === this.generation && uuid === this.uuid) this.refreshSoon(TRY_AGAIN);
      return;
    }
    const fresh = fragment.getElementById("conversation");
    const { root } = this;
    if (generation !== this.generation || uuid !== this.uuid || !fresh || !root) return;
    const changed = fresh.dataset.mode !== root.dataset.mode || fresh.dataset.status !== root.dataset.status;
    const tookIt = fresh.dataset.mode === "mine" && root.dataset.mode !== "mine";
    Object.assign(root.dataset, { ...fresh.dataset });
    this.swap(fragment, "conversation-head");
    this.swap(fragment, "context");
    if (changed) {
      const wasInside = this.composer.area?.contains(document.activeElement) || document.activeElement === document.body;
      this.swap(fragment, "composer-area");
      this.composer.adopt(uuid);
      if (tookIt) this.composer.write(this.composer.kind);
      else if (wasInside) document.getElementById("conversation-title")?.focus();
      this.dispatchEvent(new CustomEvent("changed", { detail: { mode: fresh.dataset.mode, tookIt } }));
    }
    showTimes(this.panes);
  }

  /** @param {DocumentFragment} fragment @param {string} id */
  swap(fragment, id) {
    const old = document.getElementById(id);
    const fresh = fragment.getElementById(id);
    if (!old || !fresh) return;
    const top = old.scrollTop;
    const shown = [...old.querySelectorAll("details")].map((details) => details.open);
    const hadFocus = old.contains(document.activeElement);
    fresh.querySelectorAll("details").forEach((details, index) => (details.open = shown[index] ?? details.open));
    old.replaceWith(fresh);
    fresh.scrollTop = top;
    if (hadFocus && id === "conversation-head") document.getElementById("conversation-title")?.focus();
  }

  /** Say it: at once on the page, then to the server. @param {"reply" | "note"} kind @param {string} text */
  say(kind, text) {
    const item = this.outbox.add(this.uuid, kind, text);
    this.list?.append(unsentElement(item, this.agent));
    this.toEnd();
  }

  /** Do it, or ask first. @param {string} act */
  ask(act) {
    if (!this.panes.querySelector(`[data-act="${act}"]`)) return;
    const dialog = document.getElementById(`confirm-${act}`);
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
    else this.act(act);
  }

  /** @param {string} act */
  act(act) {
    this.asked = act;
    const { connection, uuid } = this;
    if (connection.send(ACTS[act], { conversation: uuid })) return;
    if (connection.state === "connecting") {
      // The page was opened just now: in a moment there is a connection, or it is known that there is none.
      connection.addEventListener("state", () => this.uuid === uuid && this.act(act), { once: true });
      return;
    }
    notify("error", gettext("There is no connection to the server; try again when it is back."));
  }

  /** A refusal that belongs to no message. @param {{code: string, client_id: string | null}} error */
  async explain(error) {
    if (error.client_id || !this.asked) return;
    this.asked = "";
    await this.refresh();
    const name = this.root?.dataset.assignee ?? "";
    if (error.code === "already_taken" && name) {
      notify("warning", interpolate(gettext("%(name)s has taken this conversation already."), { name }, true));
    } else if (error.code === "already_taken") {
      notify("warning", gettext("Somebody else has taken this conversation already."));
    } else if (error.code === "at_capacity") {
      notify("warning", gettext("You have as many conversations as your profile allows. Resolve one first."));
    } else if (error.code === "not_owner" || error.code === "wrong_state") {
      notify("warning", gettext("The conversation changed meanwhile; look again."));
    } else if (error.code === "busy" || error.code === "rate_limited") {
      notify("warning", gettext("The server is busy; try again in a moment."));
    } else {
      notify("error", gettext("The server refused that."));
    }
  }
}
