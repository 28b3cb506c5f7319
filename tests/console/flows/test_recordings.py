"""Recorded conversations on screen: the list, expectations, files, runs and where they went another way."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chat.actions.flows import save_draft
from chat.actions.recordings import import_recordings
from chat.actions.rehearsals import run_rehearsal
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.scripts import read_scripts
from chat.models import Flow, RecordedConversation, RehearsalRun
from tests.chat.flows.conftest import FLOW

pytestmark = [pytest.mark.django_db(transaction=True)]
FILE = """
- name: declined
  clock: 2026-03-18T14:30
  start: {flow: refund_order, step: sure, slots: {day: 2026-03-02, reason: broken}}
  turns:
  - {user: "no", flow: "", slots: {reason: broken}, calls: []}
  end: {flow: refund_order, outcome: refused}
- name: hello there
  turns:
  - {user: hello}
"""
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def recorded(flow: Flow) -> RecordedConversation:
    import_recordings(workspace=flow.workspace, locale="en", text=FILE, actor=None)
    return RecordedConversation.objects.get(name="declined")


def url(name: str, flow: Flow, *more: int) -> str:
    return reverse(f"console:{name}", args=[flow.pk, *more])


def names(browser: Client, flow: Flow, **query: str) -> list[str]:
    rows = browser.get(url("flow_conversations", flow), query).context["rows"]
    return [row.conversation.name for row in rows]


def run(browser: Client, flow: Flow, **form: object) -> RehearsalRun:
    answer = browser.post(url("flow_rehearsal_start", flow), form)
    made = RehearsalRun.objects.first()
    assert made is not None
    assert answer.url == url("flow_rehearsal", flow, made.pk)
    run_rehearsal(made.pk)
    made.refresh_from_db()
    return made


def test_the_list_teaches_filters_and_shows_last_results(browser: Client, flow: Flow, model) -> None:
    assert "Nothing is recorded yet" in browser.get(url("flow_conversations", flow)).content.decode()
    import_recordings(workspace=flow.workspace, locale="en", text=FILE, actor=None)
    assert names(browser, flow) == ["declined"]
    assert names(browser, flow, scope="all") == ["declined", "hello there"]
    assert names(browser, flow, scope="all", q="HELLO") == ["hello there"]
    assert names(browser, flow, scope="all", locale="zh-hans") == []
    assert names(browser, flow, result="none") == ["declined"]
    run(browser, flow, against="draft", scope="flow")
    assert names(browser, flow, result="none") == []
    assert names(browser, flow, result="passed") == ["declined"]
    assert names(browser, flow, scope="nonsense", result="nonsense") == ["declined"]
    page = browser.get(url("flow_conversations", flow)).content.decode()
    assert "as expected" in page
    assert "draft 1 of refund_order" in page


def test_what_is_not_ticked_is_not_expected(browser: Client, flow: Flow, recorded: RecordedConversation) -> None:
    address = url("flow_conversation", flow, recorded.pk)
    page = browser.get(address).content.decode()
    assert 'value="1.slots.reason" checked' in page
    assert "It begins in the flow refund_order at the step sure." in page
    browser.post(address, {"claim": ["1.flow", "0.outcome", "<script>"]})
    recorded.refresh_from_db()
    assert recorded.script["turns"] == [{"user": "no", "flow": ""}]
    assert recorded.script["end"] == {"outcome": "refused"}


def test_the_text_is_checked_before_it_is_kept(
    browser: Client, flow: Flow, recorded: RecordedConversation
) -> None:
    address = url("flow_conversation", flow, recorded.pk)
    page = browser.post(address, {"script": "- {name: x, turns: [{user: hi, flwo: x}]}"}).content.decode()
    assert "flwo" in page
    recorded.refresh_from_db()
    assert recorded.name == "declined"
    text = f'- {{name: "{HOSTILE}", turns: [{{user: "{HOSTILE}"}}]}}'
    page = browser.post(address, {"script": text}, follow=True).content.decode()
    recorded.refresh_from_db()
    assert recorded.name == HOSTILE
    assert HOSTILE not in page
    assert "&lt;img src=x" in page


def test_a_file_goes_out_and_comes_in_again(browser: Client, flow: Flow, recorded: RecordedConversation) -> None:
    answer = browser.get(url("flow_conversations_export", flow), {"scope": "all"})
    assert answer["Content-Disposition"] == 'attachment; filename="conversations.yaml"'
    text = answer.content.decode()
    assert [script.name for script in read_scripts(text)] == ["declined", "hello there"]
    named = browser.get(url("flow_conversations_export", flow), {"locale": "en"})
    assert named["Content-Disposition"] == 'attachment; filename="en.yaml"'
    address = url("flow_conversations_import", flow)
    form = {"file": SimpleUploadedFile("x.yaml", text.encode()), "locale": "en"}
    assert "of this name in this language already" in browser.post(address, form).content.decode()
    RecordedConversation.objects.all().delete()
    form = {"file": SimpleUploadedFile("x.yaml", text.encode()), "locale": "en"}
    assert "Recorded conversations added: 2." in browser.post(address, form, follow=True).content.decode()
    assert names(browser, flow, scope="all") == ["declined", "hello there"]


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00", b"- &a x\n- *a", b"x" * 400_001, b"", b"{" * 200],
    ids=["bytes", "alias", "large", "empty", "deep"],
)
def test_files_that_make_no_sense_are_told_so(browser: Client, flow: Flow, content: bytes) -> None:
    form = {"file": SimpleUploadedFile("x.yaml", content), "locale": "en"}
    answer = browser.post(url("flow_conversations_import", flow), form)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert RecordedConversation.objects.count() == 0


def test_a_run_shows_what_went_another_way_beside_the_talk(
    browser: Client, flow: Flow, recorded: RecordedConversation, model
) -> None:
    changed = FLOW.replace('{en: "Refund {order.total}?"', '{en: "Really?"').replace(
        'zh-hans: "退{order.total}，对吗？"}}', 'zh-hans: 真的？}, "no": unknown}'
    )
    save_draft(flow=flow, definition=load_yaml(changed), actor=None)
    done = run(browser, flow, against="draft", conversation=[recorded.pk, "nonsense", "99999"])
    assert (done.total, done.failed, done.flow) == (1, 1, flow)
    result = done.results.get()
    page = browser.get(url("flow_rehearsal", flow, done.pk), {"result": result.pk}).content.decode()
    assert "1 conversation went another way." in page
    assert "Really?" in page
    for text in ("flow afterwards", "ends as", "refused", "under way"):
        assert text in page
    publish = browser.get(url("flow_publish", flow)).content.decode()
    assert "1 went another way" in publish
    assert f"?result={result.pk}" in publish
    assert run(browser, flow, against="published", scope="flow").passed == 1
    page = browser.post(url("flow_result_accept", flow, result.pk), follow=True).content.decode()
    assert "From now on this is what is expected." in page
    recorded.refresh_from_db()
    assert recorded.script["turns"] == [
        {"user": "no", "flow": "refund_order", "calls": [], "slots": {"reason": "broken"}}
    ] or recorded.script["turns"] == [{"user": "no", "flow": "refund_order", "calls": []}]
    assert run(browser, flow, against="draft", scope="flow").passed == 1
    again = browser.post(url("flow_result_accept", flow, result.pk), follow=True).content.decode()
    assert "was changed since this run" in again


def test_progress_survives_a_reload_and_a_run_can_be_stopped(
    browser: Client, flow: Flow, recorded: RecordedConversation, model
) -> None:
    browser.post(url("flow_rehearsal_start", flow), {"against": "published", "scope": "all"})
    made = RehearsalRun.objects.get()
    second = browser.post(url("flow_rehearsal_start", flow), {"scope": "all"}, follow=True).content.decode()
    assert "are being run already" in second
    assert f'href="{url("flow_rehearsal", flow, made.pk)}"' in second
    run_rehearsal(made.pk, seconds=0)
    panel = url("flow_rehearsal_progress", flow, made.pk)
    answer = browser.get(panel, headers={"HX-Request": "true"})
    assert (answer.status_code, "1 of 2" in answer.content.decode()) == (200, True)
    assert browser.get(panel).url == url("flow_rehearsal", flow, made.pk)
    page = browser.post(url("flow_rehearsal_cancel", flow, made.pk), follow=True).content.decode()
    assert "Results until then stay" in page
    assert browser.get(panel, headers={"HX-Request": "true"}).status_code == 286
    ended = browser.post(url("flow_rehearsal_cancel", flow, made.pk), follow=True).content.decode()
    assert "has ended already" in ended


def test_without_a_model_nothing_is_run(browser: Client, flow: Flow, recorded: RecordedConversation) -> None:
    page = browser.post(url("flow_rehearsal_start", flow), {"scope": "all"}, follow=True).content.decode()
    assert "There is no active model yet" in page
    assert RehearsalRun.objects.count() == 0


def test_deleting_asks_first(browser: Client, flow: Flow, recorded: RecordedConversation) -> None:
    address = url("flow_conversation_delete", flow, recorded.pk)
    assert "Delete “declined”?" in browser.get(address).content.decode()
    assert RecordedConversation.objects.filter(pk=recorded.pk).exists()
    assert browser.post(address).url == url("flow_conversations", flow)
    assert not RecordedConversation.objects.filter(pk=recorded.pk).exists()
