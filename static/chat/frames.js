// @ts-check
/**
 * The closed catalogue of frames and their fields, as `docs/protocol.md` states them; a test keeps the page, the
 * server and this module equal.
 */

/** Frames from the server: name -> fields of `data`. */
export const SERVER = {
  "session.opened": ["conversation", "status", "agent", "sequence", "locale"],
  "desk.opened": ["agent", "waiting", "mine"],
  "message.acknowledged": ["client_id", "sequence"],
  "message.posted": ["conversation", "sequence", "previous", "id", "author", "agent", "kind", "event", "text", "citations", "quick_replies", "client_id", "at"],
  "messages.resumed": ["conversation", "sequence"],
  "conversation.updated": ["conversation", "status", "agent", "waiting_position", "sequence"],
  "conversation.heartbeat": ["conversation", "sequence"],
  "inbox.changed": ["conversation", "status", "assignee", "waiting"],
  "typing.changed": ["conversation", "author", "typing"],
  "error": ["code", "detail", "client_id"],
};

/** Frames from a visitor or from staff: name -> fields of `data`. */
export const CLIENT = {
  "session.open": ["token", "cursors", "locale"],
  "desk.open": ["cursors"],
  "conversation.watch": ["conversation", "after"],
  "conversation.unwatch": ["conversation"],
  "messages.resume": ["conversation", "after"],
  "message.send": ["conversation", "client_id", "text"],
  "note.add": ["conversation", "client_id", "text"],
  "conversation.take": ["conversation"],
  "conversation.return": ["conversation"],
  "conversation.resolve": ["conversation"],
  "handoff.request": ["client_id"],
  "typing.set": ["conversation", "typing"],
  "cursor.report": ["conversation", "sequence"],
};

/** The protocol's version, in every frame. */
export const VERSION = 1;

/** Close codes with a meaning of their own; everything else is an accident and is retried with patience. */
export const CLOSE = { restarting: 1012, tooSlow: 1013, badFrames: 4400, token: 4401, forbidden: 4403, tooMany: 4429 };

/**
 * A frame as text, ready for the socket.
 * @param {keyof typeof CLIENT} type
 * @param {Record<string, unknown>} data
 */
export function encode(type, data) {
  return JSON.stringify({ type, v: VERSION, data });
}

/**
 * A received text as `{type, data}`, or null for what is no frame of ours: a newer server may say more than this
 * page understands, and that must not break it.
 * @param {unknown} text
 * @returns {{type: string, data: any} | null}
 */
export function decode(text) {
  if (typeof text !== "string") return null;
  let frame;
  try {
    frame = JSON.parse(text);
  } catch {
    return null;
  }
  if (!frame || frame.v !== VERSION || !Object.hasOwn(SERVER, frame.type) || typeof frame.data !== "object") return null;
  return { type: frame.type, data: frame.data };
}
