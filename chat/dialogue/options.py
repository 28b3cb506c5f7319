"""Which of the offered options an answer picks: by its words in any language, its place, or what sets it apart.

From the surest to the least sure: the whole label, a place ("the second one", "2"), a value that was recognised, a
label or other word said in full, a trait that orders the list ("the cheapest", "the one at nine",
`chat.dialogue.traits`), and at last the words that only one option has ("the linen one, please").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chat.dialogue.cues import NEGATED_BEFORE, ordinal_of, squeezed
from chat.dialogue.flows import Choose, Flow, Option, variant
from chat.dialogue.slot_values import Candidate, rest_of
from chat.dialogue.spelling import near
from chat.dialogue.traits import by_trait

LONGEST_PICK: Final = 80
"""Characters of a message in which words of a label are looked for."""
_WITH_DIGITS: Final = re.compile(r"[a-z]*[0-9]+(?:[:.\-/]?[a-z0-9]+)*")
_DATED: Final = frozenset({"date", "time", "datetime", "interval", "duration", "money", "percentage"})
_HAN_RUN: Final = re.compile("[\u4e00-\u9fff]+")
_LATIN_WORD: Final = re.compile(r"[a-z][a-z'-]*[a-z]|[a-z]")
_EMPTY_WORDS: Final = frozenset(
    re.findall(
        r"[a-z']+",
        "the a an and or of to for in on at is it i i'll i'd me my we you that this those these one ones "
        "please want like would take have get go with pick choose prefer let's think guess yes no not ok "
        "okay sure thanks make be do can could will from by so then just some any there",
    )
)
_EMPTY_HAN: Final = frozenset(
    "的了是我您你要吗吧不在有个这那为给请和到上下就都也会能可以把选想用来种款班单号第一二三四五六"
)


@dataclass(frozen=True, slots=True)
class Offered:
    """An option as it is shown: the value kept, its label, other words for it, other languages included.

    `note` stands behind the label: why it is recommended.
    """

    value: str
    label: str
    words: tuple[str, ...] = ()
    note: str = ""

    @property
    def said(self) -> tuple[str, ...]:
        """All that names it."""
        return (self.label, self.value, *self.words)


def place_in(text: str, candidates: Sequence[Candidate], *, bare: bool) -> int | None:
    """The place that a message picks (`ordinal_of`), not that of "the first of April"."""
    return ordinal_of(rest_of(text, [one for one in candidates if one.type in _DATED]), bare=bare)


def picked_by_place(text: str, offered: Sequence[Offered], candidates: Sequence[Candidate]) -> Offered | None:
    """The option at the place that the text names by an ordinal."""
    place = place_in(text, candidates, bare=False)
    if place is None or place == 0 or not -len(offered) <= place <= len(offered):
        return None
    return offered[place - 1 if place > 0 else place]


def picked(text: str, offered: Sequence[Offered], candidates: Sequence[Candidate] = ()) -> Offered | None:
    """The option that an answer to a list picks; None if it picks none, or more than one."""
    plain = text.strip().casefold()
    exact = [one for one in offered if any(plain == word.casefold() for word in one.said)]
    if len(exact) == 1:
        return exact[0]
    place = place_in(text, candidates, bare=True)
    if place is not None and -len(offered) <= place <= len(offered) and place != 0:
        by_number = offered[place - 1 if place > 0 else place]
        named = [one for one in offered if _says(squeezed(text), one.label) or _says(squeezed(text), one.value)]
        return named[0] if len(named) == 1 else by_number
    said = {candidate.value.casefold() for candidate in candidates if not candidate.negated}
    by_value = [one for one in offered if one.value.casefold() in said]
    if len(by_value) == 1:
        return by_value[0]
    return (
        named_option(text, offered)
        or _by_number_in_label(text, offered)
        or by_trait(text[:LONGEST_PICK], offered)
        or _by_words(text, offered)
    )


def _by_number_in_label(text: str, offered: Sequence[Offered]) -> Offered | None:
    """The only option whose label alone has a word with digits that the text has: "the one at 09:00", "4183"."""
    words = [set(_WITH_DIGITS.findall(one.label.casefold())) for one in offered]
    said = set(_WITH_DIGITS.findall(text[:LONGEST_PICK].casefold()))
    found = [
        one
        for place, one in enumerate(offered)
        if said & words[place].difference(*words[:place], *words[place + 1 :])
    ]
    if found:
        return found[0] if len(found) == 1 else None
    # The end of a number is enough where it is long enough to tell: a flight's digits without its letters.
    ends = [word for word in said if word.isdigit() and len(word) >= 3]
    found = [
        one
        for place, one in enumerate(offered)
        if any(
            known.endswith(word) and known != word for word in ends for known in words[place] if ":" not in known
        )
    ]
    return found[0] if len(found) == 1 else None


def named_option(text: str, offered: Sequence[Offered], *, whole: bool = False) -> Offered | None:
    """The only option whose label, value or other words occur in the text.

    Unless `whole`, also the only one that has the whole short text in its label. Where one option's words contain
    another's ("refund only", "refund"), the longer one was meant.
    """
    plain = squeezed(text)
    lengths = {one: _longest_said(plain, one.said) for one in offered}
    longest = max(lengths.values(), default=0)
    if longest:
        best = [one for one, length in lengths.items() if length == longest]
        return best[0] if len(best) == 1 else None
    if whole or len(plain) < 2 or NEGATED_BEFORE.search(plain):
        return None
    within = [one for one in offered if any(_inside(plain, word) for word in (one.label, *one.words))]
    return within[0] if len(within) == 1 else None


def _inside(plain: str, label: str) -> bool:
    """Whether the short text is a part of the label, in Latin letters of whole words."""
    known = squeezed(label)
    if plain.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(plain)}(?![a-z0-9])", known) is not None
    return plain in known


def _says(plain: str, word: str) -> bool:
    """Whether the squeezed text has the word, and does not deny it. One character has to be nearly all of it."""
    needle = squeezed(word)
    if not needle:
        return False
    if len(needle) == 1 and len(plain) > 1:
        return needle.isdigit() is False and not needle.isascii() and len(plain) <= 3 and needle in plain[:2]
    pattern = rf"(?<![a-z0-9]){re.escape(needle)}(?![a-z0-9])" if needle.isascii() else re.escape(needle)
    return any(not _denied(plain[: match.start()]) for match in re.finditer(pattern, plain))


def _denied(before: str) -> bool:
    return (
        re.search(r"(?:不是|不要|不选|不想要?|别|not|isn't|don't want|no)(?: the| a| an| to)?\s*$", before)
        is not None
    )


def _by_words(text: str, offered: Sequence[Offered]) -> Offered | None:
    """The option that has clearly more of the message's telling words than any other."""
    plain = squeezed(text)
    if len(plain) > LONGEST_PICK or len(offered) < 2:
        return None
    known = [frozenset(piece for word in one.said for piece in _pieces(squeezed(word))) for one in offered]
    shared = [
        {piece for other in known[:place] + known[place + 1 :] for piece in other} for place in range(len(known))
    ]
    said = _pieces(_without_denied(plain))
    short = len(plain) <= 8
    scores: list[float] = []
    for place, mine in enumerate(known):
        score = 0.0
        for piece in said:
            telling = piece in mine and piece not in shared[place]
            if not telling and piece.isascii() and len(piece) >= 5:
                meant = [word for word in mine if near(piece, word)]
                telling = bool(meant) and not any(near(piece, word) for word in shared[place])
            if telling:
                score += (2.0 if len(piece) > 1 else 1.0 if short else 0.0) if not piece.isascii() else 2.0
        scores.append(score)
    best = max(scores)
    if best < 1.0 or sum(score == best for score in scores) > 1:
        return None
    # Words of two options are a choice only where one of them has clearly more.
    others = sorted(scores)[-2]
    return offered[scores.index(best)] if others == 0 or best >= 2 * others else None


