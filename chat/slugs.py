"""Short names in addresses, Chinese ones included."""

from __future__ import annotations


class UnicodeSlugConverter:
    """Matches what a SlugField with `allow_unicode` holds."""

    regex = r"[-\w]{1,120}"

    def to_python(self, value: str) -> str:
        """The name itself."""
        return value

    def to_url(self, value: str) -> str:
        """The name itself; Django encodes it."""
        return value
