// @ts-check
/** The review queue by keys, and the picker of intents. */
import { cardsOf } from "./cards.js";

const picker = /** @type {HTMLDialogElement | null} */ (document.getElementById("intent-picker"));
const search = /** @type {HTMLInputElement | null} */ (document.getElementById("picker-search"));
const { current, choose, press, listen } = cardsOf("review");

/** Put a text into the page's live region. @param {string} text */
function say(text) {
  const region = document.getElementById("review-said");
  if (region) region.textContent = text;
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

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-pick]")) return;
  event.preventDefault();
  openPicker();
});

/** @type {Record<string, () => void>} */
const keys = {
  x: () => press("[data-outside]"),
  o: openPicker,
  "/": openPicker,
  s: () => press("[data-skip]"),
  a: () => toggle("[data-article]", gettext("No agent has answered in this conversation; there is nothing to draft from.")),
  e: () => toggle("[data-marks]", gettext("No words are marked here.")),
};
for (const key of ["1", "2", "3", "4", "5"]) {
  keys[key] = () => press(`[data-choice="${key}"]`) || say(gettext("There is no intent with this number here."));
}
listen(keys);
