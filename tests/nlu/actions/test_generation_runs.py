"""Runs that propose utterances: from a request to proposals, and every way one can end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from nlu import tasks
from nlu.actions import encoders, generation_results, generation_runs, run_fitting, training
from nlu.actions.direct_training import give_up_dead_generations
from nlu.actions.evaluation_cases import add_case
from nlu.actions.proposals import accept_proposals
from nlu.errors import GenerationOff, InvalidData, InvalidTransition, TrainingCancelled, TrainingRefused
from nlu.models import AuditEntry, GenerationRun, Job, ProposedUtterance, TrainingRun, Utterance, Workspace
from nlu.pipeline.normalizer import canonical
from nlu.proposal_measures import RunMeasures
from nlu.run_errors import RunError
from nlu.signals import job_given_up, recent_examples_wanted
from nlu.training.meanings import is_reserved
from nlu.training.origins import origin_key
from nlu.training_plans import TrainingPlan, remembered_plan
from nlu.types import Example
from tests.nlu.actions.proposal_scene import ask, make_thin, propose_texts
from tests.nlu.pipeline.corpus import QUICK

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(settings, tmp_path, monkeypatch) -> Iterator[Workspace]:
    settings.MODEL_DIR = tmp_path / "models"
    monkeypatch.setattr(run_fitting, "PipelineConfig", lambda **_: QUICK)
    with translation.override("en"):
        yield make_thin()


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What customers said of late, as whoever keeps conversations tells it."""
    texts: list[str] = []

    def answer(sender: object, **_: object) -> Iterator[Example]:
        return (Example(text) for text in texts)

    recent_examples_wanted.connect(answer, sender=Workspace, weak=False, dispatch_uid="test.said")
    yield texts
    recent_examples_wanted.disconnect(sender=Workspace, dispatch_uid="test.said")


def finished(run: GenerationRun) -> GenerationRun:
    done = generation_runs.run_generation(run.pk, effect_config=QUICK)
    assert done is not None
    return done


def test_a_run_proposes_for_thin_intents_and_measures(workspace: Workspace, said: list[str]) -> None:
    held = next(one for one in Utterance.objects.filter(workspace=workspace) if is_reserved(one.text))
    add_case(
        workspace=workspace,
        text="where on earth is my parcel",
        intent=workspace.intents.get(name="delivery"),
        locale="en",
        actor=None,
    )
    run = ask(workspace, per_intent=4)
    assert Job.objects.get().arguments == {"generation": run.pk}
    done = finished(run)
    assert (done.status, done.share_done, done.seconds_left, done.checked_by) == ("done", 1.0, None, None)
    rows = list(ProposedUtterance.objects.filter(run=run))
    assert rows
    assert max(sum(row.intent.name == name for row in rows) for name in run.intents) <= 4
    assert not Utterance.objects.generated().exists()
    texts = {canonical(text) for text in Utterance.objects.values_list("text", flat=True)}
    for row in rows:
        assert row.normalized not in texts
        assert row.made_from
        assert set(row.made_from) <= {origin_key(text) for text in texts if not is_reserved(text)}
        assert origin_key(held.normalized) not in row.made_from
        assert {origin_key(one.text) for one in Utterance.objects.filter(pk__in=row.origins)} == set(row.made_from)
    measures = RunMeasures.from_json(done.measures)
    assert (measures.kept, measures.raw.label_agreement, measures.effect_gap) == (len(rows), None, "not_asked")
    assert measures.proposed == measures.kept + sum(measures.refused.values())
    assert measures.raw.no_copy is not None
    assert measures.reference_perplexity is not None
    assert generation_runs.run_generation(run.pk) is None
    # What a person has seen once is not proposed again.
    again = finished(ask(workspace, per_intent=4))
    assert {row.normalized for row in again.proposals.all()}.isdisjoint(row.normalized for row in rows)


def test_the_same_seed_proposes_the_same(workspace: Workspace) -> None:
    other = make_thin("other")
    first, second = (finished(ask(one, "refund", seed=3)) for one in (workspace, other))
    assert [(one.text, one.made_from) for one in first.proposals.order_by("text")] == [
        (one.text, one.made_from) for one in second.proposals.order_by("text")
    ]


def test_messages_teach_the_language_and_are_never_proposed(workspace: Workspace, said: list[str]) -> None:
    done = finished(ask(workspace, "delivery", per_intent=2))
    first = done.proposals.first()
    assert first is not None
    text = first.text
    ProposedUtterance.objects.all().delete()
    said.extend([text.upper(), "where is my parcel", "call me on 13800138000", "where is my parcel"])
    done = finished(ask(workspace, "delivery", per_intent=2))
    assert RunMeasures.from_json(done.measures).messages == 2
    assert not done.proposals.filter(normalized=canonical(text)).exists()
    assert RunMeasures.from_json(done.measures).refused["seen"] >= 1


