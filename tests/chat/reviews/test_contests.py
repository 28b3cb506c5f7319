"""What a shadow understands differently comes first in the review queue, for as long as the shadow runs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.actions import review_contests
from chat.actions.review_contests import file_all_disagreements, file_disagreements
from chat.actions.review_filing import file_turns
from chat.actions.reviews import correct_turn, skip_review, undo_review
from chat.models import Review, ShadowScore, Turn
from chat.models.turns import Filing
from chat.review_need import CONTESTED
from nlu.models import ModelVersion, ShadowRun

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


@pytest.fixture
def run(desk) -> ShadowRun:
    """A shadow, v8, beside v7."""
    versions = [
        ModelVersion.objects.create(
            workspace=desk.workspace,
            number=number,
            status=status,
            folder=str(number),
            manifest_hash="0" * 64,
            dataset_fingerprint="0",
        )
        for number, status in ((7, "active"), (8, "candidate"))
    ]
    return ShadowRun.objects.create(workspace=desk.workspace, version=versions[1])


def score(run: ShadowRun, turn: Turn, said: str, *, confidence: float = 0.83) -> ShadowScore:
    """What the shadow made of a turn that was taken for a refund."""
    active = ModelVersion.objects.get(workspace=run.workspace, number=7)
    disagrees = said != "refund"
    return ShadowScore.objects.create(
        run=run,
        turn=turn,
        active=active,
        understood="refund",
        said=said,
        intent=said or "pay",
        confidence=confidence,
        rejected=not said,
        disagrees=disagrees,
        to_file=disagrees,
    )


def end(run: ShadowRun) -> None:
    ShadowRun.objects.filter(pk=run.pk).update(ended_at=timezone.now(), ending="stopped")


def file_all(desk) -> None:
    file_turns(workspace=desk.workspace)
    file_disagreements(workspace=desk.workspace)


def test_disagreements_come_before_doubts_and_objections(desk, run) -> None:
    certain = desk.ask("my money back, please")
    agreed = desk.ask("i want a refund now")
    desk.ask("where is it", intents=(("track", 0.3), ("pay", 0.28)))
    desk.ask("is it raining", intents=(), in_scope=False)
    file_all(desk)
    assert desk.queue()[-2:] == ["i want a refund now", "my money back, please"]
    score(run, certain, "pay")
    score(run, agreed, "refund")
    file_all(desk)
    assert desk.queue()[0] == "my money back, please"
    assert desk.queue()[-1] == "i want a refund now"
    row = Review.objects.get(turn=certain)
    assert row.shadow.said == "pay"
    assert row.need > CONTESTED


def test_the_order_of_filing_and_scoring_does_not_matter(desk, run) -> None:
    early = desk.ask("my money back, please")
    score(run, early, "pay")
    file_disagreements(workspace=desk.workspace)
    assert not Review.objects.exists()
    file_all(desk)
    assert Review.objects.get(turn=early).shadow is not None
    late = desk.ask("give me my money")
    file_all(desk)
    score(run, late, "")
    file_all(desk)
    assert Review.objects.get(turn=late).shadow.rejected


def test_a_contest_takes_nothing_from_the_row(desk, run) -> None:
    """Two turns of one wording: the doubtful one is shown; the shadow contests the other."""
    conversation = desk.conversation()
    first = desk.ask("give it back", intents=(("refund", 0.35), ("pay", 0.3)), conversation=conversation)
    desk.ask("give it back to me", conversation=conversation)
    desk.ask("where is it", intents=(("track", 0.3), ("pay", 0.28)))
    file_all(desk)
    shown = ("turn_id", "doubt", "objection", "understood")
    before = Review.objects.filter(turn=first).values(*shown).get()
    need = Review.objects.get(turn=first).need
    assert (before["doubt"], before["objection"]) == ("lead", "rephrased")
    queue = desk.queue()
    second = desk.ask("give it back")
    score(run, second, "pay")
    file_all(desk)
    row = Review.objects.get(turn=first)
    assert Review.objects.filter(pk=row.pk).values(*shown).get() == before
    assert row.shadow.turn_id == second.pk
    assert row.need == pytest.approx(need + CONTESTED)
    end(run)
    file_disagreements(workspace=desk.workspace)
    row = Review.objects.get(turn=first)
    assert Review.objects.filter(pk=row.pk).values(*shown).get() == before
    assert (row.shadow, row.need) == (None, pytest.approx(need))
    assert desk.queue() == queue


def test_a_needier_turn_is_shown_and_stays_contested(desk, run) -> None:
    first = desk.ask("again")
    score(run, first, "pay")
    file_all(desk)
    assert Review.objects.get().turn_id == first.pk
    second = desk.ask("again", intents=(("refund", 0.31), ("pay", 0.3)))
    file_all(desk)
    row = Review.objects.get()
    assert (row.turn_id, row.doubt, row.shadow.turn_id, row.seen) == (second.pk, "lead", first.pk, 2)
    assert row.need > CONTESTED + 2


def test_the_score_of_the_shown_turn_goes_before_that_of_another(desk, run) -> None:
    first = desk.ask("again", intents=(("refund", 0.31), ("pay", 0.3)))
    second = desk.ask("again")
    for turn, said in ((second, "track"), (first, "pay")):
        score(run, turn, said)
        file_all(desk)
    score(run, desk.ask("again"), "")
    file_all(desk)
    row = Review.objects.get()
    assert (row.turn_id, row.shadow.turn_id, row.shadow.said) == (first.pk, first.pk, "pay")


def test_contests_go_and_come_with_the_version_that_they_contest(desk, run) -> None:
    contested, waiting = desk.ask("my money back, please"), desk.ask("give me my money")
    score(run, contested, "pay")
    file_all(desk)
    score(run, waiting, "pay")
    seven = ModelVersion.objects.get(number=7)
    ModelVersion.objects.filter(pk=seven.pk).update(status="retired")
    nine = ModelVersion.objects.create(
        workspace=desk.workspace, number=9, status="active", folder="9", manifest_hash="0" * 64
    )
    file_all(desk)
    assert not Review.objects.filter(need__gte=CONTESTED).exists()
    assert not Review.objects.filter(shadow__isnull=False).exists()
    later = desk.ask("pay me back now")
    ShadowScore.objects.filter(pk=score(run, later, "pay").pk).update(active=nine)
    file_all(desk)
    assert Review.objects.get(shadow__isnull=False).turn_id == later.pk
    ModelVersion.objects.filter(pk=nine.pk).update(status="retired")
    ModelVersion.objects.filter(pk=seven.pk).update(status="active")
    file_all(desk)
    assert set(Review.objects.filter(shadow__isnull=False).values_list("turn", flat=True)) == {
        contested.pk,
        waiting.pk,
    }


def test_a_queue_with_nothing_to_change_takes_no_lock(desk, run) -> None:
    def begun() -> int:
        with CaptureQueriesContext(connection) as queries:
            file_disagreements(workspace=desk.workspace)
        return sum(query["sql"].startswith("BEGIN") for query in queries)

    turn = desk.ask("my money back, please")
    file_all(desk)
    assert begun() == 0
    score(run, turn, "pay")
    assert begun() == 1
    end(run)
    assert begun() == 1
    assert begun() == 0


def test_the_queue_lowers_one_batch_and_leaves_the_rest_to_the_job(desk, run, monkeypatch) -> None:
    monkeypatch.setattr(review_contests, "LOWERED_AT_ONCE", 2)
    for number in range(5):
        score(run, desk.ask(f"money for order {number} please"), "pay")
    file_all(desk)
    end(run)
    assert not file_disagreements(workspace=desk.workspace)
    assert Review.objects.filter(need__gte=CONTESTED).count() == 3
    file_all_disagreements(workspace_id=desk.workspace.pk)
    assert not Review.objects.filter(need__gte=CONTESTED).exists()


def test_an_objection_that_comes_later_leaves_it_first(desk, run) -> None:
    conversation = desk.conversation()
    turn = desk.ask("my money back, please", conversation=conversation)
    score(run, turn, "pay")
    file_all(desk)
    desk.ask("my money back please now", conversation=conversation)
    file_all(desk)
    row = Review.objects.get(turn=turn)
    assert row.objection == "rephrased"
    assert row.need > CONTESTED
    assert row.shadow_id is not None


def test_when_the_shadow_ends_the_rows_take_their_old_places(desk, run) -> None:
    turn = desk.ask("my money back, please")
    file_all(desk)
    before = Review.objects.get(turn=turn).need
    score(run, turn, "pay")
    file_all(desk)
    end(run)
    file_disagreements(workspace=desk.workspace)
    row = Review.objects.get(turn=turn)
    assert row.need == pytest.approx(before)
    assert row.shadow is None
    late = desk.ask("give me my money")
    score(run, late, "pay")
    file_all(desk)
    assert Review.objects.get(turn=late).shadow is None


def test_what_people_answered_or_skipped_is_not_asked_again(desk, run, supervisor) -> None:
    answered = desk.ask("my money back, please")
    skipped = desk.ask("give me my money")
    file_all(desk)
    correct_turn(turn=answered, intent=desk.intents["pay"], actor=supervisor)
    skip_review(review=Review.objects.get(turn=skipped), actor=supervisor)
    score(run, answered, "pay")
    score(run, skipped, "pay")
    file_all(desk)
    assert desk.queue() == []
    assert Review.objects.get(turn=answered).status == "answered"
    assert Review.objects.get(turn=skipped).status == "skipped"


def test_an_answer_can_be_taken_back_and_is_first_again(desk, run, supervisor) -> None:
    turn = desk.ask("my money back, please")
    score(run, turn, "pay")
    file_all(desk)
    review = correct_turn(turn=turn, intent=desk.intents["pay"], actor=supervisor)
    assert review.shadow_id is not None
    row = undo_review(review=review, actor=supervisor)
    assert row.need > CONTESTED
    assert desk.queue() == ["my money back, please"]


def test_what_was_contested_while_it_had_an_answer_is_first_once_that_is_taken_back(desk, run, supervisor) -> None:
    turn, agreed = desk.ask("my money back, please"), desk.ask("i want a refund now")
    file_all(desk)
    reviews = [correct_turn(turn=one, intent=desk.intents["pay"], actor=supervisor) for one in (turn, agreed)]
    score(run, turn, "pay")
    score(run, agreed, "refund")
    file_all(desk)
    assert not Review.objects.filter(shadow__isnull=False).exists()
    for review in reviews:
        undo_review(review=review, actor=supervisor)
    file_all(desk)
    assert Review.objects.get(shadow__isnull=False).turn_id == turn.pk
    assert desk.queue() == ["my money back, please", "i want a refund now"]


def test_an_erased_conversation_takes_its_score_along(desk, run) -> None:
    turn = desk.ask("my money back, please")
    score(run, turn, "pay")
    other = desk.ask("my money back, please")
    file_all(desk)
    turn.conversation.delete()
    Turn.objects.filter(pk=other.pk).update(filing=Filing.FILED)
    file_all(desk)
    row = Review.objects.get()
    assert (row.turn_id, row.shadow) == (other.pk, None)
    assert row.need < CONTESTED


def test_an_erased_contest_leaves_the_row_its_own_place(desk, run) -> None:
    shown = desk.ask("again", intents=(("refund", 0.31), ("pay", 0.3)))
    contested = desk.ask("again")
    score(run, contested, "pay")
    file_all(desk)
    assert Review.objects.get().need > CONTESTED
    contested.conversation.delete()
    file_all(desk)
    row = Review.objects.get()
    assert (row.turn_id, row.shadow, row.doubt) == (shown.pk, None, "lead")
    assert 2 < row.need < CONTESTED


def test_a_tapped_reply_is_nothing_to_review(desk, run) -> None:
    conversation = desk.conversation()
    desk.ask("hello", conversation=conversation, quick_replies=("Refund",))
    tapped = desk.ask("Refund", conversation=conversation)
    file_all(desk)
    score(run, tapped, "pay")
    file_all(desk)
    assert "Refund" not in desk.queue()
    assert not ShadowScore.objects.filter(to_file=True).exists()


def test_many_are_filed_by_the_job(desk, run) -> None:
    turns = [desk.ask(f"money for order {number}") for number in range(6)]
    for turn in turns:
        score(run, turn, "pay")
    file_turns(workspace=desk.workspace)
    assert file_all_disagreements(workspace_id=desk.workspace.pk) == 6
    assert Review.objects.filter(shadow__isnull=False).count() == 6
