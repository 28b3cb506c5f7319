"""The Celery application. `console/processes/worker.py` runs it.

Nothing else publishes to it but the dispatcher.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

app = Celery("xiaoer")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
