"""Options that are told apart by what orders them: the cheapest, the earliest, the one at nine, in the morning.

Prices and times are read from the labels, as they are shown to the visitor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

from chat.dialogue.cues import NEGATED_BEFORE, NUMERALS


class Labelled(Protocol):
    """What has a label."""

    @property
    def label(self) -> str:
        """What the visitor is shown."""
        ...


Item = TypeVar("Item", bound=Labelled)

_PRICE: Final = re.compile(
    r"(?:[¥￥$€]\s*)(\d+(?:[.,]\d+)*)|(\d+(?:[.,]\d+)*)\s*(?:元|块|yuan|CNY|RMB)", re.IGNORECASE
)
_TIME: Final = re.compile(r"(?<![\d:])([01]?\d|2[0-4])[:：]([0-5]\d)(?![\d:])")
_NUMBER: Final = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?:G|GB|M|Mb|兆|kg|公斤|分钟|minutes?)(?![a-z])", re.IGNORECASE
)

_CHEAPEST: Final = re.compile(
    r"最?(?:便宜|低价|实惠|划算|省钱)|价(?:格|钱)?最低|最低价|少花|\b(?:cheap(?:est|er)?|"
    r"lowest(?: price)?|least expensive|low-?cost)\b",
    re.IGNORECASE,
)
_DEAREST: Final = re.compile(
    r"最贵|贵的|价(?:格|钱)?最高|\b(?:most expensive|dear(?:est|er)|priciest)\b", re.IGNORECASE
)
_EARLIEST: Final = re.compile(
    r"最早|早[点些](?:儿)?的|早的|头班|首班|第一班|\b(?:earl(?:iest|ier)|soonest|first thing)\b", re.IGNORECASE
)
_LATEST: Final = re.compile(
    r"最晚|晚[点些](?:儿)?的|晚的|末班|最迟|\b(?:latest|later one|last flight)\b", re.IGNORECASE
)
_BIGGEST: Final = re.compile(
    r"最(?:大|多|高档|快)|大[点些](?:儿)?的|多[点些](?:儿)?的|\b(?:biggest|largest|most data|fastest)\b",
    re.IGNORECASE,
)
_SMALLEST: Final = re.compile(
    r"最(?:小|少)|小[点些](?:儿)?的|少[点些](?:儿)?的|\b(?:smallest|least data)\b", re.IGNORECASE
)
_PARTS: Final[tuple[tuple[re.Pattern[str], int, int], ...]] = (
    (re.compile(r"凌晨|\bsmall hours\b", re.IGNORECASE), 0, 6),
    (re.compile(r"早上|清早|清晨|早晨|上午|\bmorning\b", re.IGNORECASE), 5, 12),
    (re.compile(r"中午|正午|\b(?:noon|midday|lunch)", re.IGNORECASE), 11, 14),
    (re.compile(r"下午|午后|\bafternoon\b", re.IGNORECASE), 12, 18),
    (re.compile(r"傍晚|\bearly evening\b", re.IGNORECASE), 16, 20),
    (re.compile(r"晚上|夜里|夜间|晚间|今晚|\b(?:evening|night|tonight)\b", re.IGNORECASE), 17, 25),
)
_CLOCK_ZH: Final = re.compile(
    r"(凌晨|早上|早晨|上午|中午|下午|傍晚|晚上)?\s*(\d{1,2}|十?[一二两三四五六七八九]|十|"
    r"二十[一二三]?)\s*(?:点|时)\s*(半|一刻|\d{1,2})?"
)
_CLOCK_EN: Final = re.compile(
    r"\b(\d{1,2})(?:[:.](\d\d))?\s*(a\.?m\b|p\.?m\b|o'?clock)|\b(?:at|the|around|"
    r"about)\s+(\d{1,2})(?:[:.](\d\d))?(?=\s*(?:one|flight|slot|$|[,.]))",
    re.IGNORECASE,
)


def by_trait(text: str, offered: Sequence[Item]) -> Item | None:
    """The option that the text tells by what sets it apart in the order of prices or times; None if none is."""
    if len(offered) < 2:
        return None
    for pattern, value, best in (
        (_CHEAPEST, _price, min),
        (_DEAREST, _price, max),
        (_EARLIEST, _time, min),
        (_LATEST, _time, max),
        (_BIGGEST, _size, max),
        (_SMALLEST, _size, min),
    ):
        if _says(pattern, text):
            return _extreme(offered, value, best)
    return _at_time(text, offered)


def _says(pattern: re.Pattern[str], text: str) -> bool:
    return any(NEGATED_BEFORE.search(text[: match.start()]) is None for match in pattern.finditer(text))


def _extreme(
    offered: Sequence[Item], value: Callable[[str], float | None], best: Callable[[Sequence[float]], float]
) -> Item | None:
    values = [value(one.label) for one in offered]
    known = [one for one in values if one is not None]
    if len(known) != len(offered):
        return None
    wanted = best(known)
    return offered[values.index(wanted)] if known.count(wanted) == 1 else None


def _price(label: str) -> float | None:
    match = _PRICE.search(label)
    return float((match[1] or match[2]).replace(",", "")) if match is not None else None


def _time(label: str) -> float | None:
    match = _TIME.search(label)
    return int(match[1]) + int(match[2]) / 60 if match is not None else None


def _size(label: str) -> float | None:
    match = _NUMBER.search(label)
    return float(match[1]) if match is not None else None


def _at_time(text: str, offered: Sequence[Item]) -> Item | None:
    """The only option at the hour, or in the part of the day, that the text names."""
    times = [(one, time) for one in offered if (time := _time(one.label)) is not None]
    if len(times) != len(offered):
        return None
    hours = _hours(text)
    if hours:
        exact = [one for one, time in times if any(abs(time - hour) < 0.01 for hour in hours)]
        within = exact or [one for one, time in times if any(hour <= time < hour + 1 for hour in hours)]
        return within[0] if len(within) == 1 else None
    for pattern, first, after in _PARTS:
        if _says(pattern, text):
            within = [one for one, time in times if first <= time < after]
            return within[0] if len(within) == 1 else None
    return None


def _hours(text: str) -> list[float]:
    """What hours the text may mean: without a part of the day both of the clock's."""
    if match := _CLOCK_ZH.search(text):
        part, said, minutes = match.groups()
        hour = _numeral(said) + {"半": 0.5, "一刻": 0.25}.get(
            minutes or "", int(minutes) / 60 if _digits(minutes) else 0
        )
        if part in ("下午", "傍晚", "晚上", "中午") and hour < 12 and not (part == "中午" and hour >= 11):
            return [hour + 12]
        return [hour] if part or hour >= 12 else [hour, hour + 12]
    if match := _CLOCK_EN.search(text):
        hour = int(match[1] or match[4]) + int(match[2] or match[5] or 0) / 60
        half = (match[3] or "").lower().replace(".", "")
        if half == "pm":
            return [hour + 12 if hour < 12 else hour]
        return [hour] if half == "am" or hour >= 12 else [hour, hour + 12]
    return []


def _digits(text: str | None) -> bool:
    return bool(text) and text is not None and text.isdigit()


def _numeral(said: str) -> int:
    if said.isdigit():
        return int(said)
    if said.startswith("二十"):
        return 20 + NUMERALS.get(said[2:], 0)
    return 10 + NUMERALS.get(said[1:], 0) if said.startswith("十") else NUMERALS[said]
