"""What the screens of proposed utterances show: intents with their room, runs, and the queue to review."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from console.annotated import Piece, Span, cut
from console.permissions import StaffRequest
from console.proposal_words import step_text
from console.tables import number_of, one_of, search_text
from nlu.actions.proposals import IntentRoom, rooms_of
from nlu.export import ENOUGH_UTTERANCES
from nlu.models import GenerationRun, Intent, ProposedUtterance, Utterance, Workspace
from nlu.models.proposals import GenerationMethod, ProposalStatus
from nlu.pipeline.normalizer import canonical

SHOWN_RUNS: Final = 20
PAGE: Final = 25
WORDS: Final = re.compile(r"[^\W\u2e80-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class IntentChoice:
    """An intent that proposals can be made for."""

    intent: Intent
    room: IntentRoom
    waiting: int
    is_checked: bool

    @property
    def is_thin(self) -> bool:
        """Whether it has fewer utterances than it needs."""
        return self.room.real < ENOUGH_UTTERANCES


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of the comparison of an utterance with what was made from it."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """A proposal with its marks, what it was made from, and how much room its intent has."""

    proposal: ProposedUtterance
    pieces: tuple[Piece, ...]
    changes: tuple[Change, ...]
    others: tuple[str, ...]
    room: IntentRoom


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    """What the list is narrowed to; None and empty mean everything."""

    state: str
    query: str
    intent_id: int | None
    run_id: int | None
    method: str

    @property
    def narrows(self) -> bool:
        """Whether less than a whole state is shown."""
        return bool(self.query or self.intent_id or self.run_id or self.method)


def intent_choices(workspace: Workspace, chosen: Iterable[object]) -> tuple[IntentChoice, ...]:
    """All intents with an utterance, the thinnest first."""
    ticked = {str(one) for one in chosen}
    rooms = rooms_of(workspace)
    waiting = waiting_by_intent(workspace)
    rows = Intent.objects.filter(workspace=workspace, pk__in=[pk for pk, room in rooms.items() if room.real])
    choices = [IntentChoice(one, rooms[one.pk], waiting.get(one.pk, 0), str(one.pk) in ticked) for one in rows]
    return tuple(sorted(choices, key=lambda one: (one.room.real, one.intent.name)))


def thin_intent_ids(workspace: Workspace) -> list[int]:
    """The intents that proposals are made for unless somebody says otherwise."""
    return [pk for pk, room in rooms_of(workspace).items() if 0 < room.real < ENOUGH_UTTERANCES]


def waiting_by_intent(workspace: Workspace) -> dict[int, int]:
    """How many proposals of each intent nobody has decided on."""
    rows = ProposedUtterance.objects.shown().filter(workspace=workspace, status=ProposalStatus.PROPOSED)
    return dict(rows.values_list("intent").annotate(total=Count("pk")).order_by())


def state_counts(workspace: Workspace) -> dict[str, int]:
    """By state, how many proposals there are."""
    rows = ProposedUtterance.objects.shown().filter(workspace=workspace)
    found = dict(rows.values_list("status").annotate(total=Count("pk")).order_by())
    return {state: found.get(state, 0) for state in ProposalStatus.values}


def run_rows(workspace: Workspace) -> QuerySet[GenerationRun]:
    """The newest runs with what became of their proposals."""
    return (
        GenerationRun.objects.filter(workspace=workspace)
        .select_related("requested_by")
        .annotate(total=Count("proposals"))[:SHOWN_RUNS]
    )


def latest_run(workspace: Workspace) -> GenerationRun | None:
    """The run that was asked for last."""
    return GenerationRun.objects.filter(workspace=workspace).order_by("-id").first()


def progress_context(run: GenerationRun | None) -> dict[str, object]:
    """What the progress panel shows; everything is on the row, so a reload loses nothing."""
    if run is None:
        return {"run": None}
    end = run.finished_at or timezone.now()
    return {
        "run": run,
        "step": step_text(run),
        "found": run.proposals.count(),
        "elapsed": (end - run.started_at).total_seconds() if run.started_at else None,
    }


def wanted_proposals(request: HttpRequest) -> ProposalFilter:
    """The filters of the address; what is no filter is ignored."""
    return ProposalFilter(
        state=one_of(request, "state", ProposalStatus.values, ProposalStatus.PROPOSED),
        query=search_text(request),
        intent_id=number_of(request.GET.get("intent", "")),
        run_id=number_of(request.GET.get("run", "")),
        method=one_of(request, "method", GenerationMethod.values),
    )


def find_proposals(workspace: Workspace, wanted: ProposalFilter) -> QuerySet[ProposedUtterance]:
    """To review: by intent, the best first; decided: the newest first."""
    rows = ProposedUtterance.objects.shown().filter(workspace=workspace, status=wanted.state)
    if wanted.query:
        rows = rows.filter(normalized__contains=canonical(wanted.query))
    if wanted.intent_id is not None:
        rows = rows.filter(intent=wanted.intent_id)
    if wanted.run_id is not None:
        rows = rows.filter(run=wanted.run_id)
    if wanted.method:
        rows = rows.filter(run__method=wanted.method)
    rows = rows.select_related("intent", "run", "utterance__intent", "reviewed_by")
    if wanted.state == ProposalStatus.PROPOSED:
        return rows.order_by("intent__name", "-score", "pk")
    return rows.order_by("-reviewed_at", "pk")


def cards_of(request: StaffRequest, rows: Iterable[ProposedUtterance]) -> tuple[ProposalCard, ...]:
    """The rows as the list shows them."""
    rows = list(rows)
    rooms = rooms_of(request.workspace, {row.intent_id for row in rows})
    texts = origin_texts(request.workspace, rows)
    return tuple(card_of(row, rooms.get(row.intent_id, IntentRoom(0, 0)), texts[row.pk]) for row in rows)


def origin_texts(workspace: Workspace, rows: Iterable[ProposedUtterance]) -> dict[int, tuple[str, ...]]:
    """By row's id, the utterances that it was made from as they read now; those that are gone are left out."""
    rows = list(rows)
    ids = {number for row in rows for number in row.origins}
    known = dict(Utterance.objects.filter(workspace=workspace, pk__in=ids).values_list("pk", "text"))
    return {row.pk: tuple(known[number] for number in row.origins if number in known) for row in rows}


