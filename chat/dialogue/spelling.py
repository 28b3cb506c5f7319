"""Small misspellings in short answers: near enough to one of a few known words to be meant."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import OSA

SHORTEST: Final = 5
"""Letters of a Latin word that may be misspelt by one; of nearly twice as many by two."""
SHORTEST_HAN: Final = 3
"""Characters of a Chinese word of which one may be wrong."""


def near(said: str, known: str) -> bool:
    """Whether a word is another one with a letter wrong, missing, too many or swapped with the next."""
    if said == known:
        return True
    shorter, longer = sorted((len(said), len(known)))
    if not (said.isascii() and known.isascii()):
        return shorter == longer >= SHORTEST_HAN and OSA.distance(said, known) == 1
    if longer < SHORTEST or shorter < SHORTEST - 1 or said[:1] != known[:1] or said.isdigit() or known.isdigit():
        return False
    allowed = 2 if shorter >= 2 * SHORTEST - 2 else 1
    return longer - shorter <= allowed and OSA.distance(said, known) <= allowed
