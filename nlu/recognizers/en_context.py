"""What the English words before a range make of it."""

from __future__ import annotations

import re

from nlu.recognizers.grammar import Site

_CHANGING = re.compile(
    r"(?<![a-z])(?:mov|chang|reschedul|switch|shift|push|postpon|swap|brought|bring)[a-z]{0,4} "
)
_LOOK = 40


def changing(site: Site) -> bool:
    """Move Friday to Monday names two days, not what lies between."""
    return bool(_CHANGING.search(site.reading.text[max(0, site.start - _LOOK) : site.start]))


def between(site: Site) -> bool:
    """Whether "between" makes the "and" of what follows a range."""
    return " between " in f" {site.reading.text[max(0, site.start - 9) : site.start]}"
