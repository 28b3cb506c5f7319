"""What can go wrong when dialogues are evaluated."""

from __future__ import annotations


class UnreadableDialogues(Exception):
    """A file that cannot be read as annotated dialogues; the text says where and why."""
