"""The forms of steps: what is typed becomes the draft, unchanged forms change nothing, nonsense is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from chat.dialogue.conditions import holds, read_condition
from chat.dialogue.flow_edits import add_step
from chat.dialogue.flow_reader import KINDS, flow_of
from chat.dialogue.flow_text import load_yaml
from chat.models import Flow
from console.flow_page import flow_page
from console.flow_starts import blank_step
from console.forms.flow_kinds import document_of, step_form
from tests.chat.dialogue.flows.travel_flows import FLOWS
from tests.console.screens.flow_texts import edit, edit_step, make_flow, written
from tests.console.screens.shop import Shop

FULL = """
name: full
title: {en: Full}
slots:
  day: {type: date, title: {en: day}}
  pick: {type: choice, title: {en: pick}}
  stars: {type: number, title: {en: stars}}
steps:
  - id: ask
    ask: day
    text: {en: [a, b], zh-hans: [c], de: d}
    again: {en: again}
    quick_replies: {en: [today, tomorrow]}
    attempts: 2
    otherwise: bye
    optional: true
    always: true
    clear: [pick]
    next: pick
  - id: pick
    choose: pick
    text: {en: x}
    options:
      - {value: one, label: {en: [One, First], de: Eins}, words: {en: [1st, first one]}, next: bye}
      - {value: two, label: {en: Two}}
  - id: list
    choose: pick
    text: {en: x}
    from: found.list
    value: "{item.no}"
    label: {en: "{item.no}"}
    empty: bye
    recommend: true
  - {id: sure, confirm: {en: "Yes?"}, yes: rate, no: bye, attempts: 5}
  - {id: sure2, confirm: {en: "Yes?"}, next: rate}
  - id: fork
    branch:
      - when: {all: [{slot: day, is: x}, {any: [{saved: found.a, in: [x, y]}, {profile: t, filled: "true"}]}]}
        next: bye
      - {when: {not: {clock: hour, below: "9"}}, next: rate}
      - {when: {slot: day, filled: "false"}}
    otherwise: list
  - {id: fork2, branch: [{when: {slot: day, is: x}, next: bye}], next: rate}
  - id: call
    action: find_order
    with: {day: "{day}", more: x}
    save: found
    outcomes: {ok: rate, failed: bye, odd: bye}
  - {id: fixed, answer: some-article}
  - {id: found, answer: {search: "{day} rules"}}
  - {id: rate, rate: stars, text: {en: Stars?}}
  - {id: over, handoff: {}, next: bye}
  - {id: off, goto: elsewhere, with: {a: "{day}"}, return: true}
  - {id: bye, end: {en: Bye}, outcome: refused}
  - {id: bare, end: {}}
