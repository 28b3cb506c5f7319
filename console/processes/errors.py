"""What can keep an installation from starting."""

from __future__ import annotations


class CannotServe(Exception):
    """`serve` cannot start; the message says why and what to do."""
