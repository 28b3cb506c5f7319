"""A workspace with an open alarm of the drift watch, for its browser test; prints a supervisor's cookie."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from importlib import import_module  # noqa: E402

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.utils import timezone  # noqa: E402

from chat.actions.drift import raise_alarm, watch_over  # noqa: E402
from chat.drift_rules import Change, Tally  # noqa: E402
from chat.drift_stream import Drift  # noqa: E402
from console.actions.staff import create_staff  # noqa: E402
from console.context import WORKSPACE_KEY  # noqa: E402
from nlu.actions.intents import create_intent, set_intent_titles  # noqa: E402
from nlu.actions.workspaces import create_workspace  # noqa: E402
from nlu.models import ModelVersion  # noqa: E402


def main() -> None:
    """Everything; the first argument is the workspace's short name."""
    slug = sys.argv[1]
    workspace = create_workspace(slug=slug, name=f"Drift {slug}", default_locale="en", actor=None)
    track = create_intent(workspace=workspace, name="track", actor=None)
    set_intent_titles(intent=track, titles={"en": "Where is my order", "zh-hans": "订单到哪了"}, actor=None)
    version = ModelVersion.objects.create(
        workspace=workspace,
        number=1,
        status="active",
        folder=f"{slug}/1",
        manifest_hash="0" * 64,
        dataset_fingerprint="0",
        activated_at=timezone.now(),
    )
    watch_over(version)
    changes = (
        Change("intent", "track", 0.081, 0.294, 59, 1e-12),
        Change("rejected", "", 0.05, 0.21, 42, 1e-9),
        Change("far", "", 0.1, 0.3, 60, 1e-9),
        Change("language", "zh-hans", 0.02, 0.31, 62, 1e-9),
        Change("mix", "", 0.0, 0.25, 158, 1e-9),
    )
    raise_alarm(version, Drift(changes, 1_200, Tally(total=200)))
    user = create_staff(
        username=f"chief-{slug}", password="a long enough secret 17", roles=["supervisor"], actor=None
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store[WORKSPACE_KEY] = workspace.pk
    store.create()
    json.dump({"value": str(store.session_key), "name": settings.SESSION_COOKIE_NAME}, sys.stdout)


main()
