"""What the pages of recorded conversations show: expectations, and results side by side with the talk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import RehearsalResult, RehearsalRun, WorkerHeartbeat
from chat.models.workers import WorkerRole
from chat.recordings import END, Claim, claims_of
from chat.trial_turns import TrialTurn


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was expected and came otherwise."""

    title: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class ComparedTurn:
    """A turn of a result: what was expected of it, what came, and where they differ. `place` 0 is the end."""

    place: int
    user: str
    claims: tuple[Claim, ...]
    got: TrialTurn | None
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ComparedTalk:
    """A result as it is read. `opening` is what the flow said by itself before the first message."""

    result: RehearsalResult
    opening: TrialTurn | None
    turns: tuple[ComparedTurn, ...]
    end: ComparedTurn


def compared(result: RehearsalResult) -> ComparedTalk:
    """What was expected against what came, turn by turn."""
    turns = [TrialTurn.from_json(one) for one in result.talk]
    opening = turns.pop(0) if turns and not turns[0].text else None
    by_place: dict[int, list[Difference]] = {}
    for place, what, expected, found in result.mismatches:
        by_place.setdefault(place, []).append(Difference(what_text(what), expected, found))
    found_turns = []
    end = ComparedTurn(END, "", (), None, tuple(by_place.get(END, ())))
    for one in claims_of(result.script, {}) if result.script else []:
        got = turns[one.place - 1] if 0 < one.place <= len(turns) else None
        row = ComparedTurn(one.place, one.user, one.claims, got, tuple(by_place.get(one.place, ())))
        if one.place == END:
            end = row
        else:
            found_turns.append(row)
    return ComparedTalk(result, opening, tuple(found_turns), end)


def what_text(what: str) -> str:
    """What an expectation is about, in words."""
    if what.startswith("slot "):
        return _("slot %(name)s") % {"name": what.removeprefix("slot ")}
    return str(claim_words().get(what, what))


def claim_words() -> Mapping[str, str]:
    """The keys of expectations in words."""
    return {
        "flow": _("flow afterwards"),
        "asks": _("asks for"),
        "slots": _("slot"),
        "calls": _("calls, in this order"),
        "article": _("answers from the article"),
        "handed_off": _("passes to a person"),
        "outcome": _("ends as"),
    }


def run_context(run: RehearsalRun) -> dict[str, Any]:
    """What the panel of a run shows; everything is on the rows, so a reload loses nothing."""
    elapsed = None
    if run.started_at is not None:
        elapsed = ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
    # The panel is asked for every second and shows names alone: no talk is read for it.
    unread = ("talk", "script", "mismatches", "conversation__script", "conversation__seen")
    return {
        "run": run,
        "results": run.results.select_related("conversation").defer(*unread).order_by("passed", "pk"),
        "elapsed": elapsed,
        "left": elapsed / run.done * (run.total - run.done) if elapsed and run.done else None,
        "dispatcher_alive": WorkerHeartbeat.objects.alive(WorkerRole.DISPATCHER).exists(),
    }