def card_of(row: ProposedUtterance, room: IntentRoom, origins: tuple[str, ...]) -> ProposalCard:
    """One row."""
    spans = [Span(int(start), int(end), str(kind)) for start, end, kind in row.entities]
    origin = origins[0] if origins else ""
    return ProposalCard(
        proposal=row,
        pieces=cut(row.text, spans),
        changes=changes_between(origin, row.text) if origin else (),
        others=origins[1:],
        room=room,
    )


def changes_between(before: str, after: str) -> tuple[Change, ...]:
    """The words (of Chinese the characters) of both texts in reading order."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    matcher = SequenceMatcher(
        None, [one.casefold() for one in old], [one.casefold() for one in new], autojunk=False
    )
    changes: list[Change] = []
    gone = came = ""
    for tag, a, b, c, d in [*matcher.get_opcodes(), ("end", 0, 0, 0, 0)]:
        before, after = "".join(old[a:b]), "".join(new[c:d])
        # A blank between two changes is a part of them: words are read together.
        if tag not in ("equal", "end") or (tag == "equal" and (gone or came) and after.isspace()):
            gone, came = gone + before, came + after
            continue
        blank = " " if gone.endswith(" ") and came.endswith(" ") else ""
        if gone.strip():
            changes.append(Change("gone", gone.removesuffix(blank)))
        if came.strip():
            changes.append(Change("new", came.removesuffix(blank)))
        if blank or after:
            changes.append(Change("same", blank + after))
        gone = came = ""
    return tuple(changes)
