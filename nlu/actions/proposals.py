"""What people make of proposed utterances: accept, accept otherwise worded, reject, take back.

What is accepted becomes an utterance that says for good that it is generated, whoever edits it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.masking import mask_for_workspace
from nlu.actions.utterance_edits import checked_text, unchanged_ends
from nlu.actions.utterances import NewUtterance, chunks, store_chunk
from nlu.errors import (
    DuplicateUtterance,
    GeneratedEnough,
    GenerationOff,
    InvalidData,
    InvalidTransition,
    NluError,
    StaleEdit,
)
from nlu.models import EntityType, EvaluationCase, Intent, ProposedUtterance, Utterance, Workspace
from nlu.models.intents import UtteranceSource
from nlu.models.proposals import ProposalStatus
from nlu.pipeline.normalizer import canonical
from nlu.proposal_measures import allowed_beside
from nlu.training.origins import origin_key

DECISION: Final = ("status", "utterance", "accepted_key", "accepted_intent", "reviewed_by", "reviewed_at")
TAKEN_BACK_WITHIN: Final = timedelta(minutes=30)
"""What a person decided longer ago is no last step any more; single ones can be taken back all the same."""
ACCEPTED_AT_ONCE: Final = 12
"""Proposals that one transaction accepts: each takes several statements."""
Spans = list[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class IntentRoom:
    """How many real and generated utterances an intent has, and how many generated ones it may have."""

    real: int
    generated: int

    @property
    def allowed(self) -> int:
        """The most."""
        return allowed_beside(self.real)

    @property
    def left(self) -> int:
        """How many more."""
        return max(0, self.allowed - self.generated)


@dataclass(frozen=True, slots=True)
class Decided:
    """ids: what was done; refused: (proposal's id, why not), in the reader's words; at: when, for all of them."""

    ids: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]
    at: datetime


def rooms_of(workspace: Workspace, only: Collection[int] | None = None) -> dict[int, IntentRoom]:
    """By intent's id, of all intents or those of the ids `only`.

    Cases of the evaluation set teach nothing, but people said them: they count as real.
    """
    generated = Q(utterances__source=UtteranceSource.GENERATED)
    found = Intent.objects.filter(workspace=workspace)
    if only is not None:
        found = found.filter(pk__in=only)
    rows = found.annotate(total=Count("utterances"), made=Count("utterances", filter=generated))
    return {pk: IntentRoom(total - made, made) for pk, total, made in rows.values_list("pk", "total", "made")}


def room_beside(workspace: Workspace) -> dict[str, int]:
    """By intent's name, how many generated utterances more it may have."""
    names = dict(Intent.objects.filter(workspace=workspace).values_list("pk", "name"))
    return {names[pk]: room.left for pk, room in rooms_of(workspace).items()}


@transaction.atomic
def accept_proposal(
    *, proposal: ProposedUtterance, actor: Actor, text: str | None = None, intent: Intent | None = None
) -> ProposedUtterance:
    """Make an utterance of a proposal, in another wording or for another intent if they are given.

    GenerationOff where it is switched off; InvalidTransition if somebody has decided already; GeneratedEnough when
    the intent has as many generated utterances as may stand beside its real ones; DuplicateUtterance; InvalidData
    for a bad text, or one of the evaluation set.
    """
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=proposal.workspace_id)
    rooms = rooms_of(workspace, [proposal.intent_id if intent is None else intent.pk])
    row = _accept(proposal.pk, actor, timezone.now(), rooms, text, intent)
    taught = row.utterance
    record(
        actor=actor,
        action="proposal.accepted",
        target=row,
        workspace=row.workspace,
        summary=taught.intent.name if taught is not None and taught.intent is not None else "",
    )
    return row


