"""Prepares the installation that the browser tests share. Prints one JSON object. Run with its environment.

Arguments: origins that may embed the demo shop's widget.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402

from chat.actions.demo_customers import trust_demo_shop  # noqa: E402
from chat.actions.replies import set_replies  # noqa: E402
from chat.models import Agent, Site  # noqa: E402
from console.actions.staff import create_staff  # noqa: E402
from nlu.actions.articles import create_article, publish_article  # noqa: E402
from nlu.actions.direct_training import train_now  # noqa: E402
from nlu.actions.entities import add_value, create_entity_type  # noqa: E402
from nlu.actions.evaluation_cases import add_case  # noqa: E402
from nlu.actions.importing import import_utterances  # noqa: E402
from nlu.actions.utterance_edits import delete_utterances, restore_utterances  # noqa: E402
from nlu.actions.workspaces import create_workspace  # noqa: E402
from nlu.models import Intent, Utterance, Workspace  # noqa: E402
from nlu.vault_keys import ensure_key_file  # noqa: E402

PASSWORD = "a long enough secret 17"
STAFF = {"agent": "Lin Xiao", "operator": "Wei Min", "supervisor": "Chen Jie", "administrator": "Zhao Yun"}

UTTERANCES = {
    "greeting": ["hello", "hello there", "good morning", "hi", "你好", "您好啊", "在吗", "早上好"],
    "order_status": [
        *("where is my order", "track my order please", "has my order been sent", "order status"),
        *("我的订单到哪了", "查一下订单", "订单发货了吗", "看看我的订单状态"),
    ],
    "return_item": [
        *("how do I return this", "I want to send it back", "return an item", "can I give it back"),
        *("怎么退货", "我想退货", "这个能退吗", "退货流程是什么"),
    ],
    "payment": [
        *("can I pay by card", "which payments do you take", "pay with a card", "payment methods"),
        *("怎么付款", "可以刷卡吗", "支持哪些支付方式", "能用银行卡支付吗"),
    ],
}
REPLIES = {
    "greeting": ("Hello! How can I help?", "您好！有什么可以帮您？"),
    "order_status": ("Open My orders to see where it is.", "请打开「我的订单」查看进度。"),
    "return_item": ("Choose Return in My orders.", "请在「我的订单」里点退货。"),
    "payment": ("Cards and e-wallets are fine.", "支持银行卡和电子钱包。"),
}
CASES = {
    "greeting": ["hello you", "您好"],
    "order_status": ["where is the order I made", "我的订单现在到哪了", "has it been sent yet"],
    "return_item": ["I want to return an item", "想退货怎么办"],
    "payment": ["can I pay with card", "可以用银行卡付款吗", "what payment do you take", "支付方式有哪些"],
    "": ["what is the weather", "给我讲个笑话"],
}
QUICK = {
    "greeting": (["Where is my order?", "How do I return something?"], ["我的订单到哪了", "怎么退货"]),
    "order_status": (["How do I return this?"], ["怎么退货"]),
    "return_item": ([], []),
    "payment": ([], []),
}


def cookie_of(user: User) -> str:
    """The value of a session cookie of somebody who is signed in."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def make_refused_candidate(workspace: Workspace) -> None:
    """An evaluation set, and a second version that has unlearned an intent of it."""
    for intent, texts in CASES.items():
        for text in texts:
            add_case(
                workspace=workspace,
                text=text,
                intent=Intent.objects.get(workspace=workspace, name=intent) if intent else None,
                actor=None,
            )
    forgotten = Utterance.objects.filter(workspace=workspace, intent__name="payment")
    removed = delete_utterances(workspace=workspace, ids=[row.pk for row in forgotten], actor=None)
    train_now(workspace_slug=workspace.slug, quick=True)
    restore_utterances(workspace=workspace, removed=removed, actor=None)


def main() -> None:
    """A trained workspace with an article, the sites that the tests need, and one member of staff of each role."""
    ensure_key_file()
    workspace = create_workspace(slug="default", name="Lantern Market", default_locale="zh-hans", actor=None)
    lines = [
        json.dumps({"text": text, "intent": intent, "locale": "en" if text.isascii() else "zh-hans"})
        for intent, texts in UTTERANCES.items()
        for text in texts
    ]
    import_utterances(workspace=workspace, lines=lines, file_format="jsonl", actor=None)
    for intent in Intent.objects.filter(workspace=workspace):
        english, chinese = REPLIES[intent.name]
        set_replies(
            intent=intent,
            kind="article" if intent.name == "return_item" else "reply",
            replies={"en": [english], "zh-hans": [chinese]},
            quick_replies={"en": QUICK[intent.name][0], "zh-hans": QUICK[intent.name][1]},
            actor=None,
        )
    intent = Intent.objects.get(workspace=workspace, name="return_item")
    for locale, title, body in (
        (
            "en",
            "How to return something",
            "Open **My orders**, choose *Return*. The courier comes within 24 hours.",
        ),
        ("zh-hans", "如何退货", "打开「我的订单」，点「退货」，快递员会在 24 小时内上门。"),
    ):
        article = create_article(
            workspace=workspace,
            locale=locale,
            title=title,
            body=body,
            slug="return-item",
            intent=intent,
            actor=None,
        )
        publish_article(article=article, actor=None)
    phones = create_entity_type(workspace=workspace, name="phone_model", title="Phones", actor=None)
    add_value(entity_type=phones, value="iPhone 15", synonyms=["果十五代"], actor=None)
    train_now(workspace_slug=workspace.slug, activate=True)
    make_refused_candidate(workspace)

    origins = "\n".join(sys.argv[1:])
    for key, name, allowed, enabled in (
        ("demo-shop", "Lantern Market", origins, True),
        ("nowhere", "Embeds nowhere", "", True),
        ("elsewhere", "Embeds elsewhere", "https://elsewhere.example", True),
        ("switched-off", "Switched off", origins, False),
    ):
        Site.objects.create(
            workspace=workspace, key=key, name=name, locale="zh-hans", origins=allowed, enabled=enabled
        )
    trust_demo_shop(site=Site.objects.get(key="demo-shop"), text=settings.DEMO_SHOP_KEY)
    cookies = {}
    for role, full_name in STAFF.items():
        user = create_staff(username=role, password=PASSWORD, roles=[role], full_name=full_name, actor=None)
        Agent.objects.update_or_create(user=user, defaults={"display_name": full_name})
        cookies[role] = cookie_of(user)
    json.dump({"cookies": cookies, "cookie_name": settings.SESSION_COOKIE_NAME, "password": PASSWORD}, sys.stdout)


main()
