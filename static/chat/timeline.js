// @ts-check
/**
 * What the message list shows, in order: messages, ours that are on their way, a line for each day, and one line
 * before the first message that is new. Pure, so that it can be tested without a page.
 */
import { dayName, sameDay } from "./clock.js";
import { isAnswer } from "./conversation.js";

/** Messages of one author within this many milliseconds belong together. */
export const TOGETHER = 120_000;

/**
 * @typedef {object} TimelineEntry
 * @property {string} key stays the same while a message is sent, acknowledged and replayed
 * @property {"day" | "new" | "event" | "message"} type
 * @property {string} text
 * @property {"visitor" | "bot" | "agent" | "system"} author
 * @property {string | null} agent
 * @property {string} at
 * @property {boolean} follows whether it continues the author's previous message
 * @property {"" | "sending" | "sent" | "failed"} state of our own messages
 * @property {string} code
 * @property {import("./conversation.js").Citation[]} citations
 * @property {string[]} quickReplies offered by the last message only
 * @property {string | null} clientId
 */

/** @type {TimelineEntry} */
const BLANK = {
  key: "",
  type: "message",
  text: "",
  author: "system",
  agent: null,
  at: "",
  follows: false,
  state: "",
  code: "",
  citations: [],
  quickReplies: [],
  clientId: null,
};

/**
 * @param {import("./conversation.js").Conversation} known
 * @param {{newAfter: number | null, now: Date}} view `newAfter`: the last sequence that had been read
 * @returns {TimelineEntry[]}
 */
export function timeline(known, { newAfter, now }) {
  /** @type {TimelineEntry[]} */
  const entries = [];
  /** @type {TimelineEntry | null} */
  let previous = null;
  let marked = newAfter === null;
  const lines = [...known.messages.map(fromPosted), ...known.pending.map(fromPending)];
  for (const [index, line] of lines.entries()) {
    const sequence = known.messages[index]?.sequence ?? 0;
    const day = new Date(line.at);
    if (!previous || !sameDay(new Date(previous.at), day)) {
      entries.push({ ...BLANK, key: `day:${day.toDateString()}`, type: "day", text: dayName(day, now), at: line.at });
      previous = null;
    }
    if (!marked && newAfter !== null && sequence > newAfter && isAnswer(known.messages[index])) {
      entries.push({ ...BLANK, key: "new", type: "new", at: line.at });
      marked = true;
      previous = null;
    }
    const follows = previous !== null && continues(previous, line);
    entries.push({ ...line, follows, quickReplies: index === lines.length - 1 ? line.quickReplies : [] });
    previous = line;
  }
  return entries;
}

/**
 * @param {TimelineEntry} previous
 * @param {TimelineEntry} line
 */
function continues(previous, line) {
  return (
    previous.type === "message" &&
    line.type === "message" &&
    previous.author === line.author &&
    previous.agent === line.agent &&
    Date.parse(line.at) - Date.parse(previous.at) < TOGETHER
  );
}

/**
 * @param {import("./conversation.js").Posted} message
 * @returns {TimelineEntry}
 */
function fromPosted(message) {
  return {
    ...BLANK,
    key: message.clientId ? `own:${message.clientId}` : `message:${message.sequence}`,
    type: message.author === "system" ? "event" : "message",
    text: message.text,
    author: message.author,
    agent: message.agent,
    at: message.at,
    state: message.author === "visitor" ? "sent" : "",
    citations: message.citations,
    quickReplies: message.quickReplies,
    clientId: message.clientId,
  };
}

/**
 * @param {import("./conversation.js").Pending} item
 * @returns {TimelineEntry}
 */
function fromPending(item) {
  return {
    ...BLANK,
    key: `own:${item.clientId}`,
    text: item.text,
    author: "visitor",
    at: item.at,
    state: item.state,
    code: item.code,
    clientId: item.clientId,
  };
}
