// @ts-check
/** Telling somebody who may look elsewhere that a customer waits: sound, the tab's title, a notification. */
import { changeSetting, setting } from "./keeping.js";

const REPEAT_EVERY = 20_000;
const brand = document.title.split(" · ").at(-1) ?? "";
const announcer = document.getElementById("announcer");
/** @type {AudioContext | null} */
let audio = null;
let attention = 0;
let waiting = 0;
let name = "";

/** Browsers play nothing before the first click or key on a page. */
function unlock() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
  document.getElementById("sound-blocked")?.toggleAttribute("hidden", true);
}
for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, unlock, { once: true });

/**
 * @param {AudioContext} context
 * @param {number} frequency
 * @param {number} delay
 */
function tone(context, frequency, delay) {
  const start = context.currentTime + delay;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "sine";
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.6);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.65);
}

/** A chime of two notes for somebody new; one soft note for a reply. False if the browser does not allow sound yet. */
export function chime(soft = false) {
  if (!audio || audio.state !== "running") return false;
  if (soft) {
    tone(audio, 659, 0);
  } else {
    tone(audio, 784, 0);
    tone(audio, 1047, 0.18);
  }
  return true;
}

/** @param {string} text */
export function announce(text) {
  if (!announcer) return;
  announcer.textContent = text;
  // The same words again must be a change, so that they are read again.
  setTimeout(() => {
    if (announcer.textContent === text) announcer.textContent = "";
  }, 5_000);
}

/** @param {number} total how many are waiting now */
export function ring(total) {
  if (setting("sound") && !chime()) document.getElementById("sound-blocked")?.toggleAttribute("hidden", false);
  const text = interpolate(
    ngettext("%s customer is waiting for a person", "%s customers are waiting for a person", total),
    [total],
  );
  announce(text);
  if (setting("notify") && document.hidden && "Notification" in window && Notification.permission === "granted") {
    // Customers' words stay on the page: a notification may be read by anybody who passes.
    const notification = new Notification(gettext("Somebody is waiting"), { body: text, tag: "xiaoer-waiting" });
    notification.addEventListener("click", () => {
      window.focus();
      notification.close();
    });
  }
}

/** A customer wrote in a conversation of mine that I do not look at. */
export function nudge() {
  if (setting("sound")) chime(true);
}

function showTitle() {
  const inbox = document.getElementById("inbox")?.dataset.title ?? "";
  const title = [name, inbox, brand].filter(Boolean).join(" · ");
  document.title = attention ? `(${attention}) ${title}` : title;
}

/**
 * What the tab shows: how many wait or wrote unseen.
 * @param {{waiting: number, unread: number}} numbers
 */
export function showAttention(numbers) {
  waiting = numbers.waiting;
  attention = numbers.waiting + numbers.unread;
  showTitle();
  for (const badge of document.querySelectorAll("[data-waiting-count]")) {
    badge.textContent = String(waiting);
    badge.toggleAttribute("hidden", waiting === 0);
  }
}

/** @param {string} label the open conversation's, empty for none */
export function showName(label) {
  name = label;
  showTitle();
}

setInterval(() => {
  if (waiting && setting("sound") && setting("repeat")) chime();
}, REPEAT_EVERY);

function showSettings() {
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[data-setting]"))) {
    box.checked = setting(/** @type {import("./keeping.js").Setting} */ (box.dataset.setting));
  }
  const toggle = document.querySelector("[data-sound-toggle]");
  const on = setting("sound");
  toggle?.setAttribute("aria-pressed", String(on));
  toggle?.querySelector("[data-on]")?.toggleAttribute("hidden", !on);
  toggle?.querySelector("[data-off]")?.toggleAttribute("hidden", on);
}

document.addEventListener("change", async (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || !box.dataset.setting) return;
  const which = /** @type {import("./keeping.js").Setting} */ (box.dataset.setting);
  let wanted = box.checked;
  if (which === "notify" && wanted) {
    wanted = "Notification" in window && (await Notification.requestPermission()) === "granted";
    if (!wanted) testResult(gettext("The browser does not allow notifications for this page."));
  }
  changeSetting(which, wanted);
});

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest("[data-sound-toggle]")) {
    changeSetting("sound", !setting("sound"));
    if (setting("sound")) chime();
  } else if (event.target.closest("[data-test-sound]")) {
    unlock();
    // Resuming takes a moment after the first gesture.
    audio?.resume().then(() => {
      testResult(chime() ? gettext("You should hear two notes.") : gettext("The browser does not allow sound."));
    });
  }
});

/** @param {string} text */
function testResult(text) {
  const place = document.querySelector("[data-test-result]");
  if (place) place.textContent = text;
}

document.addEventListener("desk:setting", showSettings);
showSettings();
