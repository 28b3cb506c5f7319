// @ts-check
/**
 * Proposed utterances by keys. Every key presses a control of the page, so whoever uses the mouse, touch or a screen
 * reader does the same. Keys are off in fields and dialogs, and can be switched off (the inbox keeps that setting).
 */
import { changeSetting, setting } from "./inbox/keeping.js";
import { listenForKeys } from "./inbox/shortcuts.js";

const list = document.getElementById("proposals");
const keys = /** @type {HTMLDialogElement | null} */ (document.getElementById("proposal-keys"));
const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("dialog"));

/** @returns {HTMLElement[]} */
function cards() {
  return list ? [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-proposal]"))] : [];
}

/** @returns {HTMLElement | null} */
function current() {
  return list?.querySelector("[data-proposal][aria-current]") ?? null;
}

/** @param {HTMLElement | null} card @param {boolean} [take] whether the card takes the focus */
function choose(card, take = true) {
  for (const other of cards()) if (other !== card) other.removeAttribute("aria-current");
  if (!card) return;
  card.setAttribute("aria-current", "true");
  if (!take) return;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

/** @param {number} step */
function move(step) {
  const all = cards();
  const here = current();
  const place = here ? all.indexOf(here) + step : 0;
  if (all[place]) choose(all[place]);
}

/** Press a control of the current card. @param {string} selector */
function press(selector) {
  const control = current()?.querySelector(selector);
  if (control instanceof HTMLElement) control.click();
}

// --- Mouse, touch and focus choose a card as well ---

for (const kind of ["focusin", "click"]) {
  document.addEventListener(kind, (event) => {
    if (!(event.target instanceof Element)) return;
    const card = event.target.closest("[data-proposal]");
    if (card instanceof HTMLElement) choose(card, false);
    if (kind === "click" && event.target.closest("[data-show-keys]")) keys?.showModal();
  });
}

// --- After a decision: the next proposal, without losing the place ---

/** @type {string} */
let decided = "";

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const sender = /** @type {CustomEvent} */ (event).detail.elt;
  decided = sender.matches?.("form") ? (sender.closest("[data-proposal]")?.id ?? sender.dataset.card ?? "") : "";
});

document.body.addEventListener("htmx:afterSettle", (event) => {
  if (!decided || /** @type {CustomEvent} */ (event).detail.elt?.id !== decided) return;
  const all = cards();
  const place = all.findIndex((card) => card.id === decided);
  const card = all[place];
  decided = "";
  if (!card) return;
  const open = (/** @type {HTMLElement} */ one) => one.matches("[data-open]");
  const goOn = () => {
    // Taken back, or refused: it is still to be decided on.
    if (open(card) || card.querySelector("[role=alert]")) return choose(card);
    const next = all.slice(place + 1).find(open) ?? all.find(open);
    if (next) return choose(next);
    choose(card, false);
    (document.getElementById("next-proposals") ?? card).focus();
  };
  if (dialog?.open) dialog.addEventListener("close", goOn, { once: true });
  else goOn();
});

for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-setting=keys]"))) {
  box.checked = setting("keys");
  box.addEventListener("change", () => changeSetting("keys", box.checked));
}
for (const button of document.querySelectorAll("[data-show-keys]")) button.toggleAttribute("hidden", !keys);

listenForKeys(
  {
    j: () => move(1),
    k: () => move(-1),
    a: () => press("[data-accept]"),
    r: () => press("[data-reject]"),
    e: () => press("[data-edit]"),
    x: () => press("input[data-row]"),
    u: () => /** @type {HTMLFormElement | null} */ (document.getElementById("undo-last"))?.requestSubmit(),
    n: () => document.getElementById("next-proposals")?.click(),
    "?": () => keys?.showModal(),
  },
  () => false,
);

// The first proposal is ready at once; the focus stays where the reader put it.
choose(cards().find((card) => card.matches("[data-open]")) ?? null, document.activeElement === document.body);
