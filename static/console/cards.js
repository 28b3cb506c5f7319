// @ts-check
/**
 * A list of cards, each waiting for an answer, worked by keys. Every key presses a control of the page, so whoever
 * uses the mouse, touch or a screen reader does the same. Keys are off in fields and dialogs, and can be switched off
 * (the inbox keeps that setting).
 */
import { changeSetting, setting } from "./inbox/keeping.js";
import { listenForKeys } from "./inbox/shortcuts.js";

/**
 * The cards of one kind: `[data-KIND]` in the list `#KINDs`; one that waits for its answer is `[data-open]`, the one
 * that keys go to has `aria-current`. `#KIND-keys` explains the keys, `#next-KINDs` leads to more cards.
 * @param {string} kind
 */
export function cardsOf(kind) {
  const selector = `[data-${kind}]`;
  const list = document.getElementById(`${kind}s`);
  const explained = /** @type {HTMLDialogElement | null} */ (document.getElementById(`${kind}-keys`));
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("dialog"));
  const further = () => document.getElementById(`next-${kind}s`);

  /** @returns {HTMLElement[]} */
  function cards() {
    return list ? [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(selector))] : [];
  }

  /** @param {HTMLElement} card */
  const isOpen = (card) => card.matches("[data-open]");

  /** @returns {HTMLElement | null} */
  function current() {
    return list?.querySelector(`${selector}[aria-current]`) ?? null;
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

  /** Press a control of the current card, if it has it. @param {string} control @returns {boolean} */
  function press(control) {
    const found = current()?.querySelector(control);
    if (!(found instanceof HTMLElement)) return false;
    found.click();
    return true;
  }

  // --- Mouse, touch and focus choose a card as well ---

  for (const event of ["focusin", "click"]) {
    document.addEventListener(event, ({ target }) => {
      if (!(target instanceof Element)) return;
      const card = target.closest(selector);
      if (card instanceof HTMLElement) choose(card, false);
      if (event === "click" && target.closest("[data-show-keys]")) explained?.showModal();
    });
  }

  // --- After an answer: the next card, without losing the place ---

  /** @type {string} */
  let answered = "";

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const sender = /** @type {CustomEvent} */ (event).detail.elt;
    // A form in the dialog answers the card that it names.
    answered = sender.matches?.("form") ? (sender.closest(selector)?.id ?? sender.dataset.card ?? "") : "";
  });

  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (!answered || /** @type {CustomEvent} */ (event).detail.elt?.id !== answered) return;
    const all = cards();
    const place = all.findIndex((card) => card.id === answered);
    const card = all[place];
    answered = "";
    if (!card) return;
    const goOn = () => {
      // Taken back, or refused: it is still to be answered.
      if (isOpen(card) || card.querySelector("[role=alert]")) return choose(card);
      const next = all.slice(place + 1).find(isOpen) ?? all.find(isOpen);
      if (next) return choose(next);
      choose(card, false);
      (further() ?? card).focus();
    };
    if (dialog?.open) dialog.addEventListener("close", goOn, { once: true });
    else goOn();
  });

  // Taken back from outside of its card.
  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    const card = document.getElementById(/** @type {CustomEvent} */ (event).detail.target?.id ?? "");
    if (card?.matches(selector) && isOpen(card)) choose(card);
  });

  // --- Keys ---

  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-setting=keys]"))) {
    box.checked = setting("keys");
    box.addEventListener("change", () => changeSetting("keys", box.checked));
  }
  for (const button of document.querySelectorAll("[data-show-keys]")) button.toggleAttribute("hidden", !explained);

  /**
   * Listen for the keys that all cards have and for those of this kind, with the first open card ready at once; the
   * focus stays where the reader put it.
   * @param {Record<string, () => void>} own by `event.key`
   */
  function listen(own) {
    listenForKeys(
      {
        j: () => move(1),
        k: () => move(-1),
        u: () => /** @type {HTMLFormElement | null} */ (document.getElementById("undo-last"))?.requestSubmit(),
        n: () => further()?.click(),
        "?": () => explained?.showModal(),
        ...own,
      },
      () => false,
    );
    choose(cards().find(isOpen) ?? null, document.activeElement === document.body);
  }

  return { current, choose, press, listen };
}
