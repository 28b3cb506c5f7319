"""The drift watch over live turns: counting the new ones, raising alarms, and what people do about those.

Every look reads only turns that came since the last one, by an index, and keeps counts; no page and no look reads
them again.
"""

from __future__ import annotations

import logging
import math
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from chat.drift_rules import Seen
from chat.drift_stream import Drift, Stream
from chat.faults import place_of
from chat.models import DriftAlarm, DriftWatch, Turn
from chat.models.turns import TurnKind, TurnStatus
from chat.recent_messages import understood_in
from nlu.actions.audit import Actor, record
from nlu.actions.promises import read_evidence
from nlu.errors import CorruptArtifact, NoHeldOutAnswers
from nlu.inference import active_version
from nlu.models import ModelVersion, Workspace
from nlu.models.training import VersionStatus
from nlu.types import OUT_OF_SCOPE

logger = logging.getLogger(__name__)

BATCH: Final = 500


def look_everywhere() -> int:
    """Count what is new in every workspace with an active version; how many messages that were.

    A workspace that fails is left for the next time; the others are watched all the same.
    """
    active = ModelVersion.objects.filter(status=VersionStatus.ACTIVE).order_by("workspace_id")
    counted = 0
    for pk in list(active.values_list("workspace_id", flat=True)):
        try:
            counted += look(workspace_id=pk)
        except Exception as error:  # noqa: BLE001 - one workspace must never take the others along
            logger.warning("the drift watch of workspace %s tries again after %s", pk, place_of(error))
    return counted


def look(*, workspace_id: int) -> int:
    """Count the workspace's new messages, at most `BATCH`, and raise an alarm if they have changed; how many.

    Several processes may look at once: what another has counted meanwhile is left to it.
    """
    version = active_version(workspace_id)
    watch = watch_over(version) if version is not None else None
    if version is None or watch is None:
        return 0
    turns = Turn.objects.filter(
        model_version=version, kind=TurnKind.LIVE, status=TurnStatus.DONE, pk__gt=watch.cursor
    ).order_by("pk")
    rows = list(turns.values_list("pk", "conversation_id", "parse")[:BATCH])
    if not rows:
        return 0
    stream = read_stream(watch)
    drifts = [stream.add(one) for one in (seen_in(*row) for row in rows) if one is not None]
    with transaction.atomic():  # short: everything is counted before
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace_id)
        if not ModelVersion.objects.filter(
            pk=version.pk, status=VersionStatus.ACTIVE, activated_at=watch.activated_at
        ).exists():
            return 0  # another version was activated meanwhile
        locked = DriftWatch.objects.select_for_update().get(pk=watch.pk)
        if (locked.cursor, locked.looked_at) != (watch.cursor, watch.looked_at):
            return 0
        for drift in drifts:
            if drift is not None:
                raise_alarm(version, drift)
        locked.state = stream.to_json()
        locked.cursor = rows[-1][0]
        locked.counted += len(rows)
        locked.save()
    return len(rows)


def read_stream(watch: DriftWatch) -> Stream:
    """What the watch remembers; if another program wrote it, only whether an alarm is open."""
    try:
        return Stream.from_json(watch.state)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        open_ones = DriftAlarm.objects.filter(version=watch.version_id, closed_at__isnull=True)
        return Stream(alarmed=open_ones.exists())


def seen_in(turn_id: int, conversation_id: int | None, parse: Any) -> Seen | None:
    """A stored turn as the watch counts it; None if its row does not say what was understood."""
    if not isinstance(parse, dict) or not parse.get("intents"):
        return None
    try:
        understood = understood_in(parse)
    except (KeyError, TypeError, AttributeError):
        return None
    score = parse.get("scope_score")
    familiarity = float(score) if isinstance(score, int | float) and math.isfinite(score) else 0.0
    return Seen(turn_id, conversation_id or 0, understood, str(parse.get("locale", "")), familiarity)


def watch_over(version: ModelVersion) -> DriftWatch | None:
    """The watch of an active version; a new one, with everything to learn, if it was activated since.

    None for one that nobody knows the time of.
    """
    if version.activated_at is None:
        return None
    watch = DriftWatch.objects.filter(version=version).first()
    if watch is not None and watch.activated_at == version.activated_at:
        return watch
    rejected, held_out = held_out_rejections(version)
    fresh = Stream(held_out_rejected=rejected, held_out=held_out)
    before = Turn.objects.filter(model_version=version, created_at__lt=version.activated_at)
    cursor = before.aggregate(last=Max("pk"))["last"] or 0
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=version.workspace_id)
        watch = DriftWatch.objects.filter(version=version).first()
        if watch is not None and watch.activated_at == version.activated_at:
            return watch  # another process was quicker
        end_open_alarm(version.workspace_id, version)
        watch, _ = DriftWatch.objects.update_or_create(
            version=version,
            defaults={
                "activated_at": version.activated_at,
                "cursor": cursor,
                "counted": 0,
                "state": fresh.to_json(),
            },
        )
    return watch