def accept_proposals(*, workspace: Workspace, ids: Collection[int], actor: Actor) -> Decided:
    """Accept these of the workspace as they are, best first; those that cannot be are told with the reason.

    In several transactions, so that no chat waits; where proposing is switched off in between, the rest is told.
    GenerationOff where it was off before.
    """
    _check_on(Workspace.objects.get(pk=workspace.pk))
    rows = ProposedUtterance.objects.shown().filter(workspace=workspace, pk__in=ids).order_by("-score", "pk")
    now = timezone.now()
    done: list[int] = []
    refused: list[tuple[int, str]] = []
    for piece in chunks(list(rows.values_list("pk", "intent_id")), size=ACCEPTED_AT_ONCE):
        with transaction.atomic():
            Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
            rooms = rooms_of(workspace, {intent_id for _pk, intent_id in piece})
            for pk, _intent_id in piece:
                try:
                    with transaction.atomic():
                        _accept(pk, actor, now, rooms, None, None)
                except NluError as error:
                    refused.append((pk, str(error)))
                else:
                    done.append(pk)
    summary = f"{len(done)}, {len(refused)} refused"
    record(actor=actor, action="proposals.accepted", target=workspace, workspace=workspace, summary=summary)
    return Decided(tuple(done), tuple(refused), now)


def _accept(
    proposal_id: int,
    actor: Actor,
    now: datetime,
    rooms: dict[int, IntentRoom],
    text: str | None,
    intent: Intent | None,
) -> ProposedUtterance:
    """Accept one; `rooms` are those of its intent at least, and are told that one place is taken."""
    rows = ProposedUtterance.objects.shown().select_for_update(of=("self",)).select_related("workspace")
    proposal = rows.filter(pk=proposal_id).first()
    if proposal is None:
        raise InvalidTransition(_("This proposal is gone."))
    workspace = proposal.workspace
    _check_on(workspace)
    _check_open(proposal)
    # As it is by now: it may have been renamed, or be gone, since the reader's page was made.
    wanted = proposal.intent_id if intent is None else intent.pk
    target = Intent.objects.select_for_update(no_key=True).filter(workspace=workspace, pk=wanted).first()
    if target is None:
        raise InvalidData(_("There is no such intent."))
    wording = checked_text(mask_for_workspace(workspace.pk, checked_text(proposal.text if text is None else text)))
    _check_new(workspace, wording)
    room = rooms[target.pk] if target.pk in rooms else rooms_of(workspace, [target.pk])[target.pk]
    _check_room(target, room)
    item = NewUtterance(
        text=wording,
        intent=target.name,
        entities=tuple(_spans_in(proposal, wording)),
        locale=proposal.locale,
        generated=True,
        made_from=tuple(proposal.made_from),
    )
    store_chunk(workspace=workspace, items=[item], source=UtteranceSource.GENERATED)
    proposal.utterance = Utterance.objects.get(workspace=workspace, normalized=canonical(wording))
    proposal.accepted_key = origin_key(wording)
    proposal.accepted_intent = target
    _decide(proposal, ProposalStatus.ACCEPTED, actor, now)
    rooms[target.pk] = IntentRoom(room.real, room.generated + 1)
    return proposal


def _check_on(workspace: Workspace) -> None:
    if not workspace.generates:
        raise GenerationOff(_("Proposing utterances is switched off in this workspace."))


def _check_open(proposal: ProposedUtterance) -> None:
    if proposal.status != ProposalStatus.PROPOSED:
        raise InvalidTransition(_("Somebody has decided on this proposal already."))


def _check_new(workspace: Workspace, text: str) -> None:
    key = canonical(text)
    known = Utterance.objects.filter(workspace=workspace, normalized=key).select_related("intent").first()
    if known is not None:
        name = known.intent.name if known.intent else ""
        raise DuplicateUtterance(_("Another utterance says the same."), known.intent_id, name)
    if EvaluationCase.objects.filter(workspace=workspace, normalized=key).exists():
        raise InvalidData(_("The evaluation set has this text; what is measured on must not teach."))


def _check_room(intent: Intent, room: IntentRoom) -> None:
    if not room.left:
        raise GeneratedEnough(
            _(
                "“%(name)s” has %(generated)d generated beside %(real)d real utterances, and may have half as "
                "many. Write real ones, or delete generated ones first."
            )
            % {"name": intent.name, "generated": room.generated, "real": room.real},
            room.generated,
            room.real,
        )


def _spans_in(proposal: ProposedUtterance, text: str) -> Spans:
    """The proposal's marks in the unchanged beginning and end of the wording; types that are gone are left out."""
    types = EntityType.objects.filter(
        workspace=proposal.workspace_id, name__in=[kind for *_, kind in proposal.entities]
    )
    known = set(types.values_list("name", flat=True))
    spans = [(int(start), int(end), str(kind)) for start, end, kind in proposal.entities if kind in known]
    if text == proposal.text:
        return spans
    head, tail = unchanged_ends(proposal.text, text)
    shift = len(text) - len(proposal.text)
    kept = [span for span in spans if span[1] <= head]
    rest = [span for span in spans if span[1] > head and span[0] >= len(proposal.text) - tail]
    return [*kept, *((start + shift, end + shift, kind) for start, end, kind in rest)]


