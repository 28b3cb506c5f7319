"""A correction's marks: they stay with their words when blanks are folded, and never point anywhere else."""

from __future__ import annotations

import pytest

from chat.actions.reviews import correct_turn
from chat.models import Turn
from nlu.actions.entities import create_entity_type
from nlu.errors import InvalidData
from nlu.models import EvaluationCase, Utterance

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "span", "marked"),
    [
        ("bring it\nto Oslo", (12, 16), (12, 16)),
        ("bring it\r\n\r\nto  Oslo please", (16, 20), (12, 16)),
        ("  bring it to New \n York now", (14, 24), (12, 20)),
        ("\u3000带到\u3000\u3000奥斯陆\n吧", (5, 8), (3, 6)),
        ("\U0001f600\n\nto Oslo-Nord", (6, 10), (5, 9)),
        ("bring it to Oslo ", (11, 17), (12, 16)),
        ("bring it to Oslo", (12, 16), (12, 16)),
        ("Oslo", (0, 4), (0, 4)),
    ],
)
def test_marks_stay_where_their_words_are_when_blanks_are_folded(desk, supervisor, text, span, marked):
    create_entity_type(workspace=desk.workspace, name="place", actor=None)
    turn = desk.ask(text)
    Turn.objects.filter(pk=turn.pk).update(parse={**turn.parse, "text": text})
    correct_turn(turn=turn, intent=desk.intents["track"], entities=((*span, "place"),), actor=supervisor)
    utterance = Utterance.objects.get()
    [mark] = utterance.annotations.all()
    assert (mark.start, mark.end) == marked
    assert utterance.text == " ".join(text.split())
    assert utterance.text[mark.start : mark.end] == " ".join(text[span[0] : span[1]].split())
    case = EvaluationCase.objects.get()
    assert (case.text, case.entities) == (utterance.text, [[*marked, "place"]])


@pytest.mark.parametrize("span", [(8, 9), (8, 10), (12, 99), (-1, 3), (4, 4)])
def test_marks_of_blanks_and_outside_of_the_text_are_refused(desk, supervisor, span):
    create_entity_type(workspace=desk.workspace, name="place", actor=None)
    turn = desk.ask("bring it  to Oslo")
    Turn.objects.filter(pk=turn.pk).update(parse={**turn.parse, "text": "bring it \nto Oslo"})
    with pytest.raises(InvalidData):
        correct_turn(turn=turn, intent=None, entities=((*span, "place"),), actor=supervisor)
    assert not Utterance.objects.exists()
    assert not EvaluationCase.objects.exists()


def test_marks_of_a_text_that_masking_changed_are_left_out(desk, supervisor):
    create_entity_type(workspace=desk.workspace, name="place", actor=None)
    turn = desk.ask("to Oslo")
    Turn.objects.filter(pk=turn.pk).update(parse={**turn.parse, "text": "13800138000\nto Oslo"})
    correct_turn(turn=turn, intent=None, entities=((15, 19, "place"),), actor=supervisor)
    assert Utterance.objects.get().annotations.count() == 0
    assert EvaluationCase.objects.get().entities is None
