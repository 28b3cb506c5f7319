// @ts-check
/* global gettext */
/** The chat page: wires the conversation, the connection and what is on the page. */
import { AboutMe } from "./about-me.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { changed, countUnread, newConversation, owesAnswer, queue, receive, TRY_AGAIN, withdrawn } from "./conversation.js";
import { Delivery } from "./delivery.js";
import { HostPage } from "./embed.js";
import { Leftovers } from "./leftovers.js";
import { MessageList } from "./message-list.js";
import { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { Proactive } from "./proactive.js";
import { Reading } from "./reading.js";
import { PageStorage } from "./storage.js";
import { timeline } from "./timeline.js";
import { OwnTyping, TheirTyping } from "./typing.js";
import { VisitorIdentity } from "./visitor.js";

/** How long the assistant may take before its dots go away. */
const ANSWER_EXPECTED = 20_000;
/** How long applied messages are gathered before the server hears of them. */
const REPORT_AFTER = 500;

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @returns {T}
 */
const byId = (id) => /** @type {any} */ (document.getElementById(id));

class ChatPage {
  constructor() {
    const { site = "", locale = "", origins = "", behaviour = "" } = document.body.dataset;
    this.site = site;
    this.locale = locale;
    this.isFramed = "embedded" in document.body.dataset && window.parent !== window;
    this.storage = new PageStorage(`xiaoer:${site}:`);
    this.known = newConversation();
    this.resumeAsked = -1;
    /** Whether an answer of the assistant is expected; undefined while none is owed. @type {boolean | undefined} */
    this.isExpected = undefined;
    this.expected = 0;
    this.report = 0;
    this.unread = 0;

    this.reading = new Reading({ storage: this.storage, isOpen: !this.isFramed, onChange: () => this.sightChanged() });
    this.host = this.isFramed
      ? new HostPage({
          origins: origins.split(" "),
          onOpen: (open) => this.opened(open),
          onIdentity: () => this.identityChanged(),
          onLateIdentity: () => this.identityCameLate(),
          onEvents: (events) => this.proactive?.hear(events),
          onEscape: () => this.proactive?.invitation.answer("dismissed"),
        })
      : null;
    this.visitor = new VisitorIdentity({
      ...{ site, locale, storage: this.storage, host: this.host },
      onMet: (isStranger) => (isStranger ? this.leftovers.drop() : this.leftovers.show()),
    });
    this.outbox = new Outbox(this.storage);
    this.delivery = new Delivery({
      outbox: this.outbox,
      send: (item) => this.transmit(item),
      onState: (item, state, code) => this.learn(changed(queue(this.known, item), item.clientId, { state, code })),
    });
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    this.connection = new Connection({
      url: `${scheme}://${window.location.host}/ws/chat/${site}/`,
      introduce: () => this.introduce(),
      onFrame: (frame) => this.heard(frame),
      onPhase: () => this.showConnection(),
      onTokenRefused: () => this.visitor.refuse(),
    });

    this.list = new MessageList(byId("log"), byId("scroller"));
    this.composer = new Composer(byId("composer"), this.storage);
    this.theirTyping = new TheirTyping(byId("typing"), byId("typing-text"), this.list);
    this.typing = new OwnTyping((typing) => this.connection.send("typing.set", { typing }));
    this.leftovers = new Leftovers({
      outbox: this.outbox,
      composer: this.composer,
      onShown: (item) => this.learn(queue(this.known, item)),
      onDropped: (clientId) => {
        this.delivery.forget(clientId);
        this.learn(withdrawn(this.known, clientId));
      },
    });
    this.presence = new Presence(byId("header"), byId("person"));
    this.aboutMe = new AboutMe(byId("about-me"), { site, locale, token: () => this.visitor.ours() });
    this.proactive =
      this.host && behaviour
        ? new Proactive({
            ...{ site, locale, basis: behaviour, host: this.host, visitor: this.visitor },
            isOpen: () => this.reading.isOpen,
            onAccepted: () => this.connection.start(),
          })
        : null;
    this.listen();
    this.show();
    this.begin();
  }

  listen() {
    this.list.addEventListener("retry", (event) => this.retry(/** @type {CustomEvent} */ (event).detail));
    this.list.addEventListener("quick-reply", (event) => this.say("text", /** @type {CustomEvent} */ (event).detail));
    this.composer.addEventListener("send", (event) => this.say("text", /** @type {CustomEvent} */ (event).detail));
    this.composer.addEventListener("writing", () => this.writing());
    byId("person").addEventListener("click", () => this.askForPerson());
    byId("starters").addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button) this.say("text", button.textContent ?? "");
    });
    byId("to-end").addEventListener("click", () => {
      this.list.scrollToEnd();
      this.composer.focus();
    });
    byId("scroller").addEventListener("scroll", () => this.showWayDown(), { passive: true });
    byId("reconnect").addEventListener("click", () => this.connection.reconnect());
    byId("about-me-open").addEventListener("click", () => this.aboutMe.open());
    this.aboutMe.addEventListener("erased", () => this.forgotten());
    window.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing || this.aboutMe.dialog.open) return;
      if (this.proactive?.invitation.id) this.proactive.invitation.answer("dismissed");
      else this.host?.tell("close");
    });
    for (const closer of document.querySelectorAll("[data-close]")) {
      closer.addEventListener("click", () => this.host?.tell("close"));
    }
    for (const link of document.querySelectorAll("a[data-locale]")) {
      link.addEventListener("click", (event) => {
        if (!this.host || !(link instanceof HTMLElement)) return;
        // The loader keeps the choice and loads the frame anew, so that its own words change too.
        event.preventDefault();
        this.host.tell("locale", link.dataset.locale);
      });
    }
    window.addEventListener("storage", () => this.otherTabChanged());
    // "Today" becomes "yesterday" while the page stays open.
    document.addEventListener("visibilitychange", () => this.show());
  }

  /** Meet a visitor who was here before; a new one gets an identity with the first message, not before. */
  async begin() {
    if (!this.host) this.leftovers.show();
    await this.visitor.recall();
    // Whose they are depends on who is signed in on the page around us. Off line it turns out later.
    if (this.host && this.leftovers.isAny) await this.visitor.ours().catch(() => null);
    // Where the frame is only there to report what happens on the page, nobody waits for messages.
    const isWanted = !this.proactive || this.reading.isOpen || this.host?.isUsed;
    if ((this.visitor.token && isWanted) || this.outbox.all().length > 0) this.connection.start();
  }

  /** Everything about this visitor is deleted: begin as a stranger. */
  forgotten() {
    this.visitor.forget();
    this.composer.clear();
    for (const item of this.outbox.all()) this.outbox.settle(item.clientId);
    window.location.reload();
  }

  /** Somebody signed in or out on the page around us: who comes must not see the talk of who was there before. */
  identityChanged() {
    if (this.connection.phase !== "idle" || this.composer.field.value) window.location.reload();
    // Behaviour events were reported by whoever was here before.
    else this.visitor.isIntroduced = false;
  }

  /** The page around us took so long to say who is signed in that we went on without: begin anew if it matters. */
  async identityCameLate() {
    const { token } = this.visitor;
    this.visitor.isIntroduced = false;
    const ours = await this.visitor.ours().catch(() => undefined);
    if (ours !== token && this.connection.phase !== "idle") window.location.reload();
  }

  /** Another tab of ours may have got an identity first. */
  otherTabChanged() {
    if (this.host || this.visitor.token) return;
    this.visitor.recall().then((token) => token && this.connection.start());
  }

  /** What opens the session; fetches an identity if there is none. */
  async introduce() {
    const token = await this.visitor.introduce();
    const cursors = this.known.id ? { [this.known.id]: this.known.cursor } : {};
    return { token, cursors, locale: this.locale };
  }

  /**
   * Show a message at once and get it to the server.
   * @param {"text" | "handoff"} kind
   * @param {string} text
   */
  say(kind, text) {
    const item = this.outbox.add(kind, text);
    this.connection.start();
    this.typing.stopped();
    this.reading.newAfter = null;
    this.isExpected = undefined;
    this.delivery.submit(item);
    this.list.scrollToEnd();
    this.composer.focus();
  }

  askForPerson() {
    if (byId("person").getAttribute("aria-disabled") === "true") return;
    this.say("handoff", gettext("I would like to talk to a person."));
  }

  /** @param {string} clientId */
  retry(clientId) {
    const pending = this.known.pending.find((item) => item.clientId === clientId);
    if (!pending) return;
    const { kind, text, at } = pending;
    if (pending.code === "timeout" || TRY_AGAIN.has(pending.code)) {
      this.delivery.submit({ clientId, kind, text, at });
      if (this.connection.phase !== "open") this.connection.reconnect();
      return;
    }
    // Refused for good under this id: the same words again are a new message.
    this.learn(withdrawn(this.known, clientId));
    this.say(kind, text);
  }

  /** @param {import("./outbox.js").OutboxItem} item */
  transmit({ clientId, kind, text }) {
    if (kind === "handoff") return this.connection.send("handoff.request", { client_id: clientId });
    return this.connection.send("message.send", { client_id: clientId, text });
  }

  /** @param {{type: string, data: any}} frame */
  heard(frame) {
    const { type, data } = frame;
    const { known, behind } = receive(this.known, frame);
    if (type === "session.opened") {
      this.resumeAsked = -1;
      if (this.known.id !== known.id) this.reading.newAfter = null;
      // The replay is not news: a screen reader waits until it is complete.
      byId("log").setAttribute("aria-busy", "true");
    }
    this.learn(known);
    switch (type) {
      case "session.opened":
        this.delivery.flush();
        this.proactive?.met();
        break;
      case "messages.resumed":
        byId("log").removeAttribute("aria-busy");
        this.resumeAsked = -1;
        this.caughtUp();
        break;
      case "message.acknowledged":
      case "message.posted":
        if (data.client_id) this.delivery.acknowledged(data.client_id);
        this.reportCursor();
        break;
      case "typing.changed":
        this.theirTyping.believe(data.author, () => {
          this.learn({ ...this.known, typing: { ...this.known.typing, [data.author]: false } });
        });
        break;
      case "error":
        if (data.client_id) this.delivery.refused(data.client_id, data.code);
        break;
    }
    if (behind) this.resume();
  }

  /** Ask for what is missing, once until it has come. */
  resume() {
    if (this.known.id === null || this.resumeAsked === this.known.cursor) return;
    this.resumeAsked = this.known.cursor;
    this.connection.send("messages.resume", { conversation: this.known.id, after: this.known.cursor });
  }

  /** @param {import("./conversation.js").Conversation} known */
  learn(known) {
    const answered = known.messages.length > this.known.messages.length;
    this.known = known;
    clearTimeout(this.expected);
    if (owesAnswer(known)) {
      this.isExpected ??= true;
      this.expected = window.setTimeout(() => {
        this.isExpected = false;
        this.showTyping();
      }, ANSWER_EXPECTED);
    } else {
      this.isExpected = undefined;
    }
    if (answered) this.countUnread();
    this.show();
  }

  /** The past has been replayed: what came while nobody looked is marked, from here on what comes is news. */
  caughtUp() {
    const { id, cursor } = this.known;
    if (!id) return;
    const read = this.reading.readUpTo(id);
    if (read === null) this.reading.markRead(id, cursor);
    else if (countUnread(this.known, read) > 0) this.reading.newAfter ??= read;
    this.countUnread();
    this.show();
    this.reportCursor();
  }

  countUnread() {
    const { id, cursor } = this.known;
    if (!id || byId("log").hasAttribute("aria-busy")) return;
    const read = this.reading.readUpTo(id) ?? cursor;
    const unread = countUnread(this.known, read);
    if (this.reading.isInSight) {
      this.reading.markRead(id, cursor);
      this.tellUnread(0);
    } else {
      if (unread > 0) this.reading.newAfter ??= read;
      this.tellUnread(unread);
    }
  }

  /** Tell the server how far this page has come, so that it does not take us for one that cannot keep up. */
  reportCursor() {
    clearTimeout(this.report);
    this.report = window.setTimeout(() => {
      const { id, cursor } = this.known;
      if (id) this.connection.send("cursor.report", { conversation: id, sequence: cursor });
    }, REPORT_AFTER);
  }

  /** @param {number} unread */
  tellUnread(unread) {
    if (unread === this.unread) return;
    this.unread = unread;
    this.host?.tell("unread", unread);
    const title = document.body.dataset.title ?? "";
    document.title = unread > 0 ? `(${unread}) ${title}` : title;
  }

  sightChanged() {
    if (!this.reading.isInSight) this.reading.newAfter = null;
    this.countUnread();
  }

  /** @param {boolean} open */
  opened(open) {
    const was = this.reading.isOpen;
    this.reading.setOpen(open);
    if (!open || was) return;
    this.proactive?.invitation.hide();
    if (this.visitor.token) this.connection.start();
    this.composer.changed();
    this.list.scrollToEnd();
    // The loader moves the focus here when a person opened the widget, and leaves it where it is when it opened itself
    // again on the next page.
    if (document.hasFocus()) this.composer.focus();
  }

  writing() {
    // Get the identity and the line ready while the visitor is still writing.
    this.connection.start();
    if (this.known.status !== "active" && this.known.status !== "waiting") return;
    this.typing.changed(this.composer.field.value);
  }

  show() {
    const { known } = this;
    this.list.show(timeline(known, { newAfter: this.reading.newAfter, now: new Date() }));
    byId("starters").hidden = known.messages.length + known.pending.length > 0;
    this.presence.show(
      known,
      known.pending.some((item) => item.kind === "handoff" && item.state !== "failed"),
    );
    this.showTyping();
    this.showConnection();
    this.showWayDown();
  }

  showTyping() {
    this.theirTyping.show(this.known, this.isExpected === true);
  }

  showConnection() {
    const { phase } = this.connection;
    byId("offline").hidden = phase !== "retrying";
    byId("unavailable").hidden = phase !== "unavailable";
    byId("stranger").hidden = phase !== "stranger";
  }

  showWayDown() {
    byId("to-end").hidden = this.list.isAtEnd;
  }
}

new ChatPage();

