"""The drift watch in words: how far it is, and what an alarm says, with the places where the messages are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from chat.actions.drift import open_alarm, read_stream
from chat.drift_rules import ENOUGH, Change, Kind
from chat.drift_stream import Stream
from chat.models import DriftAlarm, DriftWatch
from chat.transcripts import Outcome
from console.review_lists import OUTSIDE
from console.templatetags.console import percent
from nlu.models import ModelVersion, Workspace
from nlu.models.training import VersionStatus

EARLIER_SHOWN: Final = 20
OUTSIDE_KINDS: Final[frozenset[Kind]] = frozenset({"rejected", "unlike_training"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `transcripts` and `reviews` are the addresses of the messages behind it, or empty."""

    text: str
    transcripts: str
    reviews: str


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm with its reasons in words. `of_training`: compared with what training held out."""

    alarm: DriftAlarm
    reasons: tuple[Reason, ...]
    of_training: bool


@dataclass(frozen=True, slots=True)
class DriftView:
    """How the watch stands. `learned` of `needed` messages of the reference; `version` None without a model."""

    version: ModelVersion | None
    learned: int
    needed: int
    is_learning: bool
    looked_at: object
    alarm: AlarmView | None


def drift_view(workspace: Workspace, titles: Mapping[str, str]) -> DriftView:
    """Read from two rows."""
    version = ModelVersion.objects.filter(workspace=workspace, status=VersionStatus.ACTIVE).first()
    watch = DriftWatch.objects.filter(version=version).first() if version is not None else None
    if watch is not None and version is not None and watch.activated_at != version.activated_at:
        watch = None
    stream = read_stream(watch) if watch is not None else Stream()
    alarm = open_alarm(workspace.pk)
    return DriftView(
        version=version,
        learned=stream.learned,
        needed=ENOUGH,
        is_learning=stream.reference is None,
        looked_at=watch.looked_at if watch is not None else None,
        alarm=alarm_view(alarm, titles) if alarm is not None else None,
    )


def alarm_view(alarm: DriftAlarm, titles: Mapping[str, str]) -> AlarmView:
    """The alarm's reasons; those that this program cannot read are left out."""
    reasons = []
    of_training = False
    for row in alarm.reasons if isinstance(alarm.reasons, list) else []:
        try:
            change = Change.from_json(row)
        except (KeyError, TypeError, ValueError):
            continue
        of_training = of_training or change.kind == "unlike_training"
        reasons.append(
            Reason(reason_text(change, titles), transcripts_of(alarm, change), reviews_of(alarm, change))
        )
    return AlarmView(alarm, tuple(reasons), of_training)


def reason_text(change: Change, titles: Mapping[str, str]) -> str:
    """One sentence."""
    values = {"before": percent(change.before, 1), "after": percent(change.after, 1)}
    if change.kind == "intent":
        values["name"] = titles.get(change.name) or change.name.replace("_", " ")
        if change.after > change.before:
            return _("“%(name)s” grew from %(before)s to %(after)s of the understood messages.") % values
        return _("“%(name)s” shrank from %(before)s to %(after)s of the understood messages.") % values
    if change.kind == "language":
        values["name"] = language_name(change.name)
        if change.after > change.before:
            return _("Messages in %(name)s grew from %(before)s to %(after)s.") % values
        return _("Messages in %(name)s shrank from %(before)s to %(after)s.") % values
    if change.kind == "rejected":
        if change.after > change.before:
            return _("Out of scope: %(after)s of the messages, %(before)s before.") % values
        return _("Out of scope only %(after)s of the messages, %(before)s before.") % values
    if change.kind == "far":
        return _("Worded unlike the training data: %(after)s of the messages, %(before)s before.") % values
    if change.kind == "mix":
        return (
            _(
                "Customers want other things than before: %(after)s of the understood messages would have to be "
                "about something else to give the earlier mix."
            )
            % values
        )
    return (
        _(
            "%(after)s of the messages are out of scope for the model, but only %(before)s of the utterances that "
            "its training held out: customers write about other things, or otherwise, than it was taught."
        )
        % values
    )


def language_name(code: str) -> str:
    """The language in its reader's words, or its code."""
    if code not in dict(settings.LANGUAGES):
        return code or _("an unknown language")
    return str(get_language_info(code)["name_translated"])


def days_of(alarm: DriftAlarm) -> dict[str, str]:
    """The days of the alarm's messages, as filters have them."""
    return {
        "from": timezone.localtime(alarm.first_at).date().isoformat(),
        "to": timezone.localtime(alarm.last_at).date().isoformat(),
    }


def transcripts_of(alarm: DriftAlarm, change: Change) -> str:
    """The transcripts with such messages; empty where no filter finds them."""
    query = days_of(alarm)
    if change.kind == "intent":
        query["intent"] = change.name
    elif change.kind == "language" and change.name in dict(settings.LANGUAGES):
        query["written"] = change.name
    elif change.kind in OUTSIDE_KINDS:
        query["outcome"] = Outcome.OUT_OF_SCOPE
    elif change.kind in ("language", "far"):
        return ""
    return f"{reverse('console:transcripts')}?{urlencode(query)}"


def reviews_of(alarm: DriftAlarm, change: Change) -> str:
    """The part of the review queue with such messages; empty where no filter finds them."""
    query = days_of(alarm)
    if change.kind == "intent":
        query["intent"] = change.name
    elif change.kind in OUTSIDE_KINDS:
        query["intent"] = OUTSIDE
    elif change.kind == "language":
        return ""  # its rows have the language of the answer
    return f"{reverse('console:reviews')}?{urlencode(query)}"
