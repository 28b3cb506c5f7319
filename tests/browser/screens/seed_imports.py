"""An empty workspace and an operator, so that a large import changes nobody else's lists; prints the cookie."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from importlib import import_module  # noqa: E402

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402

from console.actions.staff import create_staff  # noqa: E402
from console.context import WORKSPACE_KEY  # noqa: E402
from nlu.actions.workspaces import create_workspace  # noqa: E402


def main() -> None:
    """Everything; the first argument is the workspace's short name."""
    slug = sys.argv[1]
    workspace = create_workspace(slug=slug, name=f"Imports {slug}", default_locale="en", actor=None)
    user = create_staff(username=f"ann-{slug}", password="a long enough secret 17", roles=["operator"], actor=None)
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store[WORKSPACE_KEY] = workspace.pk
    store.create()
    json.dump({"value": str(store.session_key), "name": settings.SESSION_COOKIE_NAME}, sys.stdout)


main()
