"""Findings about the training data that people let stand, and look at again."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.data_health.doubts import Doubt
from nlu.data_health.settling import Settleable
from nlu.data_health.texts import OUTSIDE, TaughtText
from nlu.errors import StaleEdit
from nlu.health import health_report
from nlu.models import SettledFinding, Workspace
from nlu.models.settled_findings import FindingKind


def settle_finding(*, workspace: Workspace, key: str, actor: Actor) -> SettledFinding:
    """Let the conflict or doubt with this key (`HealthReport.key_of`) stand, as long as its texts and labels do.

    One that somebody has let stand already keeps that answer. StaleEdit if nothing like it is found any more.
    """
    report = health_report(workspace)
    for finding, row in report.settled.items():
        if report.key_of(finding) == key:
            return row
    for finding in report.answerable:
        if report.key_of(finding) == key:
            return _settled(workspace, finding, report.texts, key, actor)
    raise StaleEdit(_("This finding is gone: an utterance was changed meanwhile."))


@transaction.atomic
def _settled(
    workspace: Workspace, finding: Settleable, texts: Mapping[int, TaughtText], key: str, actor: Actor
) -> SettledFinding:
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
    return row


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
    record(actor=actor, action="finding.reopened", target=row, workspace=workspace, summary=row.kind)
    row.delete()
    return True
