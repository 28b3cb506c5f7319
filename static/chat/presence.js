// @ts-check
/* global gettext, interpolate */
/** Who answers: the assistant, nobody yet, or a person by name. Always visible, and said once when it changes. */

export class Presence {
  /**
   * @param {HTMLElement} header
   * @param {HTMLButtonElement} personButton
   */
  constructor(header, personButton) {
    this.header = header;
    this.line = /** @type {HTMLElement} */ (header.querySelector("[data-part=presence]"));
    this.initial = /** @type {HTMLElement} */ (header.querySelector("[data-part=initial]"));
    this.personButton = personButton;
    this.personLabel = /** @type {HTMLElement} */ (personButton.querySelector("[data-part=label]"));
  }

  /**
   * @param {import("./conversation.js").Conversation} known
   * @param {boolean} asked a request for a person is on its way
   */
  show(known, asked) {
    const { status, agent, position } = known;
    this.header.dataset.status = status;
    say(this.line, presenceText(status, agent, position));
    say(this.initial, status === "active" ? [...(agent ?? "")][0] ?? "" : "");
    const busy = asked || status === "waiting" || status === "active";
    this.personButton.setAttribute("aria-disabled", String(busy));
    say(this.personLabel, personText(status, agent, asked));
  }
}

/**
 * @param {HTMLElement} place
 * @param {string} text
 */
function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/**
 * @param {import("./conversation.js").Conversation["status"]} status
 * @param {string | null} agent
 * @param {number | null} position
 */
export function presenceText(status, agent, position) {
  switch (status) {
    case "waiting":
      return position
        ? interpolate(gettext("Waiting for a person – number %(position)s in the queue"), { position }, true)
        : gettext("Waiting for a person");
    case "active":
      return interpolate(gettext("%(name)s is answering you"), { name: agent ?? gettext("A person") }, true);
    case "resolved":
      return gettext("This conversation is closed. Write to open it again.");
    default:
      return gettext("Answers at once");
  }
}

/**
 * @param {import("./conversation.js").Conversation["status"]} status
 * @param {string | null} agent
 * @param {boolean} asked
 */
function personText(status, agent, asked) {
  if (status === "active") return interpolate(gettext("You are talking to %(name)s"), { name: agent ?? gettext("a person") }, true);
  if (status === "waiting" || asked) return gettext("A person will join you");
  return gettext("Talk to a person");
}
