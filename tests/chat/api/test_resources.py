"""What the resources answer, to their own workspace only, whatever comes in."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from chat.actions.conversations import resolve_conversation
from chat.actions.identities import open_session
from chat.actions.probes import ProbeResult
from chat.models import Conversation, Message
from nlu.models import Article, Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


def test_conversations_are_listed_latest_first_and_filtered(
    api, taken: Conversation, foreign: Conversation
) -> None:
    (row,) = api.get("conversations").json()["results"]
    assert row["uuid"] == str(taken.uuid)
    assert (row["status"], row["agent"], row["site"], row["sequence"]) == (
        "active",
        "lin",
        "shop-site",
        taken.sequence,
    )
    assert api.get("conversations", status="active").json()["results"] == [row]
    assert api.get("conversations", status="bot").json()["results"] == []
    now = timezone.now()
    assert api.get("conversations", since=(now - timedelta(hours=1)).isoformat()).json()["results"] == [row]
    assert api.get("conversations", since=(now + timedelta(hours=1)).isoformat()).json()["results"] == []
    assert api.get(f"conversations/{taken.uuid}").json() == row


def test_pages_follow_each_other(api, conversation: Conversation) -> None:
    for _ in range(4):
        open_session(site=conversation.site, token=None, locale="en")
    seen: list[str] = []
    url = "/api/v1/conversations?limit=2"
    while url:
        page = api.client.get(url, headers=api.headers).json()
        assert len(page["results"]) <= 2
        seen += [row["uuid"] for row in page["results"]]
        url = page["next"]
    expected = Conversation.objects.order_by("-last_activity_at", "-id").values_list("uuid", flat=True)
    assert seen == [str(uuid) for uuid in expected]
    assert len(seen) == 5


def test_messages_are_read_in_order_masked_and_without_notes(api, taken: Conversation) -> None:
    page = api.get(f"conversations/{taken.uuid}/messages").json()
    assert [row["author"] for row in page["results"]] == ["visitor", "system"]
    assert page["results"][0]["text"] == "my number is [mobile number#1]"
    assert page["next_after"] is None
    with_notes = api.get(f"conversations/{taken.uuid}/messages", notes="true").json()["results"]
    assert [row["kind"] for row in with_notes] == ["text", "event", "note"]
    first = api.get(f"conversations/{taken.uuid}/messages", limit=1).json()
    assert (len(first["results"]), first["next_after"]) == (1, 1)
    rest = api.get(f"conversations/{taken.uuid}/messages", after=first["next_after"]).json()
    assert first["results"] + rest["results"] == page["results"]


def test_a_message_is_said_by_the_tokens_maker(api, taken: Conversation, agent: User) -> None:
    body = {"text": "Call me at 13800138000", "client_id": "crm-1"}
    response = api.post(f"conversations/{taken.uuid}/messages", body)
    assert response.status_code == 201
    said = response.json()
    assert (said["author"], said["agent"], said["kind"]) == ("agent", "lin", "text")
    assert said["text"] == "Call me at [mobile number#1]"
    again = api.post(f"conversations/{taken.uuid}/messages", body)
    assert (again.status_code, again.json()["id"]) == (201, said["id"])
    assert Message.objects.filter(client_id="crm-1").count() == 1
    reused = api.post(f"conversations/{taken.uuid}/messages", {**body, "text": "Other words"})
    assert (reused.status_code, reused.json()["code"]) == (409, "client_id_reused")


def test_only_the_agent_who_has_the_conversation_writes(api, make_api, taken: Conversation, agent: User) -> None:
    path, body = f"conversations/{taken.uuid}/messages", {"text": "hello", "client_id": "c"}
    stranger = User.objects.create_user("stranger")
    for refused in (make_api(actor=stranger), make_api(actor=None)):
        response = refused.post(path, body)
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert api.post(path, body).status_code == 201
    resolve_conversation(conversation=taken, actor=agent)
    late = api.post(path, {"text": "hello?", "client_id": "d"})
    assert (late.status_code, late.json()["code"]) == (409, "not_owner")
    agent.is_active = False
    agent.save()
    assert api.post(path, {"text": "x", "client_id": "e"}).status_code == 403


def test_who_lost_the_role_writes_no_more(api, taken: Conversation, agent: User) -> None:
    path = f"conversations/{taken.uuid}/messages"
    assert api.post(path, {"text": "hello", "client_id": "c"}).status_code == 201
    agent.groups.clear()
    refused = api.post(path, {"text": "hello again", "client_id": "d"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("method", "tail"), [("get", ""), ("get", "/messages"), ("post", "/messages")])
def test_another_workspace_looks_like_nothing(
    api, taken: Conversation, foreign: Conversation, method: str, tail: str
) -> None:
    arguments = [{"text": "hello", "client_id": "c"}] if method == "post" else []
    answers = [getattr(api, method)(f"conversations/{uuid}{tail}", *arguments) for uuid in (foreign.uuid, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert getattr(api, method)(f"conversations/{taken.uuid}{tail}", *arguments).status_code in {200, 201}
    assert not foreign.messages.filter(client_id="c").exists()


def test_articles_are_listed_read_and_found(api, foreign: Conversation) -> None:
    rows = api.get("articles").json()["results"]
    assert sorted(row["title"] for row in rows) == ["How to return an item", "怎么退货"]
    (english,) = api.get("articles", locale="en").json()["results"]
    assert english["url"] == "/help/shop/en/return-item/"
    article = api.get("articles/return-item").json()
    assert (article["locale"], article["title"], article["url"]) == ("en", english["title"], english["url"])
    assert article["body"] == "Open the order and tap **Return**."
    assert article["html"].strip() == "<p>Open the order and tap <strong>Return</strong>.</p>"
    assert article["text"] == "Open the order and tap Return."
    assert api.get("articles/return-item", locale="zh-hans").json()["title"] == "怎么退货"
    (hit,) = api.get("articles", q="how do I return something", locale="en").json()["results"]
    assert (hit["slug"], hit["passage"]) == ("return-item", "Open the order and tap Return.")
    assert 0 < hit["relevance"] < 1
    assert api.get("articles", q="退货", locale="zh-hans").json()["results"][0]["slug"] == "return-item"


def test_drafts_and_withdrawn_articles_are_not_there(api) -> None:
    assert api.get("articles/draft").status_code == 404
    assert api.get("articles/return-item").status_code == 200
    Article.objects.filter(slug="return-item").update(status="archived")
    assert api.get("articles/return-item").status_code == 404
    assert api.get("articles").json()["results"] == []


def test_the_only_language_is_read_without_asking(api, workspace: Workspace) -> None:
    Article.objects.filter(workspace=workspace, slug="return-item", locale="en").update(slug="returns")
    assert api.get("articles/return-item").json()["locale"] == "zh-hans"
    assert api.get("articles/return-item", locale="en").status_code == 404


def test_chinese_short_names_work(api, workspace: Workspace) -> None:
    Article.objects.filter(workspace=workspace, slug="return-item", locale="zh-hans").update(slug="怎么退货")
    url = api.get("articles", locale="zh-hans").json()["results"][0]["url"]
    assert api.get("articles/怎么退货").status_code == 200
    assert Client().get(url).status_code == 200


def test_parse_needs_a_turn_worker(api) -> None:
    response = api.post("parse", {"text": "where is my order"})
    assert response.status_code == 503
    assert response.json()["code"] == "no_turn_worker"


def test_parse_answers_what_the_worker_made_of_it(
    api, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []

    def answer(**question: object) -> ProbeResult:
        asked.append(question)
        return ProbeResult({"text": "x"}, [{"title": "t"}], {"kind": "reply"}, 1, 2.5)

    monkeypatch.setattr("chat.api.parse.ask_probe", answer)
    response = api.post("parse", {"text": " where is my order "})
    assert response.json() == {
        "parse": {"text": "x"},
        "passages": [{"title": "t"}],
        "decision": {"kind": "reply"},
        "milliseconds": 2.5,
    }
    api.post("parse", {"text": "快递", "locale": "zh-hans"})
    assert asked == [
        {"workspace": workspace, "text": "where is my order", "locale": "en"},
        {"workspace": workspace, "text": "快递", "locale": "zh-hans"},
    ]


ODD_VALUES = [
    None, True, 0, 1, -1, 1.5, 10**30, "", " ", "\x00", "a\x00b", "\ud800", [], ["a"], [[]], {}, {"a": 1},
    {"$gt": ""}, "x" * 4001, "x" * 60_000,
]  # fmt: skip


@pytest.mark.parametrize("name", ["text", "client_id", "locale", None])
@pytest.mark.parametrize("path", ["parse", "conversations/UUID/messages"])
def test_odd_bodies_are_refused_not_errors(api, taken: Conversation, path: str, name: str | None) -> None:
    not_asked_for = (path, name) in {("parse", "client_id"), ("conversations/UUID/messages", "locale")}
    allowed = {201, 503, 400, 413} if not_asked_for else {400, 413}
    for value in ODD_VALUES:
        body = value if name is None else {"text": "hello", "client_id": "c", name: value}
        before = taken.messages.count()
        response = api.post(path.replace("UUID", str(taken.uuid)), json.dumps(body))
        assert response.status_code in allowed, (value, response.content)
        if response.status_code != 201:
            assert taken.messages.count() == before
            assert set(response.json()) >= {"code", "detail"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"nul",
        b"NaN",
        b'{"text": NaN}',
        b'{"text": "\\ud800"}',
        b'{"\\udfff": "a"}',
        b'{"text": "a", "client_id": Infinity}',
        b"\xff\xfe",
        b'{"text": "\xff"}',
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"text": ' + b"9" * 50_000 + b"}",
        b"x" * 70_000,
    ],
)
def test_malformed_json_is_refused(api, raw: bytes) -> None:
    response = api.client.generic(
        "POST", "/api/v1/parse", raw, content_type="application/json; charset=zlib", headers=api.headers
    )
    assert response.status_code in {400, 413}


def test_a_whole_pair_is_a_character(api) -> None:
    assert api.post("parse", '{"text": "\\ud83d\\ude00 hello"}').status_code == 503


def test_other_content_types_are_refused(api) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        response = api.client.generic("POST", "/api/v1/parse", b"text=a", content_type=kind, headers=api.headers)
        assert response.status_code == 415


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("conversations", {"status": "open"}),
        ("conversations", {"status": "\x00"}),
        ("conversations", {"since": "yesterday"}),
        ("conversations", {"since": "9999999999999"}),
        ("conversations", {"since": "\x00"}),
        ("conversations", {"cursor": "x"}),
        ("conversations", {"cursor": "\x00"}),
        ("conversations", {"cursor": b64encode(b"p=abc").decode()}),
        ("conversations", {"cursor": b64encode(b"p=" + b"9" * 40).decode()}),
        ("conversations", {"cursor": b64encode(b"o=" + b"9" * 40).decode()}),
        ("conversations", {"cursor": b64encode(b"p=2026-13-45").decode()}),
        ("conversations", {"cursor": b64encode(b"p=0001-01-01T00:00:00+14:00").decode()}),
        ("articles", {"cursor": b64encode(b"p=" + b"9" * 40).decode()}),
        ("conversations", {"limit": "x"}),
        ("conversations", {"limit": "-1"}),
        ("conversations", {"limit": "99999999999999999999"}),
        ("conversations/UUID/messages", {"after": "x"}),
        ("conversations/UUID/messages", {"after": "-1"}),
        ("conversations/UUID/messages", {"after": "9" * 30}),
        ("conversations/UUID/messages", {"after": "NaN"}),
        ("conversations/UUID/messages", {"limit": "0"}),
        ("conversations/UUID/messages", {"limit": "501"}),
        ("conversations/UUID/messages", {"notes": "perhaps"}),
        ("articles", {"locale": "tlh"}),
        ("articles", {"q": "x" * 401}),
        ("articles", {"q": "\x00"}),
        ("articles", {"q": "a AND (b OR", "locale": "en"}),
        ("articles/return-item", {"locale": "\x00"}),
        ("articles/" + "x" * 121, {}),
        ("articles/a.b", {}),
        ("conversations/not-a-uuid", {}),
        ("conversations/UUID/messages/1", {}),
    ],
)
def test_odd_queries_are_never_errors(api, taken: Conversation, path: str, query: dict[str, str]) -> None:
    response = api.get(path.replace("UUID", str(taken.uuid)), **query)
    assert response.status_code in {200, 400, 404}


def test_the_format_cannot_be_switched_to_html(api) -> None:
    assert api.get("articles", format="api").status_code == 404
    response = api.client.get("/api/v1/articles", headers={**api.headers, "Accept": "text/html"})
    assert response.headers["Content-Type"] == "application/json"
