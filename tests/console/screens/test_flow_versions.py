"""Publishing with what changes, versions side by side, going back, files out and in, files of strangers."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chat.actions.flows import publish_flow, save_draft
from chat.dialogue.flow_text import MOST_BYTES, MOST_DEPTH, load_yaml
from chat.models import Flow
from console.flow_differences import compare_flows, compare_words
from tests.console.screens.flow_texts import SOUND, UNREADY, edit, make_flow
from tests.console.screens.shop import Shop

CHANGED = SOUND.replace("Your number?", "Your order number?").replace("{id: tell, end", "{id: told, end")


@pytest.fixture
def flow(shop: Shop) -> Flow:
    return make_flow(shop)


def import_text(client: Client, text: str, **more: str):
    return client.post("/console/flows/import/", {"text": text, **more})


def test_publishing_shows_what_changes_and_asks_for_a_note(teach: Client, flow: Flow) -> None:
    publish_flow(flow=flow, actor=None)
    save_draft(flow=flow, definition=load_yaml(CHANGED), actor=None)
    page = teach.get(f"/console/flows/{flow.pk}/publish/").content.decode()
    assert "<ins> order</ins>" in page
    answer = edit(teach, flow, "publish/", {"note": "asks for the order"})
    assert answer["Location"] == f"/console/flows/{flow.pk}/"
    flow.refresh_from_db()
    assert flow.published is not None
    assert (flow.published.number, flow.published.note) == (2, "asks for the order")
    assert "customers get version 2" in teach.get(answer["Location"]).content.decode()


def test_problems_block_publishing_and_lead_to_their_step(shop: Shop, teach: Client) -> None:
    flow = make_flow(shop, UNREADY)
    page = teach.get(f"/console/flows/{flow.pk}/publish/").content.decode()
    assert "problems are in the way" in page
    assert f'href="/console/flows/{flow.pk}/?step=fork"' in page
    edit(teach, flow, "publish/", {})
    flow.refresh_from_db()
    assert flow.published is None


def test_what_nobody_has_seen_is_not_published(teach: Client, flow: Flow) -> None:
    answer = edit(teach, flow, "publish/", {"revision": "7"})
    assert answer.status_code == 200
    assert b'name="revision" value="1"' in answer.content
    assert Flow.objects.get().published is None
    edit(teach, flow, "publish/", {})
    assert Flow.objects.get().published is not None


def test_versions_are_compared_and_come_back(teach: Client, flow: Flow) -> None:
    url = f"/console/flows/{flow.pk}/versions/"
    assert "Never published" in teach.get(url).content.decode()
    publish_flow(flow=flow, actor=None)
    save_draft(flow=flow, definition=load_yaml(CHANGED), actor=None)
    publish_flow(flow=flow, actor=None)
    changes = teach.get(url, {"from": "1", "to": "2"}).context["changes"]
    assert [(one.kind, one.part, one.name) for one in changes] == [
        ("changed", "step", "which"),
        ("new", "step", "told"),
        ("gone", "step", "tell"),
    ]
    for asked in ({"from": "1", "to": "draft"}, {"from": "9", "to": "x"}, {"from": "-1"}, {"to": "1" * 40}):
        assert teach.get(url, asked).status_code == 200
    assert teach.get(f"{url}1/").status_code == 200
    assert teach.get(f"{url}3/").status_code == 404
    stale = teach.post(f"{url}1/restore/", {"revision": "1"})
    assert stale["Location"] == f"{url}1/"
    assert Flow.objects.get().draft == load_yaml(CHANGED)
    assert b'name="revision" value="2"' in teach.get(f"{url}1/").content
    assert teach.get(url).content.count(b'name="revision" value="2"') == 2
    answer = teach.post(f"{url}1/restore/", {"revision": "2"})
    flow.refresh_from_db()
    assert flow.draft == load_yaml(SOUND)
    assert flow.published is not None
    assert flow.published.number == 2
    key = teach.get(answer["Location"]).content.decode().split("/console/undo/")[1].split("/")[0]
    teach.post(f"/console/undo/{key}/")
    flow.refresh_from_db()
    assert flow.draft == load_yaml(CHANGED)


def test_what_is_exported_is_read_in_again(shop: Shop, teach: Client, flow: Flow) -> None:
    publish_flow(flow=flow, actor=None)
    for path in ("export.yaml", "versions/1/export.yaml"):
        answer = teach.get(f"/console/flows/{flow.pk}/{path}")
        assert "attachment" in answer["Content-Disposition"]
        assert load_yaml(answer.content.decode()) == flow.draft
    text = teach.get(f"/console/flows/{flow.pk}/export.yaml").content.decode()
    flow.delete()
    file = SimpleUploadedFile("f.yaml", b"\xef\xbb\xbf" + text.encode())
    shown = teach.post("/console/flows/import/", {"file": file})
    assert shown.context["preview"].flow is None
    assert not Flow.objects.filter(workspace=shop.workspace).exists()
    import_text(teach, shown.context["text"], do="import")
    assert Flow.objects.get(workspace=shop.workspace).draft == load_yaml(text)


def test_a_file_replaces_the_draft_that_was_shown_and_nothing_else(teach: Client, flow: Flow) -> None:
    publish_flow(flow=flow, actor=None)
    shown = import_text(teach, CHANGED)
    assert [one.name for one in shown.context["preview"].changes] == ["which", "told", "tell"]
    stale = import_text(teach, CHANGED, do="import", revision="9")
    assert stale.context["preview"].flow == flow
    assert Flow.objects.get().draft == load_yaml(SOUND)
    import_text(teach, CHANGED, do="import", revision="1")
    flow.refresh_from_db()
    assert flow.draft == load_yaml(CHANGED)
    assert flow.published is not None
    assert flow.published.definition == load_yaml(SOUND)


def test_an_incomplete_file_is_read_with_its_problems(shop: Shop, teach: Client) -> None:
    shown = import_text(teach, UNREADY)
    kinds = {trouble.problem.kind for trouble in shown.context["preview"].troubles}
    assert {"missing", "unknown_step", "unknown_slot"} <= kinds
    import_text(teach, UNREADY, do="import")
    assert Flow.objects.filter(name="begun").exists()


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n"
HOSTILE = {
    "bomb": BOMB,
    "alias": "name: &n f\ntitle: {en: *n}\nsteps: []",
    "tag": "name: !!python/object/apply:os.system ['true']\nsteps: []",
    "deep": "steps: " + "[" * (MOST_DEPTH + 5) + "]" * (MOST_DEPTH + 5),
    "merge": "a: {x: y}\nname: f\n<<: {b: c}\n",
    "twice": "name: f\nname: g\nsteps: []",
    "many": "name: f\ntitle: {en: x}\nsteps:\n" + "".join(f"- {{id: s{n}, say: {{en: x}}}}\n" for n in range(201)),
    "scalar": "x",
    "list": "- a",
    "nul": "name: \x00",
    "escaped_nul": SOUND.replace("en: number", 'en: "nu\\0mber"'),
    "nul_in_a_key": SOUND.replace("en: number", '"e\\0n": number'),
    "unknown": SOUND + "colour: red\n",
    "kind": "name: f\ntitle: {en: x}\nsteps: [{id: a, explode: now}]",
    "long": "name: f\ntitle: {en: " + "x" * 2001 + "}\nsteps: []",
    "large": "x" * (MOST_BYTES + 1),
    "empty": "  ",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_files_of_strangers_are_refused_in_words(teach: Client, flow: Flow, name: str) -> None:
    for more in ({}, {"do": "import", "revision": "1"}):
        answer = import_text(teach, HOSTILE[name], **more)
        assert answer.status_code == 200
        assert answer.context["form"].errors
        assert "preview" not in answer.context
    flow.refresh_from_db()
    assert (Flow.objects.count(), flow.revision) == (1, 1)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x" * (1 << 20) + b"y"])
def test_a_file_that_is_no_text_or_too_large_is_refused(teach: Client, flow: Flow, content: bytes) -> None:
    answer = teach.post("/console/flows/import/", {"file": SimpleUploadedFile("f.yaml", content)})
    assert answer.context["form"].errors
    sound = teach.post("/console/flows/import/", {"file": SimpleUploadedFile("f.yaml", SOUND.encode())})
    assert sound.context["preview"].flow == flow


def test_markup_in_texts_stays_text(shop: Shop, teach: Client) -> None:
    nasty = SOUND.replace("Your number?", "<script>alert(1)</script>")
    flow = make_flow(shop, nasty)
    publish_flow(flow=flow, actor=None)
    save_draft(flow=flow, definition=load_yaml(SOUND), actor=None)
    for path in ("?step=which", "publish/", "versions/?from=1&to=draft", "versions/1/"):
        assert "<script>alert" not in teach.get(f"/console/flows/{flow.pk}/{path}").content.decode()
    assert "<script>alert" not in import_text(teach, nasty).content.decode()


def test_texts_are_compared_by_words_and_chinese_by_characters() -> None:
    assert [(one.kind, one.text) for one in compare_words("请问订单号？", "请问您的订单号？")] == [
        ("same", "请问"),
        ("new", "您的"),
        ("same", "订单号？"),
    ]
    assert [(one.kind, one.text) for one in compare_words("Tell me which {no}?", "Tell me which {order_no}?")] == [
        ("same", "Tell me which "),
        ("gone", "{no}"),
        ("new", "{order_no}"),
        ("same", "?"),
    ]
    # Texts that only share small words are not torn to pieces.
    assert [one.kind for one in compare_words("Which is it?", "Your order of the day, please.")] == ["gone", "new"]
    assert [one.kind for one in compare_words("Which?", "Which order do you want?")] == ["same", "new", "same"]
    huge = "a b " * 2000
    assert [one.kind for one in compare_words(huge, huge.replace("a", "c"))] == ["gone", "new"]


def test_a_moved_step_is_told_as_moved() -> None:
    before = load_yaml(SOUND)
    after = {**before, "steps": [*before["steps"][1:], before["steps"][0]]}
    assert [(one.kind, one.name, one.fields) for one in compare_flows(before, after)] == [("moved", "which", ())]
    assert compare_flows(before, load_yaml(SOUND)) == ()
