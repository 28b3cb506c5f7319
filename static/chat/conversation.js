// @ts-check
/**
 * The conversation as this page knows it: a pure function from what it knew and one frame to what it knows now.
 * Nothing here touches the page, the socket or the clock.
 *
 * @typedef {{title: string, url: string}} Citation
 * @typedef {object} Posted a stored message
 * @property {number} sequence
 * @property {"visitor" | "bot" | "agent" | "system"} author
 * @property {string | null} agent
 * @property {string} event
 * @property {string} text
 * @property {Citation[]} citations
 * @property {string[]} quickReplies
 * @property {string | null} clientId
 * @property {string} at
 *
 * @typedef {object} Pending a message of ours that is not in the replay yet
 * @property {string} clientId
 * @property {"text" | "handoff"} kind
 * @property {string} text
 * @property {string} at
 * @property {"sending" | "sent" | "failed"} state
 * @property {string} code why it failed
 *
 * @typedef {object} Conversation
 * @property {string | null} id
 * @property {number} cursor the last sequence applied
 * @property {"bot" | "waiting" | "active" | "resolved"} status
 * @property {string | null} agent
 * @property {number | null} position
 * @property {Posted[]} messages
 * @property {Pending[]} pending
 * @property {Record<string, boolean>} typing by author
 */

/** Codes after which the same message may simply be sent again. */
export const TRY_AGAIN = new Set(["busy", "rate_limited"]);

/** @returns {Conversation} */
export function newConversation() {
  return { id: null, cursor: 0, status: "bot", agent: null, position: null, messages: [], pending: [], typing: {} };
}

/**
 * What is known after a frame, and whether something is missing that `messages.resume` would bring.
 * @param {Conversation} known
 * @param {{type: string, data: any}} frame
 * @returns {{known: Conversation, behind: boolean}}
 */
export function receive(known, { type, data }) {
  if (data.conversation && known.id && data.conversation !== known.id && type !== "session.opened") {
    return { known, behind: false };
  }
  switch (type) {
    case "session.opened": {
      const same = known.id === data.conversation;
      const base = same ? known : { ...newConversation(), pending: known.id === null ? known.pending : [] };
      return told({ ...base, id: data.conversation, status: data.status, agent: data.agent, typing: {} });
    }
    case "message.posted":
      return posted(known, data);
    case "message.acknowledged":
      return told(changed(known, data.client_id, { state: "sent", code: "" }));
    case "conversation.updated":
      return {
        known: { ...known, status: data.status, agent: data.agent, position: data.waiting_position },
        behind: data.sequence > known.cursor,
      };
    case "messages.resumed":
    case "conversation.heartbeat":
      return { known, behind: data.sequence > known.cursor };
    case "typing.changed":
      return told({ ...known, typing: { ...known.typing, [data.author]: data.typing } });
    case "error":
      if (!data.client_id || TRY_AGAIN.has(data.code)) return told(known);
      return told(changed(known, data.client_id, { state: "failed", code: data.code }));
    default:
      return told(known);
  }
}

/** @param {Conversation} known */
function told(known) {
  return { known, behind: false };
}

/**
 * Apply a stored message only if it is the next one this page may see: `previous` says so, counting cannot, since
 * notes between staff take numbers too.
 * @param {Conversation} known
 * @param {any} data
 */
function posted(known, data) {
  if (data.sequence <= known.cursor) return told(known);
  if (data.previous !== known.cursor) return { known, behind: true };
  /** @type {Posted} */
  const message = {
    sequence: data.sequence,
    author: data.author,
    agent: data.agent,
    event: data.event,
    text: data.text,
    citations: data.citations,
    quickReplies: data.quick_replies,
    clientId: data.client_id,
    at: data.at,
  };
  return told({
    ...known,
    cursor: data.sequence,
    messages: [...known.messages, message],
    pending: known.pending.filter((item) => item.clientId !== data.client_id),
    typing: { ...known.typing, [data.author]: false },
  });
}

/**
 * Add a message of ours, shown at once.
 * @param {Conversation} known
 * @param {import("./outbox.js").OutboxItem} item
 * @returns {Conversation}
 */
export function queue(known, item) {
  if (known.messages.some((message) => message.clientId === item.clientId)) return known;
  if (known.pending.some((pending) => pending.clientId === item.clientId)) return known;
  return { ...known, pending: [...known.pending, { ...item, state: "sending", code: "" }] };
}

/**
 * Mark a message of ours.
 * @param {Conversation} known
 * @param {string} clientId
 * @param {Partial<Pending>} change
 * @returns {Conversation}
 */
export function changed(known, clientId, change) {
  return { ...known, pending: known.pending.map((item) => (item.clientId === clientId ? { ...item, ...change } : item)) };
}

/**
 * Take a message of ours off the page (it goes out again under another id).
 * @param {Conversation} known
 * @param {string} clientId
 * @returns {Conversation}
 */
export function withdrawn(known, clientId) {
  return { ...known, pending: known.pending.filter((item) => item.clientId !== clientId) };
}

/**
 * Whether the assistant owes an answer: it has the conversation, and the last word that it received was ours.
 * @param {Conversation} known
 */
export function owesAnswer(known) {
  if (known.status !== "bot") return false;
  if (known.pending.some((item) => item.state === "sent" && item.kind === "text")) return true;
  return known.pending.length === 0 && known.messages.at(-1)?.author === "visitor";
}

/**
 * How many answers came after `read`, the last sequence that was on the screen.
 * @param {Conversation} known
 * @param {number} read
 */
export function countUnread(known, read) {
  return known.messages.filter((message) => message.sequence > read && isAnswer(message)).length;
}

/** @param {Posted} message */
export function isAnswer(message) {
  return message.author === "bot" || message.author === "agent";
}