def _decide(proposal: ProposedUtterance, status: str, actor: Actor, now: datetime | None) -> None:
    proposal.status = status
    proposal.reviewed_by_id = actor.pk if actor is not None and now is not None else None
    proposal.reviewed_at = now
    proposal.save(update_fields=[*DECISION])


@transaction.atomic
def reject_proposals(*, workspace: Workspace, ids: Collection[int], actor: Actor) -> Decided:
    """Refuse these of the workspace; they are not proposed again. Decided ones are told, not changed."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    rows = (
        ProposedUtterance.objects.shown().select_for_update(of=("self",)).filter(workspace=workspace, pk__in=ids)
    )
    now = timezone.now()
    done: list[int] = []
    refused: list[tuple[int, str]] = []
    for row in rows.order_by("pk"):
        try:
            _check_open(row)
        except InvalidTransition as error:
            refused.append((row.pk, str(error)))
        else:
            _decide(row, ProposalStatus.REJECTED, actor, now)
            done.append(row.pk)
    record(
        actor=actor,
        action="proposals.rejected",
        target=workspace,
        workspace=workspace,
        summary=f"{len(done)}, {len(refused)} refused",
    )
    return Decided(tuple(done), tuple(refused), now)


@transaction.atomic
def take_back_proposals(*, workspace: Workspace, ids: Collection[int], actor: Actor) -> Decided:
    """Undo decisions: what accepting made is deleted, and the proposals are to be reviewed again.

    Those whose utterance reads otherwise, or teaches another intent, since then are told with the reason.
    """
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    rows = ProposedUtterance.objects.select_for_update(of=("self",)).filter(workspace=workspace, pk__in=ids)
    done: list[int] = []
    refused: list[tuple[int, str]] = []
    for row in rows.exclude(status=ProposalStatus.PROPOSED).order_by("pk"):
        try:
            made = _made_by(row)
        except StaleEdit as error:
            refused.append((row.pk, str(error)))
            continue
        row.utterance = row.accepted_intent = None
        row.accepted_key = ""
        _decide(row, ProposalStatus.PROPOSED, actor, None)
        if made is not None:
            made.delete()
        done.append(row.pk)
    summary = f"{len(done)}, {len(refused)} refused"
    record(actor=actor, action="proposals.taken_back", target=workspace, workspace=workspace, summary=summary)
    return Decided(tuple(done), tuple(refused), timezone.now())


def _made_by(proposal: ProposedUtterance) -> Utterance | None:
    """The utterance that accepting made, as long as it is what it was; None if it is gone. StaleEdit."""
    if proposal.status != ProposalStatus.ACCEPTED:
        return None
    rows = Utterance.objects.select_for_update(of=("self",)).filter(workspace=proposal.workspace_id).generated()
    made = rows.filter(pk=proposal.utterance_id).first() if proposal.utterance_id is not None else None
    if made is None:
        # Deleted and brought back, it is another row.
        texts = Utterance.objects.filter(workspace=proposal.workspace_id).generated()
        pairs = texts.values_list("pk", "normalized")
        found = next((pk for pk, text in pairs if origin_key(text) == proposal.accepted_key), None)
        made = rows.filter(pk=found).first() if found is not None else None
    if made is None:
        return None
    if origin_key(made.normalized) != proposal.accepted_key or made.intent_id != proposal.accepted_intent_id:
        raise StaleEdit(_("What it became has been changed since; delete that utterance itself if it is wrong."))
    return made


def newest_decision(*, workspace: Workspace, actor: Actor) -> Sequence[int]:
    """What this person decided on last, all of it if it was one step; none if there is nothing of late."""
    mine = ProposedUtterance.objects.filter(
        workspace=workspace,
        reviewed_by_id=actor.pk if actor is not None else None,
        reviewed_at__gt=timezone.now() - TAKEN_BACK_WITHIN,
    )
    last = mine.order_by("-reviewed_at").values_list("reviewed_at", flat=True).first()
    return list(mine.filter(reviewed_at=last).values_list("pk", flat=True)) if last is not None else []
