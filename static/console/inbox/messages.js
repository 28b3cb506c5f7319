// @ts-check
/** Messages on the page: copies of the server's own markup, filled. */
import { showTimes } from "../clock.js";

/**
 * @typedef {object} Posted
 * @property {string} conversation
 * @property {number} sequence
 * @property {string} author
 * @property {string | null} agent
 * @property {string} kind
 * @property {string} event
 * @property {string} text
 * @property {{title: string, url: string}[]} citations
 * @property {string[]} quick_replies
 * @property {string | null} client_id
 * @property {string} at
 */

/**
 * @param {string} author
 * @param {string} kind
 * @param {string} event
 * @returns {HTMLElement}
 */
function copyOf(author, kind, event) {
  const find = (/** @type {string} */ name) =>
    document.querySelector(`template[data-author="${author}"][data-kind="${kind}"][data-event="${CSS.escape(name)}"]`);
  const template = /** @type {HTMLTemplateElement} */ (find(event) ?? find(""));
  const first = /** @type {HTMLElement} */ (template.content.firstElementChild);
  return /** @type {HTMLElement} */ (first.cloneNode(true));
}

/**
 * Only web addresses and our own paths become links.
 * @param {string} url
 */
function safe(url) {
  try {
    return ["http:", "https:"].includes(new URL(url, location.href).protocol);
  } catch {
    return false;
  }
}

/**
 * A posted message as an element.
 * @param {Posted} message
 */
export function messageElement(message) {
  const element = copyOf(message.author, message.kind, message.event);
  element.dataset.sequence = String(message.sequence);
  const text = element.querySelector("[data-text]");
  if (text) text.textContent = message.text;
  const agent = element.querySelector("[data-agent]");
  if (agent) agent.textContent = message.agent ?? "";
  const time = element.querySelector("time");
  if (time) time.dateTime = message.at;
  const citations = element.querySelector("[data-citations]");
  citations?.replaceChildren(
    ...message.citations.filter(({ url }) => safe(url)).map(({ title, url }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = url;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = title;
      item.append(link);
      return item;
    }),
  );
  const offers = element.querySelector("[data-offers]");
  offers?.replaceChildren(
    ...message.quick_replies.map((offered) => {
      const item = document.createElement("li");
      item.textContent = offered;
      return item;
    }),
  );
  showTimes(element);
  return element;
}

/** Why a reply was not taken. @type {Record<string, () => string>} */
const PROBLEMS = {
  not_owner: () => gettext("Not sent: the conversation is no longer yours."),
  wrong_state: () => gettext("Not sent: the conversation is not open any more."),
  invalid: () => gettext("Not sent: the text is empty or too long."),
  too_large: () => gettext("Not sent: the text is too long."),
  not_found: () => gettext("Not sent: the conversation is gone."),
  forbidden: () => gettext("Not sent: you may not write here."),
};

/**
 * A reply or note that is not acknowledged yet, as an element.
 * @param {import("./outbox.js").Unsent} item
 * @param {string} agent
 */
export function unsentElement(item, agent) {
  const element = messageElement({
    conversation: item.conversation,
    sequence: 0,
    author: "agent",
    agent,
    kind: item.kind === "note" ? "note" : "text",
    event: "",
    text: item.text,
    citations: [],
    quick_replies: [],
    client_id: item.id,
    at: item.at,
  });
  delete element.dataset.sequence;
  element.dataset.unsent = item.id;
  showUnsent(element, item);
  return element;
}

/**
 * @param {Element} element
 * @param {import("./outbox.js").Unsent} item
 */
export function showUnsent(element, item) {
  element.classList.toggle("sending", item.state === "sending");
  element.classList.toggle("failed", item.state === "failed");
  const place = element.querySelector("[data-delivery]");
  if (!place) return;
  if (item.state === "sending") {
    place.textContent = gettext("Sending…");
    return;
  }
  const why = Object.hasOwn(PROBLEMS, item.problem) ? PROBLEMS[item.problem]() : gettext("Not sent.");
  place.replaceChildren(why, button(gettext("Try again"), "retry", item.id), button(gettext("Discard"), "discard", item.id));
}

/**
 * @param {string} text
 * @param {string} action
 * @param {string} id
 */
function button(text, action, id) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button small";
  made.dataset[action] = id;
  made.textContent = text;
  return made;
}

/** @param {Element} element */
export function showSent(element) {
  element.classList.remove("sending", "failed");
  const place = element.querySelector("[data-delivery]");
  if (place) place.textContent = gettext("Sent");
}
