// @ts-check
/** The inbox page: ties the list, the open conversation and the connection together. */
import "../clock.js";
import * as alerts from "./alerts.js";
import { ConversationPane } from "./conversation.js";
import { DeskConnection } from "./desk-connection.js";
import { InboxList } from "./list.js";
import { Outbox } from "./outbox.js";
import { listenForKeys } from "./shortcuts.js";

const PATIENCE = 1_500;
const inbox = /** @type {HTMLElement} */ (document.getElementById("inbox"));
const banner = /** @type {HTMLElement} */ (document.getElementById("banner"));
const narrow = matchMedia("(max-width: 56.25rem)");
const home = inbox.dataset.url ?? "";

const connection = new DeskConnection(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/desk/`);
const outbox = new Outbox(connection);
const list = new InboxList(inbox);
const pane = new ConversationPane(inbox, connection, outbox);

// --- Addresses: a conversation has its own, and going back works ---

/** @param {string} uuid */
function address(uuid) {
  return `${home}${uuid ? `${uuid}/` : ""}?${list.parameters}`;
}

/** @param {string} uuid @param {boolean} push */
async function show(uuid, push) {
  if (push) history.pushState({ uuid }, "", address(uuid));
  if (!uuid) {
    const left = pane.uuid;
    pane.close();
    list.focusRow(list.row(left));
    return;
  }
  const opened = await pane.open(uuid, address(uuid));
  if (opened && narrow.matches) document.getElementById("conversation-title")?.focus();
}

addEventListener("popstate", () => {
  const uuid = location.pathname.slice(home.length).replace("/", "");
  if (uuid !== pane.uuid) show(uuid, false);
});

inbox.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("[data-open], [data-back]");
  if (!link) return;
  event.preventDefault();
  const row = link.closest("[data-conversation]");
  show(link.matches("[data-open]") && row instanceof HTMLElement ? (row.dataset.conversation ?? "") : "", true);
});

list.addEventListener("chosen", () => history.replaceState({ uuid: pane.uuid }, "", address(pane.uuid)));

/** @param {{uuid: string, label: string}} opened */
function opened({ uuid, label }) {
  list.setCurrent(uuid);
  alerts.showName(label);
}
pane.addEventListener("opened", (event) => opened(/** @type {CustomEvent} */ (event).detail));
pane.addEventListener("seen", (event) => {
  const { uuid, sequence } = /** @type {CustomEvent} */ (event).detail;
  list.saw(uuid, sequence);
});
pane.addEventListener("changed", (event) => {
  const { tookIt } = /** @type {CustomEvent} */ (event).detail;
  // What one has just taken is found under Mine, where one goes on.
  if (tookIt && list.name === "waiting") list.choose("mine");
  else list.refresh();
});
opened({ uuid: pane.uuid, label: pane.root?.dataset.label ?? "" });
pane.sawAll();

// --- The connection, and what people see of it ---

const live = document.getElementById("live");
const liveText = document.getElementById("live-text");
let patience = 0;

/** @param {string} text @param {boolean} good */
function say(text, good) {
  const line = document.createElement("p");
  line.textContent = text;
  line.classList.toggle("back-again", good);
  banner.replaceChildren(line);
}

connection.addEventListener("state", (event) => {
  const state = /** @type {CustomEvent} */ (event).detail;
  if (live) live.dataset.state = state === "open" ? "open" : "lost";
  clearTimeout(patience);
  if (state === "open") {
    if (liveText) liveText.textContent = gettext("Live");
    if (banner.childElementCount) {
      say(gettext("Connected again; nothing was missed."), true);
      patience = setTimeout(() => banner.replaceChildren(), 3_000);
    }
  } else if (state === "refused") {
    if (liveText) liveText.textContent = gettext("No access");
    say(gettext("You no longer have access to the inbox. Load the page again to sign in."), false);
  } else {
    if (liveText) liveText.textContent = gettext("Offline");
    // A blink of the connection needs no words.
    patience = setTimeout(() => say(gettext("The connection is lost. Trying again; what you write is kept and sent later."), false), PATIENCE);
  }
});
connection.addEventListener("desk.opened", (event) => {
  inbox.dataset.agent = /** @type {CustomEvent} */ (event).detail.agent;
  list.refresh();
});
connection.addEventListener("inbox.changed", () => list.refresh());
connection.open();

// --- Dialogs and keys ---

/** @param {string} id */
function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-dialog]") : null;
  if (button instanceof HTMLElement) openDialog(button.dataset.dialog ?? "");
});

listenForKeys(
  {
    j: () => list.move(1),
    k: () => list.move(-1),
    t: () => pane.ask("take"),
    r: () => pane.composer.write("reply"),
    n: () => pane.composer.write("note"),
    e: () => pane.ask("resolve"),
    "/": () => list.search.focus(),
    "?": () => openDialog("keys"),
  },
  (target) => {
    if (target?.matches("#inbox-query") && list.search.value) return false;
    if (target?.matches("textarea, input")) {
      target.blur();
      return true;
    }
    if (inbox.dataset.pane === "context") {
      pane.showContext(false);
      return true;
    }
    if (!pane.uuid) return false;
    if (narrow.matches) show("", true);
    else list.focusRow(list.row(pane.uuid));
    return true;
  },
);