def test_the_active_version_checks_the_labels_and_the_effect_is_measured(workspace: Workspace) -> None:
    run = training.request_training(workspace=workspace, actor=None)
    version = training.run_training(run.pk, quick=True)
    assert version is not None
    training.activate_version(version=version, actor=None)
    for place, text in enumerate(f"is my {word} parcel there" for word in "abcdefghijklmnopqrst"):
        name = ("delivery", "refund")[place % 2]
        add_case(workspace=workspace, text=text, intent=workspace.intents.get(name=name), locale="en", actor=None)
    done = finished(ask(workspace, per_intent=6, with_effect=True))
    measures = RunMeasures.from_json(done.measures)
    assert done.checked_by == version.number
    assert measures.shown.label_agreement == 1.0
    effect = measures.effect
    assert effect is not None
    assert effect.n >= 20
    assert 0 < effect.added <= 12  # never more than could be accepted
    assert effect.with_proposals == pytest.approx(effect.without + (effect.won - effect.lost) / effect.n, abs=1e-3)
    assert effect.verdict in ("better", "worse", "unclear")


def test_an_effect_needs_texts_to_measure_on(workspace: Workspace) -> None:
    done = finished(ask(workspace, "delivery", with_effect=True))
    assert RunMeasures.from_json(done.measures).effect_gap == "too_few"


def test_requests_that_cannot_be(workspace: Workspace) -> None:
    for options in ({"method": "magic"}, {"per_intent": 0}, {"per_intent": 51}):
        with pytest.raises(InvalidData):
            ask(workspace, **options)
    with pytest.raises(InvalidData):
        ask(workspace, "no such intent")
    with pytest.raises(InvalidData):
        generation_runs.request_generation(
            workspace=workspace, method="vae", intents=list(make_thin("other").intents.all()), actor=None
        )
    generation_runs.switch_generation(workspace=workspace, on=False, actor=None)
    with pytest.raises(GenerationOff):
        ask(workspace)
    assert not GenerationRun.objects.exists()
    generation_runs.switch_generation(workspace=workspace, on=True, actor=None)
    assert ask(workspace).status == "queued"
    actions = AuditEntry.objects.filter(action__startswith="generation.").order_by("pk")
    assert list(actions.values_list("action", flat=True))[-3:] == [
        "generation.switched_off",
        "generation.switched_on",
        "generation.requested",
    ]


def test_one_heavy_thing_at_a_time(workspace: Workspace) -> None:
    run = ask(workspace)
    for request in (
        lambda: ask(workspace),
        lambda: training.request_training(workspace=workspace, actor=None),
        lambda: encoders.refuse_beside_heavy(workspace),
    ):
        with pytest.raises(TrainingRefused):
            request()
    generation_runs.cancel_generation(run=run, actor=None)
    with pytest.raises(InvalidTransition):
        generation_runs.cancel_generation(run=run, actor=None)
    training.request_training(workspace=workspace, actor=None)
    with pytest.raises(TrainingRefused):
        ask(workspace)


def test_a_run_can_be_cancelled_lost_and_given_up(workspace: Workspace) -> None:
    run = ask(workspace)
    generation_runs.start(run.pk)
    generation_runs.cancel_generation(run=run, actor=None)
    assert generation_runs.run_generation(run.pk) is None
    run.refresh_from_db()
    assert (run.status, run.proposals.count()) == ("cancelled", 0)
    # A worker that died leaves a run that the next one takes up.
    run = ask(workspace)
    lost = generation_runs.start(run.pk)
    assert lost is not None
    assert finished(run).proposals.exists()
    generation_results.end(lost, "failed", error="late")
    run.refresh_from_db()
    assert run.status == "done"
    run = ask(workspace)
    job = Job.objects.get(arguments={"generation": run.pk})
    job_given_up.send(sender=Job, job=job)
    run.refresh_from_db()
    assert (run.status, RunError.from_text(run.error).code) == ("failed", "gave_up")
    run = ask(workspace)
    generation_runs.start(run.pk)
    Job.objects.filter(arguments={"generation": run.pk}).update(status="failed")
    GenerationRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    give_up_dead_generations(workspace)
    run.refresh_from_db()
    assert RunError.from_text(run.error).code == "worker_died"


def test_the_job_runs_it_and_an_intent_without_texts_fails_in_words(workspace: Workspace) -> None:
    run = ask(workspace, "refund")
    tasks.propose({"generation": run.pk})
    run.refresh_from_db()
    assert run.status == "done"
    Utterance.objects.filter(intent__name="refund").delete()
    run = ask(workspace, "refund")
    tasks.propose({"generation": run.pk})
    run.refresh_from_db()
    assert RunError.from_text(run.error).code == "nothing_to_propose"


