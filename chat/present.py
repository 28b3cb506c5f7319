"""What time it is for conversations and for the demo backend: the real time, unless a test holds the clock."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone


def present() -> datetime:
    """Local time; it stands still where DEMO_CLOCK is set, so that recorded conversations can be had live."""
    held: datetime | None = settings.DEMO_CLOCK
    return held if held is not None else timezone.localtime()
