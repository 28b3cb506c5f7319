"""The shadow's disagreements on the screens: the version's page, its list of messages, and the review queue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from chat.actions.review_contests import file_disagreements
from chat.actions.review_filing import file_turns
from chat.actions.reviews import confirm_parts, correct_turn
from chat.actions.workers import beat
from chat.models import Review, ShadowScore, Turn
from chat.models.workers import WorkerRole
from nlu.actions.shadows import note_shadow_problem, start_shadow, stop_shadow
from nlu.inference import version_dir
from nlu.models import AuditEntry, ModelVersion, ShadowRun
from nlu.models.shadows import ShadowProblem
from nlu.types import IntentSpan
from tests.console.reviews.conftest import signed_in
from tests.nlu.held_out_scene import write_version_folder

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def url(name: str = "", number: int = 8) -> str:
    return reverse(f"console:training_{name or 'version'}", args=[number])


@pytest.fixture
def candidate(settings, tmp_path: Path, desk) -> ModelVersion:
    """v8, beside the active v7."""
    settings.MODEL_DIR = tmp_path
    made = []
    for number, status in ((7, "active"), (8, "candidate")):
        version = ModelVersion(
            workspace=desk.workspace, number=number, status=status, folder=str(number), dataset_fingerprint="0"
        )
        version.manifest_hash = write_version_folder(version_dir(version), None)
        version.save()
        made.append(version)
    return made[1]


@pytest.fixture
def operator(desk) -> Client:
    return signed_in(desk.person("teacher", "operator"))


def score(run: ShadowRun, turn: Turn, said: str, understood: str = "refund") -> ShadowScore:
    return ShadowScore.objects.create(
        run=run,
        turn=turn,
        active=ModelVersion.objects.get(number=7),
        understood=understood,
        said=said,
        intent=said or "pay",
        confidence=0.83,
        rejected=not said,
        disagrees=said != understood,
        to_file=said != understood,
    )


def test_an_operator_starts_and_stops_it(operator: Client, candidate: ModelVersion) -> None:
    page = text(operator.get(url()))
    assert "Start the shadow" in page
    assert "these messages come first in the review queue" in page
    assert 'id="shadow"' not in text(operator.get(url(number=7)))
    page = text(operator.post(url("shadow_start"), follow=True))
    assert "v8 reads along from the next message on." in page
    assert "Stop the shadow" in page
    assert "No message yet." in page
    assert "No turn worker is running" in page
    beat(name="t", role=WorkerRole.TURNS)
    assert "No turn worker is running" not in text(operator.get(url()))
    page = text(operator.post(url("shadow_stop"), follow=True))
    assert "What it found stays." in page
    assert "Start the shadow again" in page
    assert "No message came while it read along." in page
    assert "is not the shadow any more" in text(operator.post(url("shadow_stop"), follow=True))


@pytest.mark.parametrize(
    ("ending", "word"), [("activated", "已启用"), ("stopped", "已停止"), ("retired", "已搁置")]
)
def test_how_it_ended_has_its_own_word_in_chinese(operator: Client, candidate, ending: str, word: str) -> None:
    ShadowRun.objects.create(
        workspace=candidate.workspace, version=candidate, ending=ending, ended_at=timezone.now()
    )
    page = text(operator.get(url(), headers={"accept-language": "zh-CN"}))
    assert f'<span class="badge">{word}</span></h2>' in page
    with translation.override("zh-hans"):
        assert translation.gettext("activated") == "启用于"  # before the time, e.g. on the dashboard


def test_what_stands_against_it_is_said(operator: Client, candidate: ModelVersion, desk) -> None:
    other = ModelVersion.objects.create(
        workspace=desk.workspace, number=9, folder="9", manifest_hash="0" * 64, dataset_fingerprint="0"
    )
    assert "damaged or missing" in text(operator.post(url("shadow_start", 9), follow=True))
    assert "Only a candidate can be a shadow." in text(operator.post(url("shadow_start", 7), follow=True))
    start_shadow(version=candidate, actor=None)
    page = text(operator.get(url(number=other.number)))
    assert "is the shadow at present" in page
    assert "Start the shadow" not in page
    assert "v8 is the shadow already." in text(operator.post(url("shadow_start", 9), follow=True))
    stop_shadow(version=candidate, actor=None)
    ModelVersion.objects.filter(number=7).update(status="retired")
    assert "no active version to compare" in text(operator.post(url("shadow_start"), follow=True))


def test_a_supervisor_sees_it_but_does_not_start_it(chief: Client, candidate: ModelVersion) -> None:
    start_shadow(version=candidate, actor=None)
    page = text(chief.get(url()))
    assert "reading along" in page
    assert "Stop the shadow" not in page


def test_what_goes_wrong_is_on_the_page(operator: Client, candidate: ModelVersion) -> None:
    run = start_shadow(version=candidate, actor=None)
    note_shadow_problem(run_id=run.pk, problem=ShadowProblem.UNLOADABLE)
    page = text(operator.get(url()))
    assert "The shadow cannot be loaded" in page
    note_shadow_problem(run_id=run.pk, problem=ShadowProblem.FAILED, unscored=2)
    page = text(operator.get(url()))
    assert "cannot be loaded" not in page
    assert "2 messages could not be scored" in page


def test_the_numbers_lead_to_the_messages(operator: Client, chief: Client, candidate, desk, supervisor) -> None:
    run = start_shadow(version=candidate, actor=None)
    said = {"my money back": "pay", "give me money": "pay", "the money": "", "i want a refund": "refund"}
    turns = {words: desk.ask(words) for words in said}
    for words, meant in said.items():
        score(run, turns[words], meant)
    file_turns(workspace=desk.workspace)
    correct_turn(turn=turns["give me money"], intent=desk.intents["pay"], actor=supervisor)
    page = text(operator.get(url()))
    assert f'<a href="{url("shadow_turns")}?show=all">4</a>' in page
    assert f'<a href="{url("shadow_turns")}">3</a>' in page
    assert "75.0" in page
    assert f"{url('shadow_turns')}?from=refund&amp;to=pay" in page
    assert f"{url('shadow_turns')}?from=refund&amp;to=out_of_scope" in page
    assert "compared with v7" in page
    assert "1 of 1" in page
    fragment = text(operator.get(url("shadow"), headers={"HX-Request": "true"}))
    assert "<html" not in fragment
    assert 'id="shadow"' in fragment
    assert operator.get(url("shadow")).url == f"{url()}#shadow"

    pair = text(chief.get(url("shadow_turns"), {"from": "refund", "to": "pay"}))
    assert "my money back" in pair
    assert "the money<" not in pair
    transcript = reverse("console:transcript", args=[turns["my money back"].conversation.uuid])
    assert f"{transcript}?turn={turns['my money back'].pk}" in pair
    assert "the money" in text(operator.get(url("shadow_turns"), {"to": "out_of_scope"}))
    assert "i want a refund" not in text(operator.get(url("shadow_turns")))
    assert "i want a refund" in text(operator.get(url("shadow_turns"), {"show": "all"}))
    assert "Nothing is understood differently here." in text(operator.get(url("shadow_turns"), {"from": "\x00x"}))
    lines = b"".join(operator.get(url("shadow_turns"), {"to": "pay", "format": "csv"}).streaming_content).decode()
    assert [line.split(",")[1:5] for line in lines.splitlines()[1:]] == [
        ["give me money", "en", "refund", "pay"],
        ["my money back", "en", "refund", "pay"],
    ]


def test_of_two_active_versions_the_newer_is_counted(operator: Client, candidate, desk) -> None:
    run = start_shadow(version=candidate, actor=None)
    score(run, desk.ask("one"), "pay")
    ModelVersion.objects.filter(number=7).update(status="retired")
    newer = ModelVersion.objects.create(
        workspace=desk.workspace, number=9, status="active", folder="9", manifest_hash="0" * 64
    )
    ShadowScore.objects.filter(pk=score(run, desk.ask("two"), "track").pk).update(active=newer)
    page = text(operator.get(url()))
    assert "compared with v9" in page
    assert f'<a href="{url("shadow_turns")}">1</a>' in page
    assert "two" in text(operator.get(url("shadow_turns")))
    assert "one<" not in text(operator.get(url("shadow_turns")))


def test_the_queue_says_what_the_shadow_understood_and_takes_its_key(chief: Client, candidate, desk) -> None:
    run = start_shadow(version=candidate, actor=None)
    plain = desk.ask("i want a refund")
    turn = desk.ask("my money back")
    outside = desk.ask("some money")
    score(run, plain, "refund")
    score(run, turn, "pay")
    score(run, outside, "")
    page = text(chief.get(reverse("console:reviews")))
    assert page.count("v8, the shadow: pay") == 1
    assert page.count("v8, the shadow: out of scope") == 1
    assert page.index("my money back") < page.index("i want a refund")
    # Pay was none of the assistant's own guesses; the shadow brings it along under the next key.
    key = re.search(
        r'name="intent" value="(\d+)" data-choice="3"[^>]*>.{0,400}?as the shadow understands it', page
    )
    assert key is not None
    assert int(key.group(1)) == desk.intents["pay"].pk
    row = Review.objects.get(turn=turn)
    chief.post(reverse("console:review_answer", args=[row.pk]), {"intent": desk.intents["pay"].pk})
    row.refresh_from_db()
    assert (row.answer_name, row.was_right) == ("pay", False)
    only = text(chief.get(reverse("console:reviews"), {"reason": "shadow"}))
    assert "some money" in only
    assert "i want a refund" not in only
    exported = b"".join(chief.get(reverse("console:reviews_export")).streaming_content).decode()
    assert "out_of_scope" in next(line for line in exported.splitlines() if line.startswith("some money"))


def test_a_shadow_s_intent_takes_the_last_key_when_all_are_taken(chief: Client, candidate, desk) -> None:
    from nlu.actions.intents import create_intent

    names = [f"intent_{number}" for number in range(6)]
    for name in names:
        create_intent(workspace=desk.workspace, name=name, actor=None)
    run = start_shadow(version=candidate, actor=None)
    turn = desk.ask("my money back", intents=tuple((name, 0.5 - place / 20) for place, name in enumerate(names)))
    score(run, turn, "pay", understood="intent_0")
    page = text(chief.get(reverse("console:reviews")))
    assert page.count("data-choice=") == 5
    assert re.search(rf'value="{desk.intents["pay"].pk}" data-choice="5"', page)


def test_an_answer_counts_once_for_its_wording_and_only_since_the_run_began(
    operator: Client, candidate, desk, supervisor
) -> None:
    for words in ("my money back", "give me money"):
        correct_turn(turn=desk.ask(words), intent=desk.intents["pay"], actor=supervisor)
    run = start_shadow(version=candidate, actor=None)
    for words, said in (("my money back", "pay"), ("give me money", "pay"), ("the money", "track")):
        score(run, desk.ask(words), said)
    file_turns(workspace=desk.workspace)
    assert "reviewed differences" not in text(operator.get(url()))
    again = [desk.ask("where is my money") for _ in range(3)]
    for turn in again:
        score(run, turn, "pay")
    file_turns(workspace=desk.workspace)
    correct_turn(turn=again[0], intent=desk.intents["pay"], actor=supervisor)
    correct_turn(
        turn=Turn.objects.get(shadow_score__said="track"), intent=desk.intents["refund"], actor=supervisor
    )
    correct_turn(
        turn=score(run, desk.ask("do you take cash"), "").turn, intent=desk.intents["pay"], actor=supervisor
    )
    page = text(operator.get(url()))
    assert "1 of 3" in page
    assert "v7 was right 1 times" in page


def test_the_newest_active_version_is_looked_up_once(operator: Client, candidate, desk) -> None:
    run = start_shadow(version=candidate, actor=None)
    for words in ("my money back", "give me money"):  # two, so that the list itself is no query for one row
        score(run, desk.ask(words), "pay")
    for address in (url("shadow_turns"), url()):
        with CaptureQueriesContext(connection) as queries:
            operator.get(address)
        newest = [
            query["sql"] for query in queries if 'ORDER BY "chat_shadowscore"."id" DESC LIMIT 1' in query["sql"]
        ]
        assert len(newest) == 1, address


def test_who_takes_the_messages_away_is_written_down(chief: Client, candidate, desk, supervisor) -> None:
    run = start_shadow(version=candidate, actor=None)
    score(run, desk.ask("my money back"), "pay")
    score(run, desk.ask("i want a refund"), "refund")
    exports = AuditEntry.objects.filter(action="shadow_turns.exported")
    chief.get(url("shadow_turns"))
    assert not exports.exists()
    chief.get(url("shadow_turns"), {"format": "csv"})
    entry = exports.get()
    assert (entry.actor, entry.summary) == (supervisor, "v8: 1")


def test_the_score_is_beside_the_neediest_turn_of_its_wording(chief: Client, candidate, desk) -> None:
    run = start_shadow(version=candidate, actor=None)
    desk.ask("my money back", intents=(("refund", 0.35), ("track", 0.3)))
    score(run, desk.ask("my money back"), "pay")
    page = text(chief.get(reverse("console:reviews")))
    assert "v8, the shadow: pay" in page
    assert "two intents close together" in page
    assert re.search(rf'value="{desk.intents["pay"].pk}" data-choice="3"', page)


def test_an_intent_that_is_gone_has_no_key(chief: Client, candidate, desk) -> None:
    run = start_shadow(version=candidate, actor=None)
    score(run, desk.ask("my money back"), "gone_since")
    file_turns(workspace=desk.workspace)
    file_disagreements(workspace=desk.workspace)
    page = text(chief.get(reverse("console:reviews")))
    assert "v8, the shadow: gone since" in page
    assert "as the shadow understands it" not in page


def test_answers_about_parts_are_no_verdict_on_whole_messages(
    operator: Client, candidate: ModelVersion, desk, supervisor
) -> None:
    run = start_shadow(version=candidate, actor=supervisor)
    parts = (IntentSpan("track", 0.9, 0, 11), IntentSpan("refund", 0.8, 16, 25))
    unclear = (("refund", 0.5), ("track", 0.45))
    turns = [
        desk.ask(f"where is it and refund me {word}", intents=unclear, several=parts) for word in ("a", "b", "c")
    ]
    for turn in turns:
        score(run, turn, "pay")
    file_turns(workspace=desk.workspace)
    correct_turn(turn=turns[0], intent=desk.intents["pay"], part=1, actor=supervisor)
    confirm_parts(turn=turns[1], actor=supervisor)
    page = text(operator.get(url()))
    assert "The shadow was right" not in page
    correct_turn(turn=turns[2], intent=desk.intents["pay"], actor=supervisor)
    assert "1 of 1" in text(operator.get(url()))