def test_trainings_take_generated_utterances_and_messages_if_they_are_asked_to(
    workspace: Workspace, said: list[str]
) -> None:
    done = finished(ask(workspace, "refund", "delivery", per_intent=3))
    ids = list(done.proposals.values_list("pk", flat=True))
    accepted = accept_proposals(workspace=workspace, ids=ids, actor=None).ids
    said.extend(f"what about number {word}" for word in "abcdefghijklmnopqrstuvwxyz")
    assert not workspace.training_unlabelled

    def trained(plan: TrainingPlan | None) -> tuple[TrainingRun, dict[str, object]]:
        run = training.request_training(workspace=workspace, actor=None, plan=plan)
        version = training.run_training(run.pk, quick=True)
        assert version is not None
        run.refresh_from_db()
        return run, version.metrics

    run, metrics = trained(None)
    assert (run.generated, run.unlabelled) == (len(accepted), 0)
    assert (metrics["generated"], metrics["unlabelled"]) == (len(accepted), 0)
    run, metrics = trained(TrainingPlan(unlabelled=True))
    assert (run.unlabelled, metrics["unlabelled"]) == (26, 26)
    workspace.refresh_from_db()
    assert remembered_plan(workspace).unlabelled
    del said[5:]
    run, metrics = trained(None)
    assert (run.learns_unlabelled, run.unlabelled, metrics["unlabelled"]) == (True, 0, 0)


def test_switching_off_stops_the_run_in_work(workspace: Workspace) -> None:
    run = ask(workspace)
    generation_runs.switch_generation(workspace=workspace, on=False, actor=None)
    run.refresh_from_db()
    assert run.status == "cancelled"
    generation_runs.switch_generation(workspace=workspace, on=True, actor=None)
    run = ask(workspace)
    mine = generation_runs.start(run.pk)
    assert mine is not None
    assert not generation_runs.canceller(mine)()
    generation_runs.switch_generation(workspace=workspace, on=False, actor=None)
    assert generation_runs.canceller(mine)()
    with pytest.raises(TrainingCancelled):
        generation_results.mine_in_work(mine)
    # A job that comes late, too.
    assert generation_runs.start(run.pk) is None
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_proposals_are_seen_and_accepted_once_the_run_is_done(workspace: Workspace) -> None:
    [one] = propose_texts(workspace, "delivery", "where is my box")
    GenerationRun.objects.update(status="running")
    assert not ProposedUtterance.objects.shown().exists()
    assert accept_proposals(workspace=workspace, ids=[one.pk], actor=None).ids == ()
    GenerationRun.objects.update(status="done")
    assert accept_proposals(workspace=workspace, ids=[one.pk], actor=None).ids == (one.pk,)


def test_what_a_run_had_stored_is_gone_when_it_begins_again_or_is_cancelled(workspace: Workspace) -> None:
    run = ask(workspace, "refund")
    generation_runs.start(run.pk)
    [old] = propose_texts(workspace, "refund", "give me my cash")
    ProposedUtterance.objects.update(run=run)
    assert finished(run).proposals.exists()
    assert not ProposedUtterance.objects.filter(pk=old.pk).exists()
    run = ask(workspace, "refund")
    generation_runs.start(run.pk)
    propose_texts(workspace, "refund", "give me my cash")
    ProposedUtterance.objects.filter(text="give me my cash").update(run=run)
    generation_runs.cancel_generation(run=run, actor=None)
    assert generation_runs.run_generation(run.pk) is None
    assert not ProposedUtterance.objects.filter(run=run).exists()
    # One that lost the run says nothing of it any more.
    run = ask(workspace, "refund")
    lost = generation_runs.start(run.pk)
    assert lost is not None
    assert generation_runs.start(run.pk) is not None
    generation_runs.tell(lost, "with", 0.9, None)
    run.refresh_from_db()
    assert (run.step, run.share_done) == ("proposing", 0.0)


def test_a_run_is_deleted_with_its_proposals(workspace: Workspace) -> None:
    run = ask(workspace, "refund")
    with pytest.raises(InvalidTransition):
        generation_runs.delete_generation(run=run, actor=None)
    generation_runs.cancel_generation(run=run, actor=None)
    one, _two = propose_texts(workspace, "delivery", "where is my box", "where is my bag")
    accept_proposals(workspace=workspace, ids=[one.pk], actor=None)
    generation_runs.delete_generation(run=one.run, actor=None)
    assert not ProposedUtterance.objects.exists()
    assert list(GenerationRun.objects.all()) == [run]
    assert Utterance.objects.generated().get().text == "where is my box"
    assert AuditEntry.objects.get(action="generation.deleted").summary == f"#{one.run_id}"