def held_out_rejections(version: ModelVersion) -> tuple[int, int]:
    """Of the utterances of intents that training held out: how many were rejected, and how many there were."""
    try:
        answers = [one for one in read_evidence(version).answers if one.gold != OUT_OF_SCOPE]
    except (CorruptArtifact, NoHeldOutAnswers):
        return 0, 0
    return sum(one.said == OUT_OF_SCOPE for one in answers), len(answers)


@transaction.atomic
def raise_alarm(version: ModelVersion, drift: Drift) -> DriftAlarm:
    """Write the alarm, for people to see; the one that is open, if the version has one. Another version's ends."""
    opened = DriftAlarm.objects.filter(workspace=version.workspace_id, version=version, closed_at__isnull=True)
    alarm = opened.first()
    if alarm is not None:
        return alarm
    end_open_alarm(version.workspace_id, version)
    ends = Turn.objects.in_bulk([drift.recent.first_turn, drift.recent.last_turn])
    times = [turn.created_at for turn in ends.values()] or [timezone.now()]
    alarm = DriftAlarm.objects.create(
        workspace_id=version.workspace_id,
        version=version,
        reasons=[change.to_json() for change in drift.changes],
        messages=drift.recent.total,
        reference=drift.reference,
        first_at=min(times),
        last_at=max(times),
    )
    record(
        actor=None,
        action="drift_alarm.raised",
        target=alarm,
        workspace=alarm.workspace,
        summary=", ".join(sorted({change.kind for change in drift.changes})),
    )
    return alarm


def end_open_alarm(workspace_id: int, version: ModelVersion) -> None:
    """Another version is in service, or the same one again: what the alarm says is of the past."""
    alarm = DriftAlarm.objects.select_for_update().filter(workspace=workspace_id, closed_at__isnull=True).first()
    if alarm is not None:
        alarm.closed_at = timezone.now()
        alarm.save(update_fields=["closed_at"])
        record(
            actor=None,
            action="drift_alarm.closed",
            target=alarm,
            workspace=alarm.workspace,
            summary=f"{version} was activated",
        )


def open_alarm(workspace_id: int) -> DriftAlarm | None:
    """The workspace's open alarm, unless another version is active by now."""
    return (
        DriftAlarm.objects.filter(
            workspace=workspace_id, closed_at__isnull=True, version__status=VersionStatus.ACTIVE
        )
        .select_related("version", "acknowledged_by", "closed_by")
        .first()
    )


@transaction.atomic
def acknowledge_alarm(*, alarm: DriftAlarm, actor: Actor) -> bool:
    """Say that somebody looks after it; it stays open. False if somebody does already, or it is closed."""
    row = DriftAlarm.objects.select_for_update().get(pk=alarm.pk)
    if row.acknowledged_at is not None or not row.is_open:
        return False
    row.acknowledged_at = timezone.now()
    row.acknowledged_by_id = actor.pk if actor is not None else None
    row.save(update_fields=["acknowledged_at", "acknowledged_by"])
    record(actor=actor, action="drift_alarm.acknowledged", target=row, workspace=row.workspace)
    return True


@transaction.atomic
def close_alarm(*, alarm: DriftAlarm, actor: Actor) -> bool:
    """Take the messages as they come now for the normal ones: a new reference begins. False if it was closed."""
    # In the order in which `look` and `watch_over` take the three locks.
    Workspace.objects.select_for_update(no_key=True).get(pk=alarm.workspace_id)
    watch = DriftWatch.objects.select_for_update().filter(version=alarm.version_id).first()
    row = DriftAlarm.objects.select_for_update().get(pk=alarm.pk)
    if not row.is_open:
        return False
    row.closed_at = timezone.now()
    row.closed_by_id = actor.pk if actor is not None else None
    row.save(update_fields=["closed_at", "closed_by"])
    if watch is not None:
        stream = read_stream(watch)
        stream.start_anew()
        watch.state = stream.to_json()
        watch.save()
    record(actor=actor, action="drift_alarm.closed", target=row, workspace=row.workspace)
    return True
