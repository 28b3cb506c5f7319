"""The evaluation set: what is stored, what is refused and why, and that no model learns from it."""

from __future__ import annotations

import json

import pytest

from nlu.actions.entities import create_entity_type
from nlu.actions.evaluation_cases import add_case, delete_cases, edit_case, import_cases
from nlu.actions.importing import import_utterances
from nlu.actions.intents import create_intent, delete_intent
from nlu.actions.workspaces import create_workspace
from nlu.errors import DuplicateCase, InvalidData
from nlu.export import dataset_health, training_data
from nlu.models import AuditEntry, EvaluationCase, Intent, Workspace
from nlu.types import DialogueContext

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return create_workspace(slug="bank", name="Bank", default_locale="en", actor=None)


@pytest.fixture
def card(workspace: Workspace) -> Intent:
    create_entity_type(workspace=workspace, name="city", title="", actor=None)
    return create_intent(workspace=workspace, name="card", actor=None)


def add(workspace: Workspace, text: str, intent: Intent | None, **more):
    return add_case(workspace=workspace, text=text, intent=intent, actor=None, **more)


def line(**fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False)


def load(workspace: Workspace, *lines: str, file_format: str = "jsonl"):
    return import_cases(workspace=workspace, lines=lines, file_format=file_format, actor=None)  # type: ignore[arg-type]


def test_a_case_is_masked_and_knows_its_language(workspace, card):
    case = add(workspace, "请打 13800138000 给我", card, note=" as it was said ")
    assert "13800138000" not in case.text
    assert (case.locale, case.source, case.note, case.entities) == ("zh-hans", "staff", "as it was said", None)
    entry = AuditEntry.objects.get(action="evaluation_case.added")
    assert entry.summary == "card"


def test_marks_are_kept_unless_masking_changed_the_text(workspace, card):
    assert add(workspace, "😀 to Oslo", card, entities=((5, 9, "city"),)).entities == [[5, 9, "city"]]
    changed = add(workspace, "13800138000 to Oslo", card, entities=((15, 19, "city"),))
    assert changed.entities is None


@pytest.mark.parametrize(
    "entities", [((0, 99, "city"),), ((0, 2, "planet"),), ((0, 4, "city"), (2, 6, "city")), ((3, 3, "city"),)]
)
def test_bad_marks_are_refused(workspace, card, entities):
    with pytest.raises(InvalidData):
        add(workspace, "send it to Oslo", card, entities=entities)
    assert not EvaluationCase.objects.exists()


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\x00b"])
def test_bad_texts_are_refused(workspace, card, text):
    with pytest.raises(InvalidData):
        add(workspace, text, card)


def test_the_same_text_twice_is_refused_with_the_row_but_not_in_another_context(workspace, card):
    first = add(workspace, "Yes please", card)
    with pytest.raises(DuplicateCase) as caught:
        add(workspace, " YES  please", None)
    assert caught.value.case_id == first.pk
    asked = DialogueContext(previous_message="call 13800138000?", last_bot_act="confirm")
    second = add(workspace, "Yes please", None, context=asked)
    assert second.context["last_bot_act"] == "confirm"
    assert "13800138000" not in second.context["previous_message"]
    with pytest.raises(DuplicateCase):
        add(workspace, "yes please", card, context=asked)


def test_editing_keeps_context_and_origin_and_refuses_another_row_s_text(workspace, card):
    context = DialogueContext(previous_intents=("card",))
    case = add(workspace, "and now?", card, context=context, source="correction")
    add(workspace, "what now?", card, context=context)
    fields = {"intent": None, "locale": "en", "entities": None, "note": "", "actor": None}
    edited = edit_case(case=case, text="and then?", **fields)
    edited.refresh_from_db()
    assert (edited.text, edited.intent, edited.source) == ("and then?", None, "correction")
    assert edited.context == {"previous_intents": ["card"]}
    with pytest.raises(DuplicateCase):
        edit_case(case=case, text="What now?", **fields)


def test_deleting_takes_only_the_workspace_s_own(workspace, card):
    case = add(workspace, "lost it", card)
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    assert delete_cases(workspace=other, ids=[case.pk], actor=None) == 0
    assert delete_cases(workspace=workspace, ids=[case.pk], actor=None) == 1
    assert not EvaluationCase.objects.exists()


def test_an_intent_takes_its_cases_along(workspace, card):
    add(workspace, "lost it", card)
    assert delete_intent(intent=card, actor=None).cases == 1
    assert not EvaluationCase.objects.exists()


def test_a_file_is_loaded_and_every_bad_line_named(workspace, card):
    report = load(
        workspace,
        line(text="to Oslo", intent="card", entities=[[3, 7, "city"]], context={"last_bot_act": "ask"}),
        line(text="the weather"),
        line(text="what", intent="nothing_like_it"),
        "not json",
        line(text="to Mars", intent="card", entities=[[3, 7, "planet"]]),
        line(text="x" * 2001, intent="card"),
        "",
        line(text="THE weather"),
    )
    assert report.added == 2
    assert [error.line for error in report.errors] == [3, 4, 5, 6]
    assert "nothing_like_it" in report.errors[0].message
    assert [one.line for one in report.duplicates] == [8]
    assert not Intent.objects.filter(name="nothing_like_it").exists()
    again = load(workspace, line(text="the weather"))
    assert (again.added, again.duplicates[0].case_id) == (0, EvaluationCase.objects.get(intent=None).pk)
    assert EvaluationCase.objects.get(intent=card).source == "import"


def test_csv_and_the_limits(workspace, card, monkeypatch):
    assert load(workspace, "text,intent\n", "lost,card\n", "gone,card\n", file_format="csv").added == 2
    monkeypatch.setattr("nlu.actions.evaluation_cases.MOST_CASES", 2)
    with pytest.raises(InvalidData):
        add(workspace, "one more", card)
    with pytest.raises(InvalidData):
        load(workspace, line(text="one more", intent="card"))
    monkeypatch.setattr("nlu.actions.evaluation_cases.MOST_LINES", 1)
    report = load(workspace, line(text="lost", intent="card"), line(text="more", intent="card"))
    assert [(one.line, one.message) for one in report.errors] == [(2, "文件超过 1 行，其余已略去。")]


def test_what_a_case_says_is_not_taught(workspace):
    import_utterances(
        workspace=workspace,
        lines=[line(text=f"{word} {n}", intent=word) for word in ("lost", "found") for n in range(3)]
        + [line(text="weather")],
        file_format="jsonl",
        actor=None,
    )
    before = training_data(workspace)
    assert (len(before.examples), len(before.out_of_scope), before.left_out) == (6, 1, 0)
    lost = Intent.objects.get(name="lost")
    leaked = add(workspace, "LOST  1", Intent.objects.get(name="found"))
    add(workspace, "weather", None)
    add(workspace, "completely lost", lost)
    after = training_data(workspace)
    assert (len(after.examples), len(after.out_of_scope), after.left_out) == (5, 0, 2)
    assert "lost 1" not in {example.text for example in after.examples}
    health = dataset_health(workspace)
    assert (health.utterances, health.out_of_scope, health.left_out) == (5, 0, 2)
    rows = {row.pk: row for row in EvaluationCase.objects.with_leaks()}
    assert [row.is_leaked for row in rows.values()].count(True) == 2
    assert (rows[leaked.pk].taught, rows[leaked.pk].taught_id) == ("lost", lost.pk)
    assert EvaluationCase.objects.only_leaked().count() == 2