"""


def as_posted(form: Any) -> QueryDict:
    """What a browser sends for a form that nobody touched."""
    data = QueryDict(mutable=True)
    for bound in form:
        value = bound.value()
        if bound.field.widget.__class__.__name__ == "CheckboxInput":
            if value:
                data[bound.html_name] = "on"
        elif isinstance(value, list | tuple):
            lines = bound.field.__class__.__name__ == "LinesField"
            data.setlist(bound.html_name, ["\r\n".join(value)] if lines else [*value, ""])
            if bound.html_name == "clear":
                data.setlist("clear", list(value))
        else:
            data[bound.html_name] = "" if value is None else str(value)
    for row in getattr(form, "options", []):
        data.appendlist("option-value", row.value)
        data.appendlist("option-next", row.next)
        for text in row.texts:
            data.appendlist(f"option-label-{text.locale}", text.label)
            data.appendlist(f"option-words-{text.locale}", text.words)
    for case in getattr(form, "shown_cases", []):
        data.appendlist("case", case.key)
        data[f"case-{case.key}-next"] = case.next
        for test in case.tests:
            for name in ("join", "what", "name", "test", "value"):
                data.appendlist(f"case-{case.key}-{name}", getattr(test, name))
    return data


PACKED = sorted((Path(__file__).parents[3] / "chat" / "packs").glob("*/flows/*.yaml"))


@pytest.mark.parametrize("number", range(len(FLOWS) + 1))
def test_a_form_that_nobody_touched_changes_nothing(shop: Shop, number: int) -> None:
    assert_kept(shop, load_yaml([*FLOWS, FULL][number]))


@pytest.mark.parametrize("path", PACKED, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_forms_know_everything_that_packs_write(shop: Shop, path: Path) -> None:
    assert_kept(shop, load_yaml(path.read_text(encoding="utf-8")))


def assert_kept(shop: Shop, document: dict[str, Any]) -> None:
    """Saving each form of a flow as it is opened leaves each step as it is written."""
    flow = Flow.objects.create(workspace=shop.workspace, name=document["name"], draft=document)
    page = flow_page(flow)
    assert len(document["steps"]) > 0
    for step in document["steps"]:
        form = step_form(None, page=page, step=step)
        again = step_form(as_posted(form), page=page, step=step)
        assert again.is_valid(), (step["id"], again.errors)
        assert document_of(again) == step


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_step_of_every_kind_can_be_saved_as_it_comes(shop: Shop, teach: Client, kind: str) -> None:
    flow = make_flow(shop)
    answer = edit(teach, flow, "steps/", {"new_kind": kind})
    flow.refresh_from_db()
    step = flow.draft["steps"][-1]
    assert answer["Location"] == f"/console/flows/{flow.pk}/?step={step['id']}"
    assert {key: value for key, value in step.items() if key != "id"} == {
        key: value for key, value in blank_step(kind, {}).items() if key != "id"
    }
    page = teach.get(answer["Location"])
    assert page.status_code == 200
    form = page.context["panel"].form
    posted = {name: form[name].value() or "" for name in form.fields if name != "clear"}
    answer = edit_step(teach, flow, step["id"], kind, {**posted, "slot": ""})
    assert answer.status_code == 302
    flow.refresh_from_db()
    flow_of(flow.draft)


def test_asking_brings_its_slot_and_its_texts(shop: Shop, teach: Client) -> None:
    flow = make_flow(shop)
    edit_step(
        teach,
        flow,
        "which",
        "ask",
        {
            "step_id": "day",
            "slot": "+new",
            "new_title-en": "Pick-up day",
            "new_title-zh-hans": "取件日期",
            "new_type": "date",
            "text-en": ["When?", "", "On which day?\r\nFrom tomorrow."],
            "text-zh-hans": ["哪天？"],
            "quick_replies-en": "Today\n\nTomorrow",
            "again-en": [""],
            "attempts": "5",
            "otherwise": "sorry",
            "optional": "on",
            "next": "tell",
            "clear": ["number"],
        },
    )
    assert written(flow, "day") == {
        "id": "day",
        "ask": "pick_up_day",
        "text": {"en": ["When?", "On which day?\nFrom tomorrow."], "zh-hans": "哪天？"},
        "quick_replies": {"en": ["Today", "Tomorrow"]},
        "attempts": "5",
        "otherwise": "sorry",
        "optional": "true",
        "next": "tell",
        "clear": ["number"],
    }
    assert flow.draft["slots"]["pick_up_day"] == {
        "type": "date",
        "title": {"zh-hans": "取件日期", "en": "Pick-up day"},
    }


def test_options_become_rows_and_rows_options(shop: Shop, teach: Client) -> None:
    flow = make_flow(shop)
    edit(teach, flow, "steps/", {"new_kind": "choose"})
    data = {
        "slot": "+new",
        "new_title-en": "reason",
        "new_type": "choice",
        "text-en": ["Why?"],
        "source": "written",
        "attempts": "3",
        "option-value": ["", "other", ""],
        "option-label-en": ["Too sm\x00all", "Something else", ""],
        "option-label-zh-hans": ["太小", "其他", ""],
        "option-words-en": ["small, tight", "", ""],
        "option-words-zh-hans": ["小，紧、挤", "", ""],
        "option-next": ["tell", "", ""],
    }
    edit_step(teach, flow, "choose", "choose", data)
    assert written(flow, "choose")["options"] == [
        {
            "value": "too_small",
            "label": {"en": "Too small", "zh-hans": "太小"},
            "words": {"en": ["small", "tight"], "zh-hans": ["小", "紧", "挤"]},
            "next": "tell",
        },
        {"value": "other", "label": {"en": "Something else", "zh-hans": "其他"}},
    ]
    for wrong in ({"option-value": ["a", "a", ""]}, {"option-next": ["gone", "", ""]}):
        answer = edit_step(teach, flow, "choose", "choose", {**data, "slot": "reason", **wrong})
        assert answer.context["panel"].form.non_field_errors()


CONDITIONS = [
    {"slot": "n", "is": "10"},
    {"not": {"slot": "n", "above": "9"}},
    {"all": [{"slot": "n", "above": "9"}, {"saved": "r.x", "in": ["a", "b"]}]},
    {
        "any": [
            {"all": [{"slot": "n", "is": "10"}, {"profile": "t", "filled": "true"}]},
            {"clock": "hour", "below": "9"},
        ]
    },
    {
        "not": {
            "any": [
                {"slot": "n", "is_not": "10"},
                {"all": [{"profile": "t", "is": "g"}, {"saved": "r.x", "is": "a"}]},
            ]
        }
    },
    {
        "all": [
            {"any": [{"slot": "n", "is": "1"}, {"slot": "n", "is": "10"}]},
            {"not": {"saved": "r.x", "in": ["q", "z"]}},
        ]
    },
]
VALUES = [
    {("slot", "n"): number, ("saved", "r.x"): letter, ("profile", "t"): tier, ("clock", "hour"): hour}
    for number in ("10", "1", "")
    for letter in ("a", "q", "")
    for tier in ("g", "")
    for hour in ("8", "12")
]


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_a_condition_in_rows_means_what_it_meant(shop: Shop, number: int) -> None:
    """Typed anew, beside another condition so that it is written out afresh."""
    flow = make_flow(shop)
    step = {"id": "fork", "branch": [{"when": CONDITIONS[number], "next": "tell"}]}
    page = flow_page(Flow(workspace=flow.workspace, name="f", draft=add_step(flow.draft, step)))
    data = as_posted(step_form(None, page=page, step=step))
    fresh = step_form(data, page=page, step={"id": "fork", "branch": []})
    assert fresh.is_valid(), fresh.errors
    made = read_condition(fresh.document()["branch"][0]["when"], "when")
    meant = read_condition(CONDITIONS[number], "when")
    for values in VALUES:

        def lookup(source: str, name: str, values: Any = values) -> str:
            return str(values.get((source, name), ""))

        assert holds(made, lookup) == holds(meant, lookup)


def test_a_condition_that_no_rows_can_show_stays_as_it_is(shop: Shop, teach: Client) -> None:
    flow = make_flow(shop)
    when = {"any": [{"slot": "number", "is": str(value)} for value in range(30)]}
    step = {"id": "fork", "branch": [{"when": when, "next": "tell"}]}
    Flow.objects.update(draft=add_step(flow.draft, step))
    page = teach.get(f"/console/flows/{flow.pk}/?step=fork").content.decode()
    assert "stays as it is" in page
    edit_step(teach, flow, "fork", "branch", {"case": ["0"], "case-0-kept": "1", "case-0-next": "sorry"})
    assert written(flow, "fork")["branch"] == [{"when": when, "next": "sorry"}]


@pytest.mark.parametrize(
    "case",
    [
        {"what": ["slot:number"], "test": ["is"], "value": [""]},
        {"what": ["slot:"], "test": ["is"], "value": ["x"]},
        {"what": ["nonsense"], "test": ["is"], "value": ["x"]},
        {"what": ["slot:number"], "test": ["nonsense"], "value": ["x"]},
        {"what": ["clock:minute"], "test": ["is"], "value": ["x"]},
        {"what": ["profile:"], "name": [""], "test": ["is"], "value": ["x"]},
        {"what": [""], "test": ["is"], "value": [""]},
        {"what": ["slot:number"], "test": ["is"], "value": ["x" * 3000]},
    ],
)
def test_a_condition_that_says_nothing_is_told(shop: Shop, teach: Client, case: dict[str, list[str]]) -> None:
    flow = make_flow(shop)
    edit(teach, flow, "steps/", {"new_kind": "branch"})
    sound = {"what": ["profile:"], "name": ["tier"], "test": ["is"], "value": ["gold"]}
    for given, is_saved in ((sound, True), (case, False)):
        data = {f"case-0-{name}": values for name, values in given.items()}
        answer = edit_step(teach, flow, "branch", "branch", {"case": ["0"], "case-0-next": "tell", **data})
        assert (answer.status_code == 302) is is_saved
    assert written(flow, "branch")["branch"] == [{"when": {"profile": "tier", "is": "gold"}, "next": "tell"}]


def test_choosing_an_action_shows_its_inputs_and_saves_nothing(shop: Shop, teach: Client) -> None:
    flow = make_flow(shop)
    shop.action.definition["inputs"] = {"number": {"required": "true"}, "day": {}}
    shop.action.definition["outcomes"] = [{"status": "404", "outcome": "not_found"}]
    shop.action.save()
    edit(teach, flow, "steps/", {"new_kind": "action"})
    before = Flow.objects.get().revision
    answer = edit_step(teach, flow, "action", "action", {"called": "find_order", "do": "refresh"})
    form = answer.context["panel"].form
    assert not form.errors
    assert {"with-number", "with-day", "outcome-not_found"} <= set(form.fields)
    assert Flow.objects.get().revision == before
    data = {
        "called": "find_order",
        "with-number": "{number}",
        "with-day": "",
        "save": "seen",
        "outcome-ok": "tell",
    }
    edit_step(teach, flow, "action", "action", {**data, "outcome-not_found": "sorry", "outcome-failed": "person"})
    assert written(flow, "action") == {
        "id": "action",
        "action": "find_order",
        "with": {"number": "{number}"},
        "save": "seen",
        "outcomes": {"ok": "tell", "not_found": "sorry", "failed": "person"},
    }


@pytest.mark.parametrize(
    ("step", "kind", "wrong"),
    [
        ("which", "ask", {"step_id": "Which one"}),
        ("which", "ask", {"step_id": "end"}),
        ("which", "ask", {"step_id": "tell"}),
        ("which", "ask", {"step_id": ""}),
        ("which", "ask", {"slot": "nosuch"}),
        ("which", "ask", {"text-en": ["x" * 2001]}),
        ("which", "ask", {"text-en": [str(number) for number in range(11)]}),
        ("which", "ask", {"quick_replies-en": "\n".join(str(number) for number in range(11))}),
        ("which", "ask", {"attempts": "6"}),
        ("which", "ask", {"attempts": "nonsense"}),
        ("which", "ask", {"next": "nosuch"}),
        ("which", "ask", {"clear": ["nosuch"]}),
        ("which", "ask", {"slot": "+new"}),
        ("look", "action", {"called": "nosuch"}),
        ("look", "action", {"called": "find_order", "save": "Two words"}),
        ("look", "action", {"called": "find_order", "save": "profile"}),
        ("look", "action", {"called": "find_order", "outcome-ok": "nosuch"}),
        ("tell", "end", {"outcome": "won"}),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_saved(
    shop: Shop, teach: Client, step: str, kind: str, wrong: dict[str, Any]
) -> None:
    flow = make_flow(shop)
    before = flow.draft
    right = {"which": {"slot": "number", "attempts": "3"}, "look": {"called": ""}, "tell": {"outcome": "failed"}}
    answer = edit_step(teach, flow, step, kind, {**right[step], **wrong})
    assert answer.status_code == 200
    assert answer.context["panel"].form.errors
    flow.refresh_from_db()
    assert flow.draft == before
    assert edit_step(teach, flow, step, kind, right[step]).status_code == 302


def test_an_unknown_placeholder_is_told_at_its_step(shop: Shop, teach: Client) -> None:
    flow = make_flow(shop)
    data = {"end-en": ["{number} and {nothing}"], "end-zh-hans": ["{number"], "outcome": "completed"}
    edit_step(teach, flow, "tell", "end", data)
    page = teach.get(f"/console/flows/{flow.pk}/?step=tell")
    assert {trouble.problem.kind for trouble in page.context["panel_troubles"]} == {"unknown_slot", "stray_brace"}
    assert "There is no slot “nothing” in this flow." in page.content.decode()
    assert 'data-insert="&#123;number&#125;"' in page.content.decode()
