"""Editing a flow: moving, copying, deleting with a way back, slots and settings, two people at once, fragments."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chat.dialogue.flow_text import load_yaml
from chat.models import Flow
from chat.models.profiles import ProfileAttribute
from nlu.models import AuditEntry
from tests.console.screens.flow_texts import SOUND, edit, edit_step, make_flow, written
from tests.console.screens.shop import Shop

ASK = {"slot": "number", "attempts": "3", "text-en": ["Which?"], "text-zh-hans": ["单号？"]}
HTMX = {"HX-Request": "true", "HX-Target": "flow-form"}


@pytest.fixture
def flow(shop: Shop) -> Flow:
    return make_flow(shop)


def order(flow: Flow) -> list[str]:
    flow.refresh_from_db()
    return [step["id"] for step in flow.draft["steps"]]


@pytest.mark.parametrize(
    ("do", "steps", "opened"),
    [
        ("save", ["which", "look", "tell", "sorry"], "which"),
        ("down", ["look", "which", "tell", "sorry"], "which"),
        ("up", ["which", "look", "tell", "sorry"], "which"),
        ("copy", ["which", "which_2", "look", "tell", "sorry"], "which_2"),
        ("add", ["which", "say", "look", "tell", "sorry"], "say"),
    ],
)
def test_every_button_of_a_step_saves_it_first(
    teach: Client, flow: Flow, do: str, steps: list[str], opened: str
) -> None:
    answer = edit_step(teach, flow, "which", "ask", {**ASK, "do": do, "new_kind": "say"})
    assert order(flow) == steps
    assert answer["Location"] == f"/console/flows/{flow.pk}/?step={opened}"
    assert written(flow, "which")["text"]["en"] == "Which?"


def test_a_fragment_brings_the_outline_and_the_map_with_it(teach: Client, flow: Flow) -> None:
    answer = edit_step(teach, flow, "which", "ask", {**ASK, "step_id": "number"}, headers=HTMX)
    page = answer.content.decode()
    assert "<html" not in page
    for place in (
        'id="flow-form"',
        'id="flow-outline"',
        'id="flow-map-body" hx-swap-oob="true"',
        'id="flow-state"',
    ):
        assert place in page
    assert answer["HX-Push-Url"] == f"/console/flows/{flow.pk}/?step=number"
    assert 'name="revision" value="2"' in page


@pytest.mark.parametrize("kind", ["", "nonsense", "say"])
def test_a_kind_that_the_step_has_not_changes_nothing_of_it(teach: Client, flow: Flow, kind: str) -> None:
    edit_step(teach, flow, "which", kind, ASK)
    assert written(flow, "which")["ask"] == "number"
    # What was typed for a step that has become another one is kept as a step of its own.
    assert order(flow)[4:] == (["which_2"] if kind == "say" else [])


def test_adding_asks_for_a_kind(teach: Client, flow: Flow) -> None:
    edit(teach, flow, "steps/", {"new_kind": "nonsense"})
    edit_step(teach, flow, "which", "ask", {**ASK, "do": "add"})
    assert order(flow) == ["which", "look", "tell", "sorry"]


def test_a_deleted_step_comes_back(teach: Client, flow: Flow) -> None:
    before = flow.draft
    answer = edit(teach, flow, "steps/sorry/delete/", {})
    assert order(flow) == ["which", "look", "tell"]
    assert flow.draft["steps"][1]["outcomes"] == {"failed": "end"}
    page = teach.get(answer["Location"]).content.decode()
    assert "The step “sorry” is deleted. 1 step that led to it leads to the end now." in page
    key = page.split("/console/undo/")[1].split("/")[0]
    assert teach.post(f"/console/undo/{key}/")["Location"] == f"/console/flows/{flow.pk}/"
    flow.refresh_from_db()
    assert flow.draft == before


def test_what_was_changed_since_is_not_taken_back(teach: Client, flow: Flow) -> None:
    answer = edit(teach, flow, "steps/sorry/delete/", {})
    key = teach.get(answer["Location"]).content.decode().split("/console/undo/")[1].split("/")[0]
    edit_step(teach, flow, "which", "ask", ASK)
    teach.post(f"/console/undo/{key}/")
    assert order(flow) == ["which", "look", "tell"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_two_people_at_once_lose_nothing(teach: Client, flow: Flow, headers: dict[str, str]) -> None:
    edit_step(teach, flow, "tell", "end", {"end-en": ["Theirs"], "end-zh-hans": ["好"], "outcome": "completed"})
    answer = edit_step(teach, flow, "which", "ask", {**ASK, "revision": "1"}, headers=headers)
    page = answer.content.decode()
    assert "operator has changed this draft meanwhile" in page
    assert "Which?" in page
    assert written(flow, "which")["text"]["en"] == ["Your number?", "Which number?"]
    # The form names the draft as it is now, so that saving again takes both changes.
    assert 'name="revision" value="2"' in page
    edit_step(teach, flow, "which", "ask", {**ASK, "revision": "2"})
    assert written(flow, "which")["text"]["en"] == "Which?"
    assert written(flow, "tell")["end"]["en"] == "Theirs"


def test_a_step_that_somebody_else_deleted_is_kept_in_the_form(teach: Client, flow: Flow) -> None:
    edit(teach, flow, "steps/which/delete/", {})
    answer = edit_step(teach, flow, "which", "ask", {**ASK, "revision": "1"})
    assert "operator has deleted this" in answer.content.decode()
    edit_step(teach, flow, "which", "ask", ASK)
    assert order(flow) == ["look", "tell", "sorry", "which"]


@pytest.mark.parametrize("path", ["steps/", "steps/sorry/delete/", "slots/number/delete/"])
def test_an_act_on_an_old_page_is_refused(teach: Client, flow: Flow, path: str) -> None:
    edit_step(teach, flow, "which", "ask", ASK)
    for revision in ("1", "", "x", "9" * 30):
        answer = edit(teach, flow, path, {"new_kind": "say", "revision": revision})
        assert "Somebody else has changed" in teach.get(answer["Location"]).content.decode()
    flow.refresh_from_db()
    assert flow.revision == 2


def slot(**changed: Any) -> dict[str, Any]:
    return {"title-en": "order number", "title-zh-hans": "订单号", "type": "text", "name": "number", **changed}


def test_a_slot_has_everything_that_flows_allow(shop: Shop, teach: Client, flow: Flow) -> None:
    for name, basis in (("last_order", "contract"), ("whim", "")):
        ProfileAttribute.objects.create(workspace=shop.workspace, name=name, titles={"en": "X"}, basis=basis)
    edit(
        teach,
        flow,
        "slots/number/",
        slot(
            name="order_no",
            type="date",
            least="today",
            most="today+30",
            pattern="[A-Z]{2}[0-9]+",
            remember="on",
            profile="last_order",
            **{"invalid-en": ["No.", "Not that."], "cue-before-en": "order\nnumber", "cue-after-zh-hans": "号"},
        ),
    )
    flow.refresh_from_db()
    assert flow.draft["slots"] == {
        "order_no": {
            "type": "date",
            "title": {"en": "order number", "zh-hans": "订单号"},
            "remember": "true",
            "cues": {"en": {"before": ["order", "number"]}, "zh-hans": {"after": ["号"]}},
            "invalid": {"en": ["No.", "Not that."]},
            "pattern": "[A-Z]{2}[0-9]+",
            "least": "today",
            "most": "today+30",
            "profile": "last_order",
        }
    }
    assert written(flow, "which")["ask"] == "order_no"
    assert written(flow, "tell")["end"]["en"] == "{order_no} is on its way."


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Order no"},
        {"name": ""},
        {"type": "nosuch"},
        {"least": "soon"},
        {"pattern": "("},
        {"pattern": "(?=x)"},
        {"profile": "whim"},
        {"title-en": "x" * 200},
        {"invalid-en": ["x" * 2001]},
    ],
)
def test_a_slot_that_makes_no_sense_is_told(teach: Client, flow: Flow, wrong: dict[str, Any]) -> None:
    answer = edit(teach, flow, "slots/number/", slot(**wrong))
    assert answer.status_code == 200
    assert answer.context["panel"].form.errors
    flow.refresh_from_db()
    assert flow.revision == 1
    assert edit(teach, flow, "slots/number/", slot()).status_code == 302


def test_a_new_slot_is_named_by_its_title(teach: Client, flow: Flow) -> None:
    for title, name in (("Pick-up day", "pick_up_day"), ("日子", "date"), ("Pick-up day", "pick_up_day_2")):
        answer = edit(teach, flow, "slots/", {"title-en": title, "type": "date", "name": ""})
        assert answer["Location"] == f"/console/flows/{flow.pk}/?slot={name}"
    edit(teach, flow, "slots/date/delete/", {})
    flow.refresh_from_db()
    assert list(flow.draft["slots"]) == ["number", "pick_up_day", "pick_up_day_2"]


def test_settings_are_saved_and_the_rest_stays(teach: Client, flow: Flow) -> None:
    before = load_yaml(SOUND)
    edit(
        teach,
        flow,
        "settings/",
        {
            "title-en": "Where is it",
            "title-zh-hans": "在哪",
            "description": "Finds parcels.",
            "triggers": ["refund", "track"],
            "keywords-en": "parcel\nbox",
            "timeout_minutes": "5",
            "explain": "on",
        },
    )
    flow.refresh_from_db()
    assert flow.draft["steps"] == before["steps"]
    assert flow.draft["slots"] == before["slots"]
    assert {key: flow.draft[key] for key in ("title", "description", "triggers", "keywords", "explain")} == {
        "title": {"zh-hans": "在哪", "en": "Where is it"},
        "description": "Finds parcels.",
        "triggers": ["refund", "track"],
        "keywords": {"en": ["parcel", "box"]},
        "explain": "true",
    }
    assert flow.draft["timeout_minutes"] == "5"
    for wrong in ({"timeout_minutes": "0"}, {"triggers": ["nosuch"]}, {"title-en": "x" * 200}):
        answer = edit(teach, flow, "settings/", {"title-en": "x", "timeout_minutes": "5", **wrong})
        assert answer.context["panel"].form.errors


def test_the_trail_says_who_changed_the_draft(teach: Client, flow: Flow) -> None:
    edit_step(teach, flow, "which", "ask", ASK)
    entry = AuditEntry.objects.filter(action="flow.draft_saved").get()
    assert entry.actor is not None
    assert entry.actor.username == "operator"
    edit_step(teach, flow, "which", "ask", ASK)
    assert AuditEntry.objects.filter(action="flow.draft_saved").count() == 1
