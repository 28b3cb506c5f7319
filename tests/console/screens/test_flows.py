"""The screens of flows: the list, making one, the page where one is edited, on and off, deleting."""

from __future__ import annotations

import pytest
from django.test import Client

from chat.actions.flows import create_flow, publish_flow, save_draft
from chat.dialogue.flow_text import load_yaml
from chat.models import Flow
from tests.console.screens.flow_texts import SOUND, UNREADY, edit, make_flow
from tests.console.screens.shop import Shop, make_shop


@pytest.fixture
def flow(shop: Shop) -> Flow:
    return make_flow(shop)


def test_the_list_shows_what_customers_get_and_what_is_wrong(shop: Shop, teach: Client) -> None:
    flow = make_flow(shop)
    publish_flow(flow=flow, actor=None)
    save_draft(flow=flow, definition=load_yaml(SOUND.replace("Your number?", "Which?")), actor=None)
    create_flow(workspace=shop.workspace, definition=load_yaml(UNREADY), actor=None)
    page = teach.get("/console/flows/").content.decode()
    assert "version 1" in page
    assert "changed" in page
    assert "nothing yet" in page
    found = {
        state: [row.flow.name for row in teach.get("/console/flows/", {"state": state}).context["rows"]]
        for state in ("", "on", "off", "changed", "new", "problems", "nonsense")
    }
    both = ["begun", "where_is_it"]
    assert found == {
        "": both,
        "on": both,
        "off": [],
        "changed": ["where_is_it"],
        "new": ["begun"],
        "problems": ["begun"],
        "nonsense": both,
    }
    for query, names in (
        ("IS_IT", ["where_is_it"]),
        ("parcel", ["where_is_it"]),
        ("track", both),
        ("x" * 900, []),
    ):
        rows = teach.get("/console/flows/", {"q": query}).context["rows"]
        assert [row.flow.name for row in rows] == names


def test_the_list_as_a_file(shop: Shop, teach: Client, flow: Flow) -> None:
    answer = teach.get("/console/flows/", {"format": "csv"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "name,title,intents,on,published_version,draft_changed,problems,steps"
    assert lines[1].startswith("where_is_it,Where is my parcel,track,yes,,yes,0,")


def test_without_flows_the_list_teaches_how_to_begin(shop: Shop, teach: Client) -> None:
    shop.flow.delete()
    page = teach.get("/console/flows/").content.decode()
    assert "No flows yet" in page
    assert "/console/flows/new/" in page


@pytest.mark.parametrize("start", ["ask", "form", "choose", "empty"])
def test_a_new_flow_opens_at_its_first_step(shop: Shop, teach: Client, start: str) -> None:
    answer = teach.post("/console/flows/new/", {"trigger": "track", "title-en": "Track it", "start": start})
    flow = Flow.objects.get(name="track")
    assert flow.draft["title"] == {"en": "Track it"}
    assert flow.draft["triggers"] == ["track"]
    first = flow.draft["steps"][0]["id"] if start != "empty" else ""
    assert answer["Location"] == f"/console/flows/{flow.pk}/" + (f"?step={first}" if first else "")
    page = teach.get(answer["Location"])
    assert page.status_code == 200
    assert flow.published is None


@pytest.mark.parametrize(
    "posted",
    [
        {"start": "ask"},
        {"start": "ask", "name": "Where Is It"},
        {"start": "ask", "name": "where_is_it"},
        {"start": "nonsense", "name": "fine"},
        {"start": "ask", "name": "fine", "trigger": "nosuch"},
        {"start": "ask", "name": "end" * 100},
    ],
)
def test_a_flow_that_cannot_be_made_is_refused_in_its_form(
    shop: Shop, teach: Client, flow: Flow, posted: dict[str, str]
) -> None:
    answer = teach.post("/console/flows/new/", posted)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert Flow.objects.count() == 1


def test_the_page_shows_outline_problems_and_map(shop: Shop, teach: Client) -> None:
    flow = create_flow(workspace=shop.workspace, definition=load_yaml(UNREADY), actor=None)
    answer = teach.get(f"/console/flows/{flow.pk}/")
    page = answer.content.decode()
    assert [row.step.id for row in answer.context["page"].rows] == ["which", "fork", "lost"]
    assert "there is no such step" in page
    assert f"/console/flows/{flow.pk}/?step=fork" in page
    assert 'id="flow-map"' in page


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({"step": "which"}, "step"),
        ({"slot": "number"}, "slot"),
        ({"part": "flow"}, "settings"),
        ({"part": "new-slot"}, "slot"),
        ({"step": "gone"}, "none"),
        ({"slot": "gone"}, "none"),
        ({"part": "nonsense"}, "none"),
        ({"step": "x" * 5000}, "none"),
    ],
)
def test_the_address_opens_a_form(teach: Client, flow: Flow, query: dict[str, str], kind: str) -> None:
    answer = teach.get(f"/console/flows/{flow.pk}/", query)
    assert answer.status_code == 200
    assert answer.context["panel"].kind == kind


def test_a_flow_is_switched_off_and_on(teach: Client, flow: Flow) -> None:
    teach.post(f"/console/flows/{flow.pk}/switch/", {"on": "no"})
    flow.refresh_from_db()
    assert flow.is_on is False
    back = teach.post(f"/console/flows/{flow.pk}/switch/", {"on": "yes", "back": "list"})
    flow.refresh_from_db()
    assert flow.is_on is True
    assert back["Location"] == "/console/flows/"


def test_deleting_asks_first(teach: Client, flow: Flow) -> None:
    publish_flow(flow=flow, actor=None)
    url = f"/console/flows/{flow.pk}/delete/"
    assert "1 version" in teach.get(url).content.decode()
    assert Flow.objects.exists()
    teach.post(url)
    assert not Flow.objects.exists()


def test_a_draft_that_cannot_be_read_has_ways_out(teach: Client, flow: Flow) -> None:
    Flow.objects.update(draft={"name": "where_is_it", "steps": "none"})
    page = teach.get(f"/console/flows/{flow.pk}/").content.decode()
    assert "This draft cannot be shown" in page
    assert "cannot be read" in teach.get("/console/flows/").content.decode()
    assert teach.get(f"/console/flows/{flow.pk}/export.yaml").status_code == 200
    for path in ("steps/", "steps/which/", "steps/which/delete/", "settings/", "slots/", "publish/"):
        assert teach.post(f"/console/flows/{flow.pk}/{path}", {"revision": "1"}).status_code in (200, 302)
    flow.refresh_from_db()
    assert flow.revision == 1


def test_flows_of_another_workspace_are_not_there(shop: Shop, teach: Client, flow: Flow) -> None:
    other = make_flow(make_shop("other"))
    assert teach.get(f"/console/flows/{flow.pk}/").status_code == 200
    assert teach.get(f"/console/flows/{other.pk}/").status_code == 404
    assert edit(teach, other, "settings/", {"title-en": "x"}).status_code == 404
    other.refresh_from_db()
    assert other.revision == 1
