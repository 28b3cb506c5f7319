"""The turn worker's companion: several shadows, several workers, and what it may take from the replies."""

from __future__ import annotations

import threading

import pytest

from chat.actions.shadows import count_waiting, turns_to_score
from chat.actions.workers import beat, say_goodbye
from chat.live.shadow_worker import BUSY_BATCH, ShadowWorker
from chat.models import ShadowScore, Site, Turn
from chat.models.workers import WorkerRole
from nlu.actions.shadows import start_shadow, stop_shadow
from nlu.actions.workspaces import create_workspace
from nlu.models import ModelVersion, ShadowRun
from nlu.models.shadows import ShadowProblem
from nlu.pipeline.pipeline import NluPipeline
from tests.chat.turns.conftest import version_of
from tests.chat.turns.test_shadows import TEXTS, talk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


class OtherShop:
    """A second workspace with the same two models, whose shadow starts after the first one's."""

    def __init__(self) -> None:
        self.workspace = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
        self.site = Site.objects.create(workspace=self.workspace, key="other", name="Other", locale="en")
        version_of(self.workspace, 1, "active")
        self.run = ShadowRun.objects.create(
            workspace=self.workspace, version=version_of(self.workspace, 2, "candidate")
        )


def test_whatever_keeps_a_candidate_from_loading_is_said_and_harms_no_other(
    site, visitor_writes, cache, shadows, candidate, monkeypatch
) -> None:
    run = start_shadow(version=candidate, actor=None)
    other = OtherShop()
    talk(site, visitor_writes, cache, TEXTS[:2])
    talk(other.site, visitor_writes, cache, TEXTS[:2])
    ModelVersion.objects.filter(pk=candidate.pk).update(folder="odd")
    load = NluPipeline.load

    def refuses(folder):
        if folder.name == "odd":
            raise ZeroDivisionError
        return load(folder)

    monkeypatch.setattr(NluPipeline, "load", refuses)
    shadows.step()
    run.refresh_from_db()
    assert run.problem == ShadowProblem.UNLOADABLE
    assert set(ShadowScore.objects.values_list("run", flat=True)) == {other.run.pk}
    assert (count_waiting(run), count_waiting(other.run)) == (2, 0)


def test_a_run_that_stumbles_leaves_the_others_alone(site, visitor_writes, cache, shadows, candidate) -> None:
    run = start_shadow(version=candidate, actor=None)
    other = OtherShop()
    talk(site, visitor_writes, cache, TEXTS[:2])
    talk(other.site, visitor_writes, cache, TEXTS[:2])
    score = shadows.score

    def stumbles(one, *rest):
        if one.pk == run.pk:
            raise ZeroDivisionError
        return score(one, *rest)

    shadows.score = stumbles
    shadows.step()
    assert (count_waiting(run), count_waiting(other.run)) == (2, 0)
    shadows.score = score
    shadows.step()
    assert count_waiting(run) == 0


def test_a_turn_that_cannot_be_read_is_left_out(site, visitor_writes, cache, shadows, candidate) -> None:
    run = start_shadow(version=candidate, actor=None)
    talk(site, visitor_writes, cache, TEXTS[:3])
    broken = Turn.objects.order_by("pk").first()
    broken.decision["context"] = {"previous_intents": 7}
    broken.save(update_fields=["decision"])
    shadows.step()
    run.refresh_from_db()
    assert (run.problem, run.unscored, count_waiting(run)) == (ShadowProblem.FAILED, 1, 0)
    assert ShadowScore.objects.count() == 2


def test_turns_wait_for_the_worker_that_answered_them_while_it_lives(
    site, visitor_writes, cache, shadows, candidate
) -> None:
    run = start_shadow(version=candidate, actor=None)
    talk(site, visitor_writes, cache, TEXTS[:3])
    left, left_too, own = Turn.objects.order_by("pk")
    Turn.objects.update(finished_at="2020-01-01T00:00:00Z")
    Turn.objects.filter(pk=own.pk).update(claimed_by="another")
    assert turns_to_score(run=run, worker="another") == [own.pk]
    another = ShadowWorker(worker="another", quiet=shadows.quiet)
    beat(name="turns", role=WorkerRole.TURNS)
    another.step()
    another.step()
    assert list(ShadowScore.objects.values_list("turn", flat=True)) == [own.pk]
    say_goodbye(name="turns")
    assert turns_to_score(run=run, worker="another") == [left.pk, left_too.pk]
    another.step()
    assert count_waiting(run) == 0


class Busy(threading.Event):
    """The quiet of a turn worker that has none; counts who waits for it."""

    waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += 1
        return self.is_set()


def test_a_busy_worker_is_waited_for_once_and_gets_little_to_share(site, visitor_writes, cache, candidate) -> None:
    run = start_shadow(version=candidate, actor=None)
    other = OtherShop()
    talk(site, visitor_writes, cache, TEXTS)
    talk(other.site, visitor_writes, cache, TEXTS)
    busy = Busy()
    shadows = ShadowWorker(worker="turns", quiet=busy)
    assert shadows.step()
    assert busy.waits == 1
    left = len(TEXTS) - BUSY_BATCH
    assert (count_waiting(run), count_waiting(other.run)) == (left, left)
    busy.set()
    assert not shadows.step()
    assert (count_waiting(run), count_waiting(other.run)) == (0, 0)
    assert ShadowScore.objects.count() == 2 * len(TEXTS)


def test_turns_of_a_run_that_ended_wait_no_longer_when_the_version_goes_on(
    site, visitor_writes, cache, shadows, candidate
) -> None:
    before = start_shadow(version=candidate, actor=None)
    shadows.step()
    talk(site, visitor_writes, cache, TEXTS[:2])
    stop_shadow(version=candidate, actor=None)
    run = start_shadow(version=candidate, actor=None)
    talk(site, visitor_writes, cache, TEXTS[2:3])
    shadows.step()
    assert (count_waiting(before), count_waiting(run)) == (0, 0)
    assert list(ShadowScore.objects.values_list("run", flat=True)) == [run.pk]
