"""The drift watch over rows: counting once, alarming, what people do, another version, nothing to learn from."""

from __future__ import annotations

import json
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.actions import drift as drift_actions
from chat.actions.drift import acknowledge_alarm, close_alarm, look, look_everywhere, open_alarm, raise_alarm
from chat.drift_rules import ENOUGH, Change, Tally
from chat.drift_stream import Drift, Stream
from chat.live import drift_watcher
from chat.live.drift_watcher import DriftWatcher
from chat.models import DriftAlarm, DriftWatch, Turn
from nlu.actions.training import activate_version
from nlu.actions.workspaces import create_workspace
from nlu.models import AuditEntry, ModelVersion
from tests.chat.drift.conftest import Counter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


def kinds(alarm: DriftAlarm) -> set[tuple[str, str]]:
    return {(reason["kind"], reason["name"]) for reason in alarm.reasons}


def learn(counter, customers: int = 1) -> None:
    """A reference of four intents alike, a tenth of it out of scope."""
    counter.write(*("refund", "track", "pay", "hours") * 4, "", "", times=20, customers=customers)
    counter.look()
    assert DriftWatch.objects.get().counted == 360


def test_a_new_installation_only_learns(counter) -> None:
    assert counter.look() == 0
    counter.write("refund", "track", times=30)
    assert counter.look() == 60
    stream = Stream.from_json(DriftWatch.objects.get().state)
    assert stream.reference is None
    assert 0 < stream.learned < ENOUGH
    assert open_alarm(counter.workspace.pk) is None


def test_another_mix_alarms_with_its_reasons(counter) -> None:
    learn(counter)
    counter.write(*("refund", "track", "pay", "hours"), times=25)
    counter.look()
    assert open_alarm(counter.workspace.pk) is None
    counter.write(*("refund", "pay") * 3, "track", "hours", times=50)
    counter.look()
    alarm = open_alarm(counter.workspace.pk)
    assert ("intent", "track") in kinds(alarm)
    assert alarm.messages >= 100
    assert alarm.first_at <= alarm.last_at
    entry = AuditEntry.objects.get(action="drift_alarm.raised")
    assert entry.actor is None
    assert "intent" in entry.summary


def test_out_of_scope_and_another_language_alarm(counter) -> None:
    learn(counter, customers=71)
    counter.write("refund", "", "track", "", "pay", "", times=60, customers=71, locale="zh-hans")
    counter.look()
    found = kinds(open_alarm(counter.workspace.pk))
    assert ("rejected", "") in found
    assert ("language", "zh-hans") in found


def test_messages_are_counted_once_and_only_new_ones_are_read(counter) -> None:
    learn(counter)
    before = DriftWatch.objects.get()
    assert counter.look() == 0
    counter.write("refund")
    with CaptureQueriesContext(connection) as queries:
        assert look(workspace_id=counter.workspace.pk) == 1
    assert len([one for one in queries if "chat_turn" in one["sql"]]) == 1
    after = DriftWatch.objects.get()
    assert (after.counted, after.cursor) == (before.counted + 1, Turn.objects.latest("pk").pk)


def test_an_index_finds_a_version_s_newest_turns(db) -> None:
    with connection.cursor() as cursor:
        indexes = connection.introspection.get_constraints(cursor, Turn._meta.db_table).values()
    of_version = [
        index["columns"] for index in indexes if index["index"] and index["columns"][0] == "model_version_id"
    ]
    assert of_version == [["model_version_id", "id"]]


def test_probes_other_versions_and_unfinished_turns_do_not_count(counter) -> None:
    counter.write("refund")
    counter.write("track", version=counter.versions[1])
    counter.write("pay")
    Turn.objects.filter(pk=Turn.objects.latest("pk").pk).update(status="failed")
    Turn.objects.create(
        workspace=counter.workspace, kind="probe", status="done", model_version=counter.versions[0], parse={}
    )
    assert look_everywhere() == 1


