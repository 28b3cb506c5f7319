"""Having a recorded conversation live, and reading from the installation's rows how it went.

What is checked is what `manage.py test_dialogues` checks (`chat.dialogue.scripts.mismatches`), but everything
between the customer's words and the rows is real: session, socket, masking, writer, turn worker, action threads,
the egress guard, and the demo backend over HTTP.
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chat.dialogue.calls import ActionCall
from chat.dialogue.decision import Citation, Decision, FlowTrace
from chat.dialogue.scripts import Mismatch, Script, mismatches
from chat.dialogue.state import DialogueState
from chat.models import Conversation, Turn
from chat.models.turns import TurnStatus
from tests.packs_live.visitor import PATIENCE, Silence, Visitor

LOOK_SECONDS = 0.02
ENDED = (TurnStatus.DONE, TurnStatus.FAILED)


@dataclass(frozen=True)
class Backend:
    """The installation's demo backend, from outside."""

    address: str
    token: str

    def reset(self) -> None:
        """Place the data of all trades anew, by the clock of the installation."""
        request = urllib.request.Request(
            f"http://{self.address}/demo/reset",
            data=b"{}",
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            answer.read()


@dataclass(frozen=True)
class Had:
    """How a conversation went: one decision a turn, as far as it came."""

    locale: str
    script: Script
    decisions: tuple[Decision, ...]
    mismatches: tuple[Mismatch, ...]

    def to_json(self) -> dict:
        """For the report."""
        return {
            "name": self.script.name,
            "locale": self.locale,
            "mismatches": [
                {"turn": one.turn, "what": one.what, "expected": one.expected, "found": one.found}
                for one in self.mismatches
            ],
            "talk": [
                {"user": turn.user, "assistant": decision.text, "by": decision.reason}
                for turn, decision in zip(self.script.turns, self.decisions, strict=False)
            ],
        }


def have(script: Script, *, locale: str, origin: str, site: str, backend: Backend) -> Had:
    """Have the conversation with the running installation, on fresh data, as a visitor who was never there."""
    backend.reset()
    decisions: list[Decision] = []
    try:
        with Visitor(origin, site, locale, script.profile) as visitor:
            decisions.extend(_answers(script, visitor))
    except Silence as silence:
        found = [Mismatch(len(decisions) + 1, "answer", "one", str(silence))]
    else:
        found = mismatches(script, decisions)
    return Had(locale, script, tuple(decisions), tuple(found))


def _answers(script: Script, visitor: Visitor) -> Iterator[Decision]:
    """One decision for every message that is sent; Silence where nothing answers."""
    for turn in script.turns:
        sequence = visitor.send(turn.user)
        row = _ended_turn(visitor.conversation, sequence)
        if row.status == TurnStatus.FAILED:
            raise Silence(f"turn {row.pk} failed: {row.error}")
        if row.reply_sequence is not None:
            shown = visitor.hear(row.reply_sequence)
            if shown["text"] != row.decision["text"]:
                raise Silence(f"turn {row.pk} was decided and told differently")
        yield decision_of(row)


def _ended_turn(conversation: str, sequence: int) -> Turn:
    """The turn that covers the message, once it has ended."""
    give_up_at = time.monotonic() + PATIENCE
    rows = Turn.objects.select_related("conversation").filter(
        conversation__uuid=conversation, first_sequence__lte=sequence, last_sequence__gte=sequence
    )
    while time.monotonic() < give_up_at:
        row = rows.filter(status__in=ENDED).first()
        if row is not None:
            return row
        status = Conversation.objects.values_list("status", flat=True).get(uuid=conversation)
        if status != "bot" and not rows.exists():
            raise Silence("a person has the conversation already")
        time.sleep(LOOK_SECONDS)
    raise Silence(f"no turn answered message {sequence} within {PATIENCE:.0f} s")


def decision_of(turn: Turn) -> Decision:
    """What was decided, from the turn's row and the state that its conversation keeps."""
    stored = turn.decision
    assert turn.conversation is not None
    return Decision(
        kind=stored["kind"],
        text=stored["text"],
        state=DialogueState.from_json(turn.conversation.dialogue_state),
        intent=stored["intent"],
        citations=tuple(Citation(one["title"], one["url"]) for one in stored["citations"]),
        handoff_reason=stored["handoff_reason"],
        reason=stored["reason"],
        trace=trace_of(stored["flow"]) if "flow" in stored else None,
    )


def trace_of(stored: dict) -> FlowTrace:
    """What flows did, from a row."""
    return FlowTrace(
        policy=stored["policy"],
        flow=stored["flow"],
        asks=stored["asks"],
        calls=tuple((ActionCall(one["action"], one["inputs"], ""), one["outcome"]) for one in stored["calls"]),
        slots=stored["slots"],
        ended=stored["ended"],
        outcome=stored["outcome"],
        article=stored["article"],
    )


def summary(all_had: Sequence[Had]) -> dict:
    """`{"passed", "failed", "failures"}`, as `test_dialogues` reports."""
    failed = [one for one in all_had if one.mismatches]
    return {
        "passed": len(all_had) - len(failed),
        "failed": len(failed),
        "failures": [one.to_json() for one in failed],
    }
