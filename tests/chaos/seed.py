"""Prepares an installation for the chaos test: a small trained workspace, visitors, agents. Prints one JSON
object.

Run as a program of its own, because it needs the environment of the installation under test.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from importlib import import_module  # noqa: E402

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402

from chat.actions.visitors import create_visitor  # noqa: E402
from chat.models import ReplyTemplate, Site  # noqa: E402
from nlu.actions.direct_training import train_now  # noqa: E402
from nlu.actions.importing import import_utterances  # noqa: E402
from nlu.actions.workspaces import create_workspace  # noqa: E402
from nlu.models import Intent  # noqa: E402

INTENTS = {
    "order_status": ["where is my order", "track my order", "order status please", "has my order shipped yet"],
    "return_item": ["how do I return this", "I want to return it", "return an item", "send it back"],
    "thanks": ["thank you very much", "thanks a lot", "many thanks", "thank you"],
    "greeting": ["hello there", "hello", "good morning", "hi there"],
    "payment": ["can I pay with a card", "which payments do you take", "pay by card", "is paypal possible"],
}


def main() -> None:
    """Everything that the clients need to begin."""
    visitors, agents = int(sys.argv[1]), int(sys.argv[2])
    workspace = create_workspace(slug="chaos", name="Chaos", default_locale="en", actor=None)
    lines = [json.dumps({"text": text, "intent": intent}) for intent, texts in INTENTS.items() for text in texts]
    import_utterances(workspace=workspace, lines=lines, file_format="jsonl", actor=None)
    for intent in Intent.objects.filter(workspace=workspace):
        ReplyTemplate.objects.create(intent=intent, locale="en", text=f"An answer about {intent.name}.")
    train_now(workspace_slug="chaos", activate=True)
    site = Site.objects.create(workspace=workspace, key="chaos", name="Chaos", locale="en")
    sessions = [create_visitor(site=site, locale="en") for _ in range(visitors)]
    group, _ = Group.objects.get_or_create(name="agent")
    json.dump(
        {
            "site": site.key,
            "workspace": workspace.pk,
            "visitors": [{"token": one.token, "conversation": str(one.conversation.uuid)} for one in sessions],
            "agents": [make_agent(f"agent{number}", group) for number in range(agents)],
        },
        sys.stdout,
    )


def make_agent(name: str, group: Group) -> dict[str, str]:
    """A signed-in member of staff: the name and the session's cookie."""
    user = get_user_model().objects.create_user(name, password=None, first_name=name)
    user.groups.add(group)
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return {"name": name, "cookie": f"{settings.SESSION_COOKIE_NAME}={store.session_key}"}


main()
