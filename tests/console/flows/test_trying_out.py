"""The page on which a flow is tried out: what it shows, refuses and keeps, with scripts and without."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from chat.actions.flows import save_draft
from chat.dialogue.flow_text import load_yaml
from chat.models import Flow, FlowTrial, RecordedConversation
from tests.chat.flows.conftest import DAY, FLOW
from tests.console.screens.conftest import signed_in
from tests.console.screens.shop import make_person

pytestmark = [pytest.mark.django_db(transaction=True)]
FRAGMENT = {"HX-Request": "true", "HX-Target": "trial"}


def url(name: str, flow: Flow) -> str:
    return reverse(f"console:{name}", args=[flow.pk])


def begin(browser: Client, flow: Flow, step: str = "", **more: str) -> str:
    form = {"version": "", "locale": "en", "step": step, **more}
    return browser.post(url("flow_try_start", flow), form, headers=FRAGMENT).content.decode()


def write(browser: Client, flow: Flow, text: str, after: int) -> str:
    form = {"text": text, "after": str(after)}
    return browser.post(url("flow_try_say", flow), form, headers=FRAGMENT).content.decode()


def boxes(page: str, mark: str) -> list[str]:
    """The steps with a mark on the map."""
    return re.findall(rf'class="flow-box [^"]*\b{mark}\b[^"]*"[^>]*><title>\d+\. (\w+)', page)


def test_the_page_teaches_how_to_begin(browser: Client, flow: Flow) -> None:
    page = browser.get(url("flow_try", flow)).content.decode()
    assert "Begin" in page
    assert '<option value="sure">at step 4, sure</option>' in page
    assert '<option value="1">version 1</option>' in page
    assert "trial-text" not in page
    asked = browser.get(url("flow_try", flow), {"step": "sure"}).content.decode()
    assert '<option value="sure" selected>' in asked


def test_a_talk_with_its_path_its_slots_and_its_calls(browser: Client, flow: Flow, worker) -> None:
    assert "Nothing was said yet" in begin(browser, flow)
    page = write(browser, flow, "I want my money back", 0)
    assert "<html" not in page
    assert "Which day did you order?" in page
    assert (boxes(page, "reached"), boxes(page, "current")) == (["which"], ["which"])
    page = write(browser, flow, DAY, 1)
    assert boxes(page, "reached") == ["which", "find", "why"]
    assert boxes(page, "current") == ["why"]
    assert f"find_order(day={DAY})" in page
    assert "tea" in page
    assert page.count('class="flow-edge taken"') == 2
    whole = browser.get(url("flow_try", flow)).content.decode()
    assert "<html" in whole
    assert boxes(whole, "current") == ["why"]
    assert 'name="after" value="2"' in whole


def test_a_held_back_call_is_decided_by_a_person(browser: Client, flow: Flow, worker, backend) -> None:
    begin(browser, flow, "sure", slot_day=DAY, slot_reason="broken")
    page = write(browser, flow, "yes", 1)
    assert "Here the flow would call refund" in page
    assert "trial-text" not in page
    assert boxes(page, "current") == ["do"]
    key = re.search(r'name="key" value="([0-9a-f]+)"', page)
    assert key is not None
    call = url("flow_try_call", flow)
    page = browser.post(call, {"key": key[1], "really": "1"}, headers=FRAGMENT).content.decode()
    assert "Tick that it shall really be done." in page
    page = browser.post(call, {"key": key[1], "outcome": "nonsense"}, headers=FRAGMENT).content.decode()
    assert "Choose an outcome." in page
    page = browser.post(call, {"key": "0", "outcome": "ok"}, headers=FRAGMENT).content.decode()
    assert "gone on meanwhile" in page
    assert backend.seen == []
    form = {"key": key[1], "outcome": "ok", "output_number": "<b>R7</b>"}
    page = browser.post(call, form, headers=FRAGMENT).content.decode()
    assert "Done: &lt;b&gt;R7&lt;/b&gt;." in page
    assert "Not called, outcome chosen" in page
    assert backend.seen == []
    begin(browser, flow, "sure", slot_day=DAY, slot_reason="broken")
    write(browser, flow, "yes", 1)
    page = browser.post(call, {"key": key[1], "really": "1", "sure": "on"}, headers=FRAGMENT).content.decode()
    assert "Done: R1." in page
    assert len(backend.seen) == 1


def test_without_scripts_every_answer_is_a_page_of_its_own(browser: Client, flow: Flow, worker) -> None:
    form = {"version": "1", "locale": "en", "step": ""}
    assert browser.post(url("flow_try_start", flow), form).url == url("flow_try", flow)
    form = {"text": "I want my money back", "after": "0"}
    answer = browser.post(url("flow_try_say", flow), form, follow=True)
    assert answer.redirect_chain == [(url("flow_try", flow), 302)]
    assert "Which day did you order?" in answer.content.decode()


def test_what_cannot_be_said_is_told_and_not_lost(browser: Client, flow: Flow, model) -> None:
    begin(browser, flow)
    page = write(browser, flow, "keep this text", 0)
    assert "The assistant is not running" in page
    assert 'value="keep this text"' in page
    assert "gone on meanwhile" in write(browser, flow, "x", 7)
    assert "Write a message." in write(browser, flow, " ", 0)
    FlowTrial.objects.all().delete()
    assert "over a day old" in write(browser, flow, "x", 0)


@pytest.mark.parametrize(
    "form",
    [
        {"version": "", "locale": "tlh", "step": ""},
        {"version": "99", "locale": "en", "step": ""},
        {"version": "", "locale": "en", "step": "</script>"},
        {"version": "", "locale": "en", "step": "which", "slot_day": "x" * 501},
    ],
    ids=["language", "version", "step", "value"],
)
def test_nonsense_begins_nothing(browser: Client, flow: Flow, form: dict[str, str]) -> None:
    answer = browser.post(url("flow_try_start", flow), form, headers=FRAGMENT)
    assert answer.status_code == 200
    assert "error" in answer.content.decode()
    assert FlowTrial.objects.count() == 0


def test_a_draft_with_problems_says_which(browser: Client, flow: Flow) -> None:
    save_draft(flow=flow, definition=load_yaml(FLOW.replace("next: which", "next: gone")), actor=None)
    page = begin(browser, flow)
    assert "The draft cannot run yet" in page
    assert "there is no such step" in page
    assert FlowTrial.objects.count() == 0
    assert "Nothing was said yet" in begin(browser, flow, version="1")


def test_a_draft_that_changed_meanwhile_is_told(browser: Client, flow: Flow) -> None:
    begin(browser, flow)
    assert "was changed since" not in browser.get(url("flow_try", flow)).content.decode()
    save_draft(flow=flow, definition=load_yaml(FLOW.replace("Which day did", "When did")), actor=None)
    assert "was changed since" in browser.get(url("flow_try", flow)).content.decode()


def test_each_person_has_a_talk_of_their_own(browser: Client, flow: Flow, worker) -> None:
    begin(browser, flow, "which")
    other = signed_in(make_person("administrator"))
    assert "trial-text" not in other.get(url("flow_try", flow)).content.decode()
    assert "over a day old" in write(other, flow, "x", 0)


def test_a_talk_is_kept_as_a_recorded_conversation(browser: Client, flow: Flow, worker) -> None:
    begin(browser, flow, "which")
    keep = url("flow_try_keep", flow)
    assert "Nothing was said yet" in browser.post(keep, {"name": "x"}, follow=True).content.decode()
    write(browser, flow, DAY, 1)
    assert "Give the conversation a name." in browser.post(keep, {"name": " "}, follow=True).content.decode()
    answer = browser.post(keep, {"name": "a day"}, follow=True)
    kept = RecordedConversation.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("console:flow_conversation", args=[flow.pk, kept.pk])
    assert (kept.name, kept.locale, kept.flow) == ("a day", "en", flow)
    assert kept.script["turns"][0]["calls"] == [{"name": "find_order", "with": {"day": DAY}}]
    again = browser.post(keep, {"name": "a day"}, follow=True).content.decode()
    assert "of this name in this language already" in again


def test_another_workspace_s_flow_is_not_there(browser: Client, flow: Flow, workspace) -> None:
    flow.workspace.__class__.objects.create(slug="other", name="Other")
    other = Flow.objects.create(workspace=flow.workspace.__class__.objects.get(slug="other"), name="theirs")
    for name in ("flow_try", "flow_conversations"):
        assert browser.get(url(name, other)).status_code == 404
    for name in ("flow_try_start", "flow_try_say", "flow_try_call", "flow_try_keep", "flow_rehearsal_start"):
        assert browser.post(url(name, other)).status_code == 404
