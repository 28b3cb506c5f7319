"""What people make of proposed utterances: accept, accept otherwise worded, reject, take back.

What is accepted becomes an utterance that says for good that it is generated, whoever edits it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.masking import mask_for_workspace
from nlu.actions.utterance_edits import checked_text, unchanged_ends
from nlu.actions.utterances import NewUtterance, store_chunk
from nlu.errors import (
    DuplicateUtterance,
    GeneratedEnough,
    GenerationOff,
    InvalidData,
    InvalidTransition,
    NluError,
)
from nlu.models import EvaluationCase, Intent, ProposedUtterance, Utterance, Workspace
from nlu.models.intents import UtteranceSource
from nlu.models.proposals import ProposalStatus
from nlu.pipeline.normalizer import canonical
from nlu.proposal_measures import allowed_beside

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


def rooms_of(workspace: Workspace) -> dict[int, IntentRoom]:
    """By intent's id. Cases of the evaluation set teach nothing, but people said them: they count as real."""
    generated = Q(utterances__source=UtteranceSource.GENERATED)
    rows = Intent.objects.filter(workspace=workspace).annotate(
        total=Count("utterances"), made=Count("utterances", filter=generated)
    )
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
    Workspace.objects.select_for_update().get(pk=proposal.workspace_id)
    row = _accept(proposal.pk, actor, timezone.now(), text, intent)
    taught = row.utterance
    record(
        actor=actor,
        action="proposal.accepted",
        target=row,
        workspace=row.workspace,
        summary=taught.intent.name if taught is not None and taught.intent is not None else "",
    )
    return row


@transaction.atomic
def accept_proposals(*, workspace: Workspace, ids: Collection[int], actor: Actor) -> Decided:
    """Accept these of the workspace as they are, best first; those that cannot be are told with the reason."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    rows = ProposedUtterance.objects.filter(workspace=workspace, pk__in=ids).order_by("-score", "pk")
    now = timezone.now()
    done: list[int] = []
    refused: list[tuple[int, str]] = []
    for pk in list(rows.values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                _accept(pk, actor, now, None, None)
        except GenerationOff:
            raise
        except NluError as error:
            refused.append((pk, str(error)))
        else:
            done.append(pk)
    summary = f"{len(done)}, {len(refused)} refused"
    record(actor=actor, action="proposals.accepted", target=workspace, workspace=workspace, summary=summary)
    return Decided(tuple(done), tuple(refused), now)


def _accept(
    proposal_id: int, actor: Actor, now: datetime, text: str | None, intent: Intent | None
) -> ProposedUtterance:
    row = ProposedUtterance.objects.select_for_update(of=("self",)).select_related("workspace", "intent")
    proposal = row.get(pk=proposal_id)
    workspace = proposal.workspace
    if not workspace.generates:
        raise GenerationOff(_("Proposing utterances is switched off in this workspace."))
    _check_open(proposal)
    target = intent or proposal.intent
    if target.workspace_id != workspace.pk:
        raise InvalidData(_("There is no such intent."))
    wording = mask_for_workspace(workspace.pk, checked_text(proposal.text if text is None else text))
    _check_new(workspace, wording)
    _check_room(workspace, target)
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
    _decide(proposal, ProposalStatus.ACCEPTED, actor, now)
    return proposal


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


def _check_room(workspace: Workspace, intent: Intent) -> None:
    room = rooms_of(workspace)[intent.pk]
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
    """The proposal's marks in the wording: those in its unchanged beginning and end."""
    spans = [(int(start), int(end), str(kind)) for start, end, kind in proposal.entities]
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
    proposal.save(update_fields=["status", "utterance", "reviewed_by", "reviewed_at"])


@transaction.atomic
def reject_proposals(*, workspace: Workspace, ids: Collection[int], actor: Actor) -> Decided:
    """Refuse these of the workspace; they are not proposed again. Decided ones are told, not changed."""
    rows = ProposedUtterance.objects.select_for_update(of=("self",)).filter(workspace=workspace, pk__in=ids)
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
def take_back_proposals(*, workspace: Workspace, ids: Collection[int], actor: Actor) -> tuple[int, ...]:
    """Undo decisions: what accepting made is deleted, and the proposals are to be reviewed again. Their ids."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    rows = ProposedUtterance.objects.select_for_update(of=("self",)).filter(workspace=workspace, pk__in=ids)
    done: list[int] = []
    for row in rows.exclude(status=ProposalStatus.PROPOSED).order_by("pk"):
        made = row.utterance_id
        row.utterance = None
        _decide(row, ProposalStatus.PROPOSED, actor, None)
        if made is not None:
            Utterance.objects.filter(pk=made).generated().delete()
        done.append(row.pk)
    record(
        actor=actor,
        action="proposals.taken_back",
        target=workspace,
        workspace=workspace,
        summary=str(len(done)),
    )
    return tuple(done)


def newest_decision(*, workspace: Workspace, actor: Actor) -> Sequence[int]:
    """The proposals that this person decided on last, together if it was one step; none if there are none."""
    mine = ProposedUtterance.objects.filter(
        workspace=workspace, reviewed_by_id=actor.pk if actor is not None else None, reviewed_at__isnull=False
    )
    last = mine.order_by("-reviewed_at").values_list("reviewed_at", flat=True).first()
    return list(mine.filter(reviewed_at=last).values_list("pk", flat=True)) if last is not None else []