def test_a_person_looks_after_it_and_closes_it_and_it_can_come_again(counter, django_user_model) -> None:
    person = django_user_model.objects.create_user("chief")
    learn(counter)
    counter.write("refund", "pay", "pay", "hours", times=100)
    counter.look()
    alarm = open_alarm(counter.workspace.pk)
    counter.write("refund", "refund", "refund", times=100)
    counter.look()
    assert DriftAlarm.objects.count() == 1
    acknowledge_alarm(alarm=alarm, actor=person)
    acknowledge_alarm(alarm=alarm, actor=None)
    assert open_alarm(counter.workspace.pk).acknowledged_by == person
    close_alarm(alarm=alarm, actor=person)
    close_alarm(alarm=alarm, actor=None)
    assert open_alarm(counter.workspace.pk) is None
    counter.write("refund", "pay", "pay", "hours", times=200)
    counter.look()
    assert open_alarm(counter.workspace.pk) is None
    counter.write("track", "track", "pay", "hours", times=120)
    counter.look()
    again = open_alarm(counter.workspace.pk)
    assert ("intent", "track") in kinds(again)
    actions = AuditEntry.objects.filter(action__startswith="drift_alarm").order_by("pk")
    assert [(entry.action.split(".")[1], entry.actor == person) for entry in actions] == [
        ("raised", False),
        ("acknowledged", True),
        ("closed", True),
        ("raised", False),
    ]


def test_a_newly_activated_version_learns_anew(counter) -> None:
    learn(counter)
    counter.write("refund", times=400)
    counter.write("pay", "hours", times=200)
    counter.look()
    alarm = open_alarm(counter.workspace.pk)
    assert alarm is not None
    activate_version(version=counter.versions[1], actor=None, override="the old one is outdated")
    assert open_alarm(counter.workspace.pk) is None
    counter.write("pay", "hours", times=50, version=counter.versions[1])
    assert counter.look() == 100
    alarm.refresh_from_db()
    assert not alarm.is_open
    watch = DriftWatch.objects.get(version=counter.versions[1])
    assert Stream.from_json(watch.state).reference is None
    # Going back is an activation as well: what the first version's turns were like is long ago.
    activate_version(version=ModelVersion.objects.get(number=1), actor=None)
    assert counter.look() == 0
    back = DriftWatch.objects.get(version=counter.versions[0])
    assert (back.counted, Stream.from_json(back.state).learned) == (0, 0)
    assert back.cursor == Turn.objects.filter(model_version=counter.versions[0]).latest("pk").pk


def test_a_model_that_fits_nothing_is_noticed_before_there_is_a_reference(counter) -> None:
    counter.write("", "refund", "", "track", "", times=30)
    counter.look()
    assert kinds(open_alarm(counter.workspace.pk)) == {("unlike_training", "")}
    assert open_alarm(counter.workspace.pk).reference == 100


def test_without_held_out_answers_it_just_learns(counter) -> None:
    ModelVersion.objects.filter(number=1).update(folder="gone", activated_at=timezone.now())
    counter.write("", "refund", "", times=40)
    counter.look()
    assert open_alarm(counter.workspace.pk) is None


def test_what_another_program_remembered_is_learned_anew(counter) -> None:
    learn(counter)
    DriftWatch.objects.update(state={"blocks": 7})
    counter.write("refund", "track")
    assert counter.look() == 2
    assert Stream.from_json(DriftWatch.objects.get().state).learned == 2


def test_an_open_alarm_outlives_a_state_that_cannot_be_read(counter) -> None:
    learn(counter)
    counter.write("refund", "pay", "pay", "hours", times=100)
    counter.look()
    alarm = open_alarm(counter.workspace.pk)
    DriftWatch.objects.update(state={"blocks": 7})
    counter.write("refund", "track", "pay", "hours", times=100)
    counter.write("", "track", "pay", times=100)
    assert counter.look() == 700
    assert open_alarm(counter.workspace.pk) == alarm
    assert Stream.from_json(DriftWatch.objects.get().state).alarmed
    close_alarm(alarm=alarm, actor=None)
    assert not Stream.from_json(DriftWatch.objects.get().state).alarmed


