"""Which of our languages a tag from outside means."""

from __future__ import annotations

from django.utils.translation import get_supported_language_variant


def supported_locale(tag: str) -> str:
    """The language of ours that serves a BCP 47 tag such as `zh-CN` or `en_GB`; empty if none does."""
    try:
        return get_supported_language_variant(tag.strip().replace("_", "-").lower())
    except LookupError:
        return ""
