"""Where a message may fall into clauses that each say something of their own.

A cut is a place between two clauses: the end of a sentence, a comma, or a conjunction. Whether what lies on both
sides really are two concerns is not decided here (`nlu.pipeline.several` does): "black and white" is cut as well
as "cancel it and refund me". What is decided is what is no clause at all: pieces that hold nothing but pronouns,
particles or placeholders are part of the clause beside them. And a message is not cut where a clause refuses or
supposes what it names (`nlu.pipeline.reservations`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from nlu.pipeline.reservations import is_reserved
from nlu.pipeline.tokenization import PLACEHOLDER, Token, tokenize_text

MOST_CLAUSES = 6
"""A message of more clauses is a story, and is read as one."""
LONGEST_CUT = 400
"""Code points of a message that is cut at all."""

Clause = tuple[int, int]
"""Start (inclusive) and end (exclusive) of a clause in code points of the message."""

# No end: the points of "Mr. Smith", "e.g. this" and "no. 12".
_ENDS = (
    r"[。！？!?；;\n，,、…]"
    r"|(?<!\d)(?<!\bmr)(?<!\bms)(?<!\bmrs)(?<!\bdr)(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bapprox)"
    r"\.(?=\s|$)(?!(?<=\bno\.)\s*\d)"
)
# With what may stand before or behind them ("and then also"): all of it belongs to neither clause.
_ENGLISH = (
    r"\b(?:and|also|(?<!\d\s)plus|then|besides|additionally|furthermore|moreover|as well as|in addition"
    r"|after that|by the way|btw|one more thing|another thing|secondly|second(?=\s*[,:]))\b"
)
# Not where the characters are part of a longer word: 再次, 再见, 还款, 和平, 并发, 合并, 还有效.
_CHINESE = (
    r"并且|而且|另外|此外|还有(?![效用货没])|然后|接着|顺便|顺带|同时|以及|对了|其次|再者|除此之外"
    r"|(?<![合归兼吞一])并(?![发列行非不])|且(?!慢)|再(?![次见说度三生者])"
    r"|还(?=[想要需得能可])|也(?=[想要])|和(?![平谐气解])"
)
_CUT = re.compile(rf"(?:(?:{_ENDS}|{_ENGLISH}|{_CHINESE})\s*)+", re.IGNORECASE)
# What adds a concern rather than tells on: not "and", which joins everything, nor "then" and commas.
_ADDITIVE = re.compile(
    r"\b(?:also|plus|besides|additionally|furthermore|moreover|as well as|in addition|after that|by the way|btw"
    r"|one more thing|another thing|secondly)\b"
    r"|并且|而且|另外|此外|还有(?![效用货没])|顺便|顺带|同时|以及|对了|其次|再者|除此之外"
    r"|还(?=[想要需得能可])|(?<![合归兼吞一])并(?![发列行非不])",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"《[^》]*》|“[^”]*”|\"[^\"]*\"|「[^」]*」|【[^】]*】")

_EMPTY_WORD = re.compile(
    r"(?:i|you|we|it)(?:'(?:m|d|ll|ve|re|s))?|my|me|your|our|us|its|this|that|these|those|the|an?|is|are|was|were|be"
    r"|do|does|did|can|could|would|will|may|might|should|please|pls|kindly|hi|hello|hey|thanks?|okay|ok|well|so|oh"
    r"|just|also|too|to|of|for|on|in|at|now"
)
_EMPTY_CHARACTERS = frozenset("我你您他她它咱们的了吗呢吧啊呀哦嗯请帮给想要能可以就是这那个下一")


def clauses_of(text: str, kept: Sequence[Clause] = ()) -> list[Clause]:
    """The clauses of a message in their order, at least two, or none where it cannot be cut.

    kept: spans that are never cut, such as the names of products. Neither are placeholders and quotations.
    """
    if len(text) > LONGEST_CUT:
        return []
    cuts = [match.span() for match in _CUT.finditer(text)]
    if cuts:
        whole = [*kept, *(match.span() for pattern in (_QUOTED, PLACEHOLDER) for match in pattern.finditer(text))]
        cuts = [cut for cut in cuts if not any(start < cut[1] and cut[0] < end for start, end in whole)]
    if not cuts:
        return []
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
    tokens = tokenize_text(text)
    clauses: list[Clause] = []
    pending: int | None = None
    for start, end in zip(starts, ends, strict=True):
        begin = start if pending is None else pending
        if _says_something(tokens, start, end):
            clauses.append((begin, end))
            pending = None
        elif pending is None:
            pending = start
    if pending is not None and clauses:
        clauses[-1] = (clauses[-1][0], len(text))
    trimmed = [_trimmed(text, start, end) for start, end in clauses]
    if not 2 <= len(trimmed) <= MOST_CLAUSES or any(is_reserved(text[start:end]) for start, end in trimmed):
        return []
    return trimmed


def added_clauses(text: str, clauses: Sequence[Clause]) -> list[bool]:
    """Clause by clause, whether an additive conjunction ("另外", "also") joins it to the one before it.

    It stands between them, or behind words of the later one that say nothing: "can you also", "请另外".
    """
    tokens = tokenize_text(text)
    found = [False] * len(clauses)
    for place, ((_, behind), (start, end)) in enumerate(pairwise(clauses), start=1):
        added = _ADDITIVE.search(text, behind, end)
        found[place] = added is not None and not _says_something(tokens, start, added.start())
    return found


def _says_something(tokens: Sequence[Token], start: int, end: int) -> bool:
    """A word that says something, or two such Chinese characters."""
    inside = [token for token in tokens if start <= token.start and token.end <= end]
    words = sum(token.kind == "word" and _EMPTY_WORD.fullmatch(token.text) is None for token in inside)
    characters = sum(token.kind == "cjk" and token.text not in _EMPTY_CHARACTERS for token in inside)
    return words > 0 or characters > 1


def _trimmed(text: str, start: int, end: int) -> Clause:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return start + left, end - (len(piece) - len(piece.rstrip()))