def _without_denied(plain: str) -> str:
    """The text without what it says not to want."""
    return re.sub(
        r"(?:不是|不要|不选|不想要?|别)[\u4e00-\u9fff]{1,4}|\b(?:not|no|isn't|don't want)(?: the| a| an)? \w+",
        " ",
        plain,
    )


def _pieces(plain: str) -> set[str]:
    """What of a text can tell options apart: words, pairs of Chinese characters, and the characters alone."""
    found = {_stem(word) for word in _LATIN_WORD.findall(plain) if word not in _EMPTY_WORDS and len(word) > 1}
    for run in _HAN_RUN.findall(plain):
        found |= {letter for letter in run if letter not in _EMPTY_HAN}
        pairs = (run[place : place + 2] for place in range(len(run) - 1))
        found |= {pair for pair in pairs if not all(letter in _EMPTY_HAN for letter in pair)}
    return found


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def options_of(step: Choose, locale: str, options: Collection[Option]) -> list[Offered]:
    """Written options in the language; what they are called in others is understood, too."""
    return [
        Offered(
            value=option.value,
            label=variant(option.label, locale, 0),
            words=(
                *(word for words in option.words.values() for word in words),
                *(text for language, texts in option.label.items() if language != locale for text in texts),
            ),
        )
        for option in options
    ]


def foreseen_choices(flow: Flow, text: str, locale: str, filled: Mapping[str, str]) -> dict[str, str]:
    """Choices among written options that the message makes before they are offered, for empty slots only.

    By the options' own words alone: labels such as "Yes" or "Other" say too little outside their question, and so
    does one letter.
    """
    found: dict[str, str] = {}
    plain = squeezed(text)
    for step in flow.steps:
        if not isinstance(step, Choose) or filled.get(step.slot) or step.slot in found:
            continue
        lengths = {
            option.value: _longest_said(plain, [word for words in option.words.values() for word in words])
            for option in step.options
        }
        longest = max(lengths.values(), default=0)
        best = [value for value, length in lengths.items() if length == longest > 1]
        if len(best) == 1:
            found[step.slot] = best[0]
    return found


def _longest_said(plain: str, words: Collection[str]) -> int:
    """The length of the longest of these words that the squeezed text says; 0 if it says none."""
    return max((len(squeezed(word)) for word in words if _says(plain, word)), default=0)