def test_an_alarm_is_raised_once_and_another_version_s_ends(counter) -> None:
    drift = Drift((Change("rejected", "", 0.05, 0.3, 30, 1e-9),), 300, Tally(total=100))
    first = raise_alarm(counter.versions[0], drift)
    assert raise_alarm(counter.versions[0], drift) == first
    second = raise_alarm(counter.versions[1], drift)
    first.refresh_from_db()
    assert (first.is_open, second.is_open) == (False, True)
    assert AuditEntry.objects.filter(action="drift_alarm.raised").count() == 2


def test_a_workspace_that_fails_does_not_stop_the_others(counter, monkeypatch) -> None:
    other = Counter(create_workspace(slug="other", name="Other", default_locale="en", actor=None))
    counter.write("refund")
    other.write("refund", times=2)

    def held_out(version: ModelVersion) -> tuple[int, int]:
        if version.workspace == counter.workspace:
            raise OSError("the disk of one version")
        return 0, 0

    with monkeypatch.context() as patched:
        patched.setattr(drift_actions, "held_out_rejections", held_out)
        assert look_everywhere() == 2
    assert look_everywhere() == 1


def test_a_row_that_cannot_be_read_is_passed_over(counter) -> None:
    counter.write("refund", times=3)
    odd, odder, good = Turn.objects.order_by("pk")
    Turn.objects.filter(pk=odd.pk).update(parse={**good.parse, "intents": [7]})
    Turn.objects.filter(pk=odder.pk).update(parse={**good.parse, "scope_score": "very"})
    assert counter.look() == 3
    assert Stream.from_json(DriftWatch.objects.get().state).learned == 1


def test_a_version_that_retires_while_it_is_counted_raises_nothing(counter, monkeypatch) -> None:
    learn(counter)
    counter.write("refund", "pay", "pay", "hours", times=100)
    seen_in = drift_actions.seen_in

    def seen_late(*row):
        if counter.versions[1].status != "active":
            counter.versions[1] = activate_version(version=counter.versions[1], actor=None, override="newer words")
        return seen_in(*row)

    monkeypatch.setattr(drift_actions, "seen_in", seen_late)
    assert look(workspace_id=counter.workspace.pk) == 0
    assert not DriftAlarm.objects.exists()


def test_the_command_counts_and_tells(counter) -> None:
    learn(counter)
    counter.write("refund", "pay", "pay", times=100)
    out = StringIO()
    call_command("watch_drift", "--workspace", "shop", stdout=out)
    found = json.loads(out.getvalue())
    assert (found["version"], found["counted"], found["learning"]) == ("v1", 660, False)
    assert found["alarm"]["reasons"]
    with pytest.raises(CommandError):
        call_command("watch_drift", "--workspace", "none")
    ModelVersion.objects.update(status="retired")
    with pytest.raises(CommandError):
        call_command("watch_drift", "--workspace", "shop")


def test_the_watcher_looks_by_itself_and_goes_on_after_an_error(counter, monkeypatch) -> None:
    monkeypatch.setattr(drift_watcher, "LOOK_SECONDS", 0.01)
    looked = threading.Event()
    calls: list[int] = []

    def looks() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise KeyError("surprise")
        found = look_everywhere()
        if found:
            looked.set()
        return found

    monkeypatch.setattr(drift_watcher, "look_everywhere", looks)
    counter.write("refund")
    watcher = DriftWatcher()
    watcher.start()
    try:
        assert looked.wait(30)
    finally:
        watcher.stop()
    assert DriftWatch.objects.get().counted == 1
