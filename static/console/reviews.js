// @ts-check
/**
 * The review queue by keys. Every key presses a control of the page, so whoever uses the mouse, touch or a screen
 * reader does the same. Keys are off in fields and dialogs, and can be switched off (the inbox keeps that setting).
 */
import { changeSetting, setting } from "./inbox/keeping.js";
import { listenForKeys } from "./inbox/shortcuts.js";

const list = document.getElementById("reviews");
const picker = /** @type {HTMLDialogElement | null} */ (document.getElementById("intent-picker"));
const search = /** @type {HTMLInputElement | null} */ (document.getElementById("picker-search"));
const keys = /** @type {HTMLDialogElement | null} */ (document.getElementById("review-keys"));

/** @returns {HTMLElement[]} */
function cards() {
  return list ? [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-review]"))] : [];
}

/** @returns {HTMLElement | null} */
function current() {
  return list?.querySelector("[data-review][aria-current]") ?? null;
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

/** Put a text into the page's live region. @param {string} text */
function say(text) {
  const region = document.getElementById("review-said");
  if (region) region.textContent = text;
}

/** Press a control of the current card. @param {string} selector @param {string} [otherwise] */
function press(selector, otherwise = "") {
  const control = current()?.querySelector(selector);
  if (control instanceof HTMLElement) control.click();
  else if (otherwise) say(otherwise);
}

/** @param {string} selector @param {string} otherwise */
function toggle(selector, otherwise) {
  const box = current()?.querySelector(selector);
  if (!(box instanceof HTMLInputElement)) return say(otherwise);
  box.click();
  const label = box.closest("label")?.querySelector("span")?.textContent?.trim() ?? "";
  say(interpolate(box.checked ? gettext("On: %s") : gettext("Off: %s"), [label]));
}

// --- The picker of intents ---

/** @returns {HTMLElement[]} */
function options() {
  return picker ? [.../** @type {NodeListOf<HTMLElement>} */ (picker.querySelectorAll("[data-intent]"))] : [];
}

/** @param {HTMLElement | undefined} option */
function select(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  if (option) {
    search?.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else search?.removeAttribute("aria-activedescendant");
}

function narrow() {
  const words = (search?.value ?? "").toLocaleLowerCase().split(/\s+/).filter(Boolean);
  for (const option of options()) {
    const text = (option.textContent ?? "").toLocaleLowerCase();
    option.hidden = !words.every((word) => text.includes(word));
  }
  const left = options().filter((option) => !option.hidden);
  picker?.querySelector("[data-picker-none]")?.toggleAttribute("hidden", left.length > 0);
  select(left[0]);
}

function openPicker() {
  const card = current();
  if (!picker || !search || !card?.querySelector("[data-pick]")) return;
  const said = picker.querySelector("[data-picker-text]");
  if (said) said.textContent = card.querySelector(".review-text")?.textContent ?? "";
  search.value = "";
  picker.showModal();
  search.focus();
  narrow();
}

/** Answer the current card with an intent that is not among its buttons. @param {HTMLElement | undefined} option */
function pick(option) {
  const form = current()?.querySelector("form.review-answer");
  picker?.close();
  if (!option || !(form instanceof HTMLFormElement)) return;
  // A button of its own, pressed: htmx sends the button that was pressed last along with the form, and after a
  // request that failed that is still the earlier choice, which would win.
  const button = document.createElement("button");
  button.hidden = true;
  button.name = "intent";
  button.value = option.dataset.intent ?? "";
  form.append(button);
  button.click();
  button.remove();
}

search?.addEventListener("input", narrow);
search?.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  const left = options().filter((option) => !option.hidden);
  const place = left.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    select(left[Math.min(Math.max(place + (event.key === "ArrowDown" ? 1 : -1), 0), left.length - 1)]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (left[place]) pick(left[place]);
  }
});
picker?.addEventListener("click", (event) => {
  const option = event.target instanceof Element ? event.target.closest("[data-intent]") : null;
  if (option instanceof HTMLElement) pick(option);
});
picker?.addEventListener("close", () => {
  const card = current();
  if (card && document.activeElement === document.body) choose(card);
});

// --- Mouse, touch and focus choose a card as well ---

document.addEventListener("focusin", (event) => {
  const card = event.target instanceof Element ? event.target.closest("[data-review]") : null;
  if (card instanceof HTMLElement) choose(card, false);
});

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const card = event.target.closest("[data-review]");
  if (card instanceof HTMLElement) choose(card, false);
  if (event.target.closest("[data-pick]")) {
    event.preventDefault();
    openPicker();
  }
  if (event.target.closest("[data-show-keys]")) keys?.showModal();
});

// --- After an answer: the next message, without losing the place ---

/** @type {string} */
let answered = "";

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const card = /** @type {CustomEvent} */ (event).detail.elt.closest?.("[data-review]");
  answered = card?.id ?? "";
});

document.body.addEventListener("htmx:afterSettle", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.elt?.id !== answered || !answered) return;
  const all = cards();
  const place = all.findIndex((card) => card.id === answered);
  const card = all[place];
  answered = "";
  // Taken back, or refused: it is still to be answered.
  if (!card || card.matches("[data-open]") || card.querySelector("[role=alert]")) return choose(card ?? null);
  const open = (/** @type {HTMLElement} */ one) => one.matches("[data-open]");
  const next = all.slice(place + 1).find(open) ?? all.find(open);
  if (next) choose(next);
  else {
    choose(card, false);
    document.getElementById("next-reviews")?.focus();
  }
});

// Taken back from outside of its card.
document.body.addEventListener("htmx:oobAfterSwap", (event) => {
  const card = document.getElementById(/** @type {CustomEvent} */ (event).detail.target?.id ?? "");
  if (card?.matches("[data-review][data-open]")) choose(card);
});

for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-setting=keys]"))) {
  box.checked = setting("keys");
  box.addEventListener("change", () => changeSetting("keys", box.checked));
}
for (const button of document.querySelectorAll("[data-show-keys]")) button.toggleAttribute("hidden", !keys);

/** @type {Record<string, () => void>} */
const actions = {
  j: () => move(1),
  k: () => move(-1),
  x: () => press("[data-outside]"),
  o: openPicker,
  "/": openPicker,
  s: () => press("[data-skip]"),
  a: () => toggle("[data-article]", gettext("No agent has answered in this conversation; there is nothing to draft from.")),
  e: () => toggle("[data-marks]", gettext("No words are marked here.")),
  u: () => /** @type {HTMLFormElement | null} */ (document.getElementById("undo-last"))?.requestSubmit(),
  n: () => document.getElementById("next-reviews")?.click(),
  "?": () => keys?.showModal(),
};
for (const key of ["1", "2", "3", "4", "5"]) {
  actions[key] = () => press(`[data-choice="${key}"]`, gettext("There is no intent with this number here."));
}
listenForKeys(actions, () => false);

// The first message is ready to be answered at once; the focus stays where the reader put it.
choose(cards().find((card) => card.matches("[data-open]")) ?? null, document.activeElement === document.body);
