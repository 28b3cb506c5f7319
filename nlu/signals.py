"""What the ground floor tells, or asks, those above it. Receivers run in the process that noticed."""

from __future__ import annotations

from django.dispatch import Signal

job_given_up = Signal()
"""A job failed for good, sent after the commit. `sender` is the Job class, `job` the row."""

logged_questions_wanted = Signal()
"""The training of an encoder wants masked messages with the intent that a person, or the assistant without a
doubt, gave them. `sender` is the Workspace class, `workspace_id` and `limit` are numbers; receivers return an
iterable of `Example`, newest first."""

recent_examples_wanted = Signal()
"""The gate, a generator of utterances, or a training that learns without labels wants masked messages of late.
`sender` is the Workspace class, `workspace_id` and `limit` are numbers; receivers return an iterable of
`Example`, newest first, without intents."""
