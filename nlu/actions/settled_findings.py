"""Findings about the training data that people let stand, and look at again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.data_health.doubts import Doubt
from nlu.data_health.settling import Settleable
from nlu.data_health.texts import OUTSIDE, TaughtText
from nlu.errors import StaleEdit
from nlu.health import HealthReport, found_in
from nlu.models import AuditEntry, SettledFinding, Workspace
from nlu.models.settled_findings import FindingKind


@dataclass(frozen=True, slots=True)
class Settlement:
    """An answer; `made` if it was given just now, not by somebody before; and what was found (`found_in`)."""

    row: SettledFinding
    made: bool
    found: HealthReport


def settle_finding(*, workspace: Workspace, key: str, actor: Actor) -> Settlement:
    """Let the conflict or doubt with this key (`HealthReport.key_of`) stand, as long as it would be found.

    One that somebody has let stand already keeps that answer. StaleEdit if nothing like it is found any more.
    """
    found = found_in(workspace)
    if key not in found.named:
        raise StaleEdit(_("This finding is gone: an utterance was changed meanwhile."))
    row, made = _settled(workspace, found.named[key][0], found.texts, key, actor)
    return Settlement(row, made, found)


@transaction.atomic
def _settled(
    workspace: Workspace, finding: Settleable, texts: Mapping[int, TaughtText], key: str, actor: Actor
) -> tuple[SettledFinding, bool]:
    is_doubt = isinstance(finding, Doubt)
    person = actor.pk if actor is not None and actor.is_authenticated else None
    row, made = SettledFinding.objects.get_or_create(
        workspace=workspace,
        content=key,
        defaults={
            "kind": FindingKind.DOUBT if is_doubt else FindingKind.CONFLICT,
            "settled_by_id": person,
        },
    )
    if made:
        record(
            actor=actor,
            action="finding.settled",
            target=row,
            workspace=workspace,
            summary=summary_of(workspace, finding, texts),
        )
    return row, made


def summary_of(workspace: Workspace, finding: Settleable, texts: Mapping[int, TaughtText]) -> str:
    """The kind and the two intents, never a text."""
    if isinstance(finding, Doubt):
        kind, ids = FindingKind.DOUBT, (finding.intent, finding.suggested)
    else:
        kind, ids = FindingKind.CONFLICT, (texts[finding.first].intent, texts[finding.second].intent)
    names = dict(workspace.intents.filter(pk__in=ids).values_list("pk", "name"))
    names[OUTSIDE] = "out of scope"
    return f"{kind.value}: {names.get(ids[0], '?')}, {names.get(ids[1], '?')}"


@transaction.atomic
def reopen_finding(*, workspace: Workspace, pk: int, actor: Actor) -> bool:
    """Take the answer back: the finding is shown again. False if somebody has taken it back before."""
    row = SettledFinding.objects.select_for_update().filter(workspace=workspace, pk=pk).first()
    if row is None:
        return False
    record(
        actor=actor,
        action="finding.reopened",
        target=row,
        workspace=workspace,
        summary=settled.summary if (settled := entry_of(row)) else row.kind,
    )
    row.delete()
    return True


def entry_of(row: SettledFinding) -> AuditEntry | None:
    """What the audit list says of the answer, None if it says nothing any more: the row itself names no intent."""
    entries = AuditEntry.objects.filter(object_type=row._meta.model_name or "", object_id=str(row.pk))
    return entries.filter(workspace=row.workspace_id, action="finding.settled").first()
