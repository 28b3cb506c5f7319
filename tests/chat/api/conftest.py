"""Two workspaces with a conversation and an article each, and tokens to one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client

from chat.actions.agents import ensure_agent
from chat.actions.api_tokens import create_token
from chat.actions.conversations import take_conversation
from chat.actions.identities import open_session
from chat.actions.messages import add_note, visitor_message
from chat.actions.storing import store_message
from chat.models import ApiToken, Conversation, Site
from nlu.actions.articles import create_article, publish_article
from nlu.actions.workspaces import create_workspace
from nlu.models import Workspace


@dataclass
class Api:
    """A client that sends one token with everything."""

    client: Client
    secret: str

    def get(self, path: str, **query: object) -> object:
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: object) -> object:
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json", headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


@pytest.fixture(autouse=True)
def plain_static_files(settings) -> None:
    """Pages without collectstatic: names as they are written."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def empty_throttles() -> None:
    cache.clear()


@pytest.fixture
def agent(db: None) -> User:
    user = User.objects.create_user("lin")
    user.groups.add(Group.objects.get_or_create(name="agent")[0])
    ensure_agent(user)
    return user


def workspace_with_words(slug: str) -> Workspace:
    workspace = create_workspace(slug=slug, name=slug.title(), default_locale="en", actor=None)
    for locale, title, body in (
        ("en", "How to return an item", "Open the order and tap **Return**."),
        ("zh-hans", "怎么退货", "打开订单，点退换货。"),
    ):
        article = create_article(
            workspace=workspace, locale=locale, title=title, body=body, slug="return-item", actor=None
        )
        publish_article(article=article, actor=None)
    create_article(workspace=workspace, locale="en", title="Secret draft", body="Soon.", slug="draft", actor=None)
    return workspace


def conversation_in(workspace: Workspace) -> Conversation:
    site = Site.objects.create(workspace=workspace, key=f"{workspace.slug}-site", name="Site", locale="en")
    conversation = open_session(site=site, token=None, locale="en").conversation
    store_message(
        visitor_message(
            conversation_id=conversation.pk,
            workspace_id=workspace.pk,
            client_id="visitor-1",
            text="my number is 13800138000",
        )
    )
    conversation.refresh_from_db()
    return conversation


@pytest.fixture
def workspace(db: None) -> Workspace:
    return workspace_with_words("shop")


@pytest.fixture
def conversation(workspace: Workspace) -> Conversation:
    return conversation_in(workspace)


@pytest.fixture
def taken(conversation: Conversation, agent: User) -> Conversation:
    """The conversation, with the agent, who left a note."""
    take_conversation(conversation=conversation, actor=agent)
    add_note(conversation=conversation, actor=agent, text="an internal remark")
    conversation.refresh_from_db()
    return conversation


@pytest.fixture
def foreign(db: None) -> Conversation:
    """A conversation of another workspace."""
    return conversation_in(workspace_with_words("other"))


@pytest.fixture
def make_api(workspace: Workspace, agent: User) -> Callable[..., Api]:
    def make(*scopes: str, actor: User | None = agent) -> Api:
        made = create_token(workspace=workspace, name="crm", scopes=scopes or ApiToken.SCOPES, actor=actor)
        return Api(Client(enforce_csrf_checks=True), made.secret)

    return make


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """A token with all scopes."""
    return make_api()
