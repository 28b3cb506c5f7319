// @ts-check
/* global gettext */
/**
 * The transcript on the page. It is a live region, so nothing that is already there is ever made anew: a screen
 * reader hears each message once.
 */
import { exactTime, timeOfDay } from "./clock.js";
import { safeAddress, splitLinks } from "./links.js";

/** Pixels from the end within which the list counts as being read at its end. */
const NEAR_END = 80;

export class MessageList extends EventTarget {
  /**
   * @param {HTMLElement} log the live region
   * @param {HTMLElement} scroller what scrolls
   */
  constructor(log, scroller) {
    super();
    this.log = log;
    this.scroller = scroller;
    /** @type {Map<string, HTMLElement>} */
    this.lines = new Map();
    log.addEventListener("click", (event) => this.clicked(event));
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  scrollToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /**
   * Show exactly these entries.
   * @param {import("./timeline.js").TimelineEntry[]} entries
   */
  show(entries) {
    const stay = this.isAtEnd;
    const keys = new Set(entries.map((entry) => entry.key));
    for (const [key, line] of this.lines) {
      if (keys.has(key)) continue;
      line.remove();
      this.lines.delete(key);
    }
    /** @type {Element | null} */
    let place = this.log.firstElementChild;
    for (const entry of entries) {
      let line = this.lines.get(entry.key);
      if (!line) {
        line = makeLine(entry);
        this.lines.set(entry.key, line);
      }
      fillLine(line, entry);
      if (line === place) place = place.nextElementSibling;
      else this.log.insertBefore(line, place);
    }
    if (stay) this.scrollToEnd();
  }

  /** @param {Event} event */
  clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const line = button?.closest(".line");
    if (!button || !(line instanceof HTMLElement)) return;
    if (button.dataset.part === "retry") {
      this.dispatchEvent(new CustomEvent("retry", { detail: line.dataset.clientId }));
    } else if (button.classList.contains("chip")) {
      this.dispatchEvent(new CustomEvent("quick-reply", { detail: button.textContent }));
    }
  }
}

/**
 * A copy of a part of the page that stands in a <template>.
 * @param {string} id
 * @returns {HTMLElement}
 */
function copyOf(id) {
  const template = document.getElementById(id);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`no template ${id}`);
  return /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
}

/**
 * @param {HTMLElement} line
 * @param {string} name
 * @returns {HTMLElement}
 */
function part(line, name) {
  return /** @type {HTMLElement} */ (line.querySelector(`[data-part="${name}"]`));
}

/** @param {import("./timeline.js").TimelineEntry} entry */
function makeLine(entry) {
  if (entry.type !== "message") {
    const line = copyOf(`${entry.type}-line`);
    if (entry.type !== "new") part(line, "text").textContent = entry.text;
    return line;
  }
  const line = copyOf(`${entry.author}-line`);
  part(line, "text").append(...textNodes(entry.text));
  if (entry.author === "agent") part(line, "name").textContent = entry.agent ?? "";
  part(line, "citations")?.append(...entry.citations.map(citationChip).filter((chip) => chip !== null));
  return line;
}

/**
 * Bring a line up to date with what may change about it.
 * @param {HTMLElement} line
 * @param {import("./timeline.js").TimelineEntry} entry
 */
function fillLine(line, entry) {
  if (entry.type !== "message") return;
  line.classList.toggle("follows", entry.follows);
  if (entry.clientId) line.dataset.clientId = entry.clientId;
  const time = part(line, "time");
  if (time.getAttribute("datetime") !== entry.at) {
    const moment = new Date(entry.at);
    time.setAttribute("datetime", entry.at);
    time.setAttribute("title", exactTime(moment));
    time.textContent = timeOfDay(moment);
  }
  if (entry.author === "visitor") {
    showState(line, entry);
  } else {
    showQuickReplies(part(line, "quick-replies"), entry.quickReplies);
  }
}

/**
 * @param {HTMLElement} line
 * @param {import("./timeline.js").TimelineEntry} entry
 */
function showState(line, entry) {
  if (line.dataset.state !== entry.state) {
    line.dataset.state = entry.state;
    part(line, "failure").hidden = entry.state !== "failed";
    part(line, "reason").textContent = failureReason(entry.code);
    part(line, "sending").hidden = entry.state !== "sending";
    part(line, "sent").hidden = entry.state !== "sent";
  }
  // What was stored may be masked and then differs from what was typed: show what was stored.
  const text = part(line, "text");
  if (text.textContent !== entry.text) text.replaceChildren(...textNodes(entry.text));
}

/** @param {string} code */
function failureReason(code) {
  switch (code) {
    case "invalid":
    case "too_large":
      return gettext("This message cannot be sent as it is.");
    default:
      return gettext("Not sent yet.");
  }
}

/**
 * @param {HTMLElement} place
 * @param {string[]} texts
 */
function showQuickReplies(place, texts) {
  const shown = [...place.children].map((button) => button.textContent);
  if (shown.length === texts.length && shown.every((text, index) => text === texts[index])) return;
  place.replaceChildren(
    ...texts.map((text) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "chip";
      button.textContent = text;
      return button;
    }),
  );
  place.hidden = texts.length === 0;
}

/** @param {string} text */
function textNodes(text) {
  return splitLinks(text).map(({ text: words, address }) => {
    if (!address) return document.createTextNode(words);
    const link = document.createElement("a");
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    link.textContent = words;
    return link;
  });
}

/** @param {import("./conversation.js").Citation} citation */
function citationChip({ title, url }) {
  const address = safeAddress(url);
  if (!address) return null;
  const chip = /** @type {HTMLAnchorElement} */ (copyOf("citation-chip"));
  chip.href = address;
  part(chip, "title").textContent = title;
  return chip;
}
