"""Asks for a training in the installation under test, as the console does."""

from __future__ import annotations

import django

django.setup()

from nlu.actions.training import request_training  # noqa: E402
from nlu.models import Workspace  # noqa: E402

request_training(workspace=Workspace.objects.get(slug="chaos"), actor=None)
