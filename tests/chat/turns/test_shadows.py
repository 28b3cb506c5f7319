"""A shadow reads what was answered, finds what an offline comparison finds, and harms nothing."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from chat.actions.finishing import finish_turns
from chat.actions.probes import ask_probe
from chat.actions.shadows import count_waiting
from chat.actions.turns import claim_turns
from chat.actions.visitors import create_visitor
from chat.answering import answer
from chat.live.shadow_worker import ShadowWorker
from chat.live.turn_worker import TurnWorker
from chat.models import Message, ShadowScore, Site, Turn
from chat.models.messages import Author
from nlu.actions.shadows import start_shadow, stop_shadow
from nlu.inference import PipelineCache
from nlu.models import ModelVersion, Workspace
from nlu.models.shadows import ShadowProblem

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]

TEXTS = (
    "I want my money back",
    "send me the invoice please",
    "when will my parcel reach Oslo?",
    "给我开发票",
    "退款多久到账",
    "the weather is nice today",
    "invoice for the refund",
    "is the parcel in Vienna",
    "talk to a human",
    "a person please",
)
"""The last two end their conversations: a person takes over."""


def reply_to_all(cache: PipelineCache) -> None:
    """What a turn worker called `turns` does with what waits."""
    claims = claim_turns(worker="turns")
    answers = answer([claim.input for claim in claims], models=cache)
    finish_turns(answers=list(zip(claims, answers, strict=True)))


def talk(site: Site, visitor_writes, cache: PipelineCache, texts=TEXTS) -> None:
    """Two visitors say these texts in turn, so that most have a context; every reply is posted."""
    conversations = [create_visitor(site=site, locale="en").conversation for _ in range(2)]
    for place, text in enumerate(texts):
        visitor_writes(conversations[place % 2], text)
        reply_to_all(cache)


def compared(*options: str) -> dict:
    out = StringIO()
    call_command("compare_versions", "1", "v2", "--workspace", "shop", *options, stdout=out)
    return json.loads(out.getvalue())


def test_the_live_run_finds_what_the_offline_comparison_finds(
    site, visitor_writes, cache, shadows, candidate, active
) -> None:
    run = start_shadow(version=candidate, actor=None)
    talk(site, visitor_writes, cache)
    assert count_waiting(run) == len(TEXTS)
    shadows.step()
    assert count_waiting(run) == 0
    rows = ShadowScore.objects.select_related("turn").filter(run=run)
    live = {(str(row.turn.uuid), row.understood, row.said) for row in rows if row.disagrees}
    offline = compared()
    assert offline["turns"] == len(TEXTS) == rows.count()
    found = {
        (row["turn"], row["active"].replace("out_of_scope", ""), row["candidate"].replace("out_of_scope", ""))
        for row in offline["disagreements"]
    }
    assert live == found
    assert 2 <= len(live) < len(TEXTS)
    pairs = {(row["active"], row["candidate"]) for row in offline["pairs"]}
    assert {("refund", "invoice"), ("invoice", "refund")} <= pairs
    assert compared("--shadow")["shadow"] == {
        "disagree": len(live),
        "same": True,
        "only_live": [],
        "only_offline": [],
    }
    contexts = [row.turn.decision["context"] for row in rows]
    assert any(context.get("previous_message") for context in contexts)
    for row in rows:
        assert row.active_id == active.pk
        assert row.rejected == (not row.said)
        assert row.disagrees == (row.understood != row.said)


def test_a_score_that_was_kept_wrongly_is_named(site, visitor_writes, cache, shadows, candidate) -> None:
    start_shadow(version=candidate, actor=None)
    talk(site, visitor_writes, cache, TEXTS[:2])
    shadows.step()
    row = ShadowScore.objects.filter(disagrees=True).first()
    ShadowScore.objects.filter(pk=row.pk).update(disagrees=False)
    found = compared("--shadow")["shadow"]
    assert not found["same"]
    assert found["only_offline"] == [str(row.turn.uuid)]


def test_without_a_shadow_nothing_is_noted(site, visitor_writes, cache, shadows, candidate) -> None:
    talk(site, visitor_writes, cache, TEXTS[:2])
    shadows.step()
    assert not ShadowScore.objects.exists()
    assert not Turn.objects.filter(to_shadow__isnull=False).exists()
    assert not shadows.cache.loaded


def test_the_candidate_is_loaded_only_while_it_is_the_shadow(
    site, visitor_writes, cache, shadows, candidate
) -> None:
    run = start_shadow(version=candidate, actor=None)
    shadows.step()
    loaded = weakref.ref(shadows.cache.loaded[candidate.pk])
    talk(site, visitor_writes, cache, TEXTS[:2])
    stop_shadow(version=candidate, actor=None)
    shadows.step()
    gc.collect()
    assert loaded() is None
    assert count_waiting(run) == 0
    assert not ShadowScore.objects.exists()


def test_another_worker_takes_only_what_was_left_behind(site, visitor_writes, cache, shadows, candidate) -> None:
    run = start_shadow(version=candidate, actor=None)
    talk(site, visitor_writes, cache, TEXTS[:2])
    other = ShadowWorker(worker="another", quiet=shadows.quiet)
    other.step()
    assert count_waiting(run) == 2
    Turn.objects.update(finished_at="2020-01-01T00:00:00Z")
    other.step()
    shadows.step()
    assert count_waiting(run) == 0
    assert ShadowScore.objects.count() == 2


def test_a_folder_that_is_damaged_is_said_and_harms_no_turn(
    site, visitor_writes, cache, shadows, candidate
) -> None:
    run = start_shadow(version=candidate, actor=None)
    ModelVersion.objects.filter(pk=candidate.pk).update(folder="gone")
    talk(site, visitor_writes, cache, TEXTS[:2])
    shadows.step()
    run.refresh_from_db()
    assert run.problem == ShadowProblem.UNLOADABLE
    assert Message.objects.filter(author=Author.BOT).count() == 2
    ModelVersion.objects.filter(pk=candidate.pk).update(folder="2")
    ShadowWorker(worker="turns", quiet=shadows.quiet).step()
    run.refresh_from_db()
    assert run.problem == ""
    assert ShadowScore.objects.count() == 2


class Fails:
    """A candidate that fails on one text."""

    def __init__(self, pipeline, word: str) -> None:
        self.pipeline = pipeline
        self.word = word

    def parse_many(self, texts, contexts, locales):
        if any(self.word in text for text in texts):
            raise ZeroDivisionError
        return self.pipeline.parse_many(texts, contexts, locales)


def test_a_message_that_the_candidate_fails_on_does_not_stop_the_others(
    site, visitor_writes, cache, shadows, candidate
) -> None:
    run = start_shadow(version=candidate, actor=None)
    shadows.step()
    shadows.cache.loaded[candidate.pk] = Fails(shadows.cache.loaded[candidate.pk], "weather")
    talk(site, visitor_writes, cache)
    shadows.step()
    run.refresh_from_db()
    assert (run.problem, run.unscored) == (ShadowProblem.FAILED, 1)
    assert ShadowScore.objects.count() == len(TEXTS) - 1
    assert count_waiting(run) == 0


def test_the_turn_worker_brings_its_companion_along(
    conversation, visitor_writes, cache, candidate, workspace
) -> None:
    start_shadow(version=candidate, actor=None)
    scored = threading.Event()

    def prepare():
        return lambda inputs: answer(inputs, models=cache), dict

    worker = TurnWorker(prepare=prepare, poll_seconds=0.05)
    step = worker.shadows.step

    def watched() -> bool:
        worked = step()
        if ShadowScore.objects.exists():
            scored.set()
        return worked

    worker.shadows.step = watched
    worker.start()
    try:
        assert ask_probe_when_alive(workspace)
        visitor_writes(conversation, "I want my money back")
        assert scored.wait(30)
    finally:
        assert worker.stop(30)
    assert not worker.shadows.thread.is_alive()
    assert ShadowScore.objects.get().turn.conversation_id == conversation.pk


class Hangs:
    """A candidate that does not answer before it is let go."""

    def __init__(self, pipeline) -> None:
        self.pipeline = pipeline
        self.asked = threading.Event()
        self.let_go = threading.Event()

    def parse_many(self, texts, contexts, locales):
        self.asked.set()
        assert self.let_go.wait(30)
        return self.pipeline.parse_many(texts, contexts, locales)


def test_no_reply_waits_for_the_shadow(conversation, visitor_writes, cache, candidate, workspace) -> None:
    start_shadow(version=candidate, actor=None)
    replied = threading.Semaphore(0)

    def prepare():
        def reply(inputs):
            replied.release()
            return answer(inputs, models=cache)

        return reply, dict

    worker = TurnWorker(prepare=prepare, poll_seconds=0.05)
    worker.shadows.step()
    hanging = Hangs(worker.shadows.cache.loaded[candidate.pk])
    worker.shadows.cache.loaded[candidate.pk] = hanging
    worker.start()
    try:
        visitor_writes(conversation, "I want my money back")
        assert hanging.asked.wait(30)
        visitor_writes(conversation, "send me the invoice please")
        assert replied.acquire(timeout=30)
        assert replied.acquire(timeout=30)
    finally:
        hanging.let_go.set()
        assert worker.stop(30)
    assert Message.objects.filter(conversation=conversation, author=Author.BOT).count() == 2


def ask_probe_when_alive(workspace: Workspace) -> bool:
    """A probe is answered, and never scored."""
    from chat.errors import NoTurnWorker

    ticker = threading.Event()
    for _ in range(1500):
        try:
            ask_probe(workspace=workspace, text="I want my money back", locale="en", timeout=15)
        except NoTurnWorker:
            ticker.wait(0.01)
        else:
            return not ShadowScore.objects.exists()
    return False


@pytest.mark.parametrize(
    "arguments", [("1", "9"), ("x", "2"), ("1", "2", "--workspace", "none"), ("1", "2", "--limit", "0")]
)
def test_the_command_says_what_it_cannot_compare(candidate, arguments) -> None:
    options = arguments if "--workspace" in arguments else (*arguments, "--workspace", "shop")
    with pytest.raises(CommandError):
        call_command("compare_versions", *options)
