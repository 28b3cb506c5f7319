"""What the ground floor tells, or asks, those above it. Receivers run in the process that noticed."""

from __future__ import annotations

from django.dispatch import Signal

job_given_up = Signal()
"""A job failed for good, sent after the commit. `sender` is the Job class, `job` the row."""

recent_examples_wanted = Signal()
"""The gate wants masked messages of late. `sender` is the Workspace class, `workspace_id` and `limit` are numbers;
receivers return an iterable of `Example`, newest first, without intents."""
