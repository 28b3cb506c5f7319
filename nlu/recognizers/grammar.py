"""A small grammar engine: rules of words and named parts, read by memoised recursive descent (packrat).

A pattern is a sequence of elements between blanks: `{name}` is a named part, `a|b` are literal alternatives, a
final `?` makes an element optional. Blanks in the text are free between elements. A rule's builder receives the
`Site` and the value of each named part in order (None for an absent one) and returns the rule's value, None to
refuse, or NOTHING for what is understood to mean no value: it keeps its place in the text, so that no part of it
is read as something else, and whatever contains it means no value either.

Every part is read at most once per position and keeps one reading per end, so the time is linear in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from nlu.recognizers.reading import Reading, is_digit, is_letter


class _Nothing:
    """The type of NOTHING."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = _Nothing()
"""What an expression means that is understood and has no value."""


@dataclass(slots=True)
class Site:
    """Where a rule matched: the folded text [start, end), and the clock that relative expressions refer to."""

    reading: Reading
    clock: datetime
    start: int
    end: int


class Result(NamedTuple):
    """One reading of a part: where it ends, what it means."""

    end: int
    value: object


Builder = Callable[..., object]
Terminal = Callable[[Reading, int], Iterable[Result]]


@dataclass(frozen=True, slots=True)
class _Element:
    """A named part (`name`) or literals (`forms`)."""

    name: str
    forms: tuple[str, ...]
    optional: bool


@dataclass(eq=False, slots=True)
class _Rule:
    """`firsts[i]`: the keys that the elements from i on can begin with, None if they can all be absent."""

    elements: tuple[_Element, ...]
    builder: Builder
    firsts: tuple[frozenset[str] | None, ...] = ()


@dataclass(eq=False, slots=True)
class _Group:
    """Rules with one first element, by the keys that can follow it; `ending` are those that can be over then."""

    element: _Element
    following: dict[str, list[_Rule]]
    ending: list[_Rule]


_MOST_BLANKS = 2

DIGIT = "0"
"""The key of every digit; other keys are a whole Latin word or one other character."""


def key_at(text: str, position: int) -> str:
    """By what the rules that can begin at a position are found."""
    character = text[position]
    if is_digit(character):
        return DIGIT
    if not is_letter(character):
        return character
    end = position + 1
    while end < len(text) and is_letter(text[end]):
        end += 1
    return text[position:end]


def literal_at(text: str, position: int, form: str) -> bool:
    """Whether the literal stands at a position, a Latin one as a word of its own."""
    if not text.startswith(form, position):
        return False
    end = position + len(form)
    if is_letter(form[-1]) and end < len(text) and is_letter(text[end]):
        return False
    return not (is_letter(form[0]) and position and is_letter(text[position - 1]))


@dataclass(eq=False, slots=True)
class _Bucket:
    """Words with one key: `alone` are those that end with it, `longer` those and the ones that go on with a
    character, by that character. Both are longest first."""

    alone: list[tuple[str, object]]
    longer: dict[str, list[tuple[str, object]]]


@dataclass(eq=False, slots=True)
class _Part:
    """All ways to read one part by the key it begins with."""

    terminal: Terminal | None
    terminal_first: frozenset[str]
    words: dict[str, _Bucket]
    groups: dict[str, list[_Group]]
    first: frozenset[str]


class Grammar:
    """Rules, vocabularies and terminals by the name of the part they define. Frozen once first used."""

    def __init__(self) -> None:
        self._rules: dict[str, list[_Rule]] = {}
        self._terminals: dict[str, tuple[Terminal, frozenset[str]]] = {}
        self._words: dict[str, dict[str, list[tuple[str, object]]]] = {}
        self.parts: dict[str, _Part] = {}

    def rule(self, name: str, pattern: str, builder: Builder) -> None:
        """Add a way to read the part `name`."""
        self._rules.setdefault(name, []).append(_Rule(tuple(map(_element, pattern.split())), builder))

    def rules(self, name: str, patterns: Iterable[str], builder: Builder) -> None:
        """Add several ways with one meaning."""
        for pattern in patterns:
            self.rule(name, pattern, builder)

    def words(self, name: str, meanings: Mapping[str, object]) -> None:
        """Define a part by its words, which may hold blanks."""
        buckets = self._words.setdefault(name, {})
        for form, meaning in meanings.items():
            buckets.setdefault(key_at(form, 0), []).append((form, meaning))
        for bucket in buckets.values():
            bucket.sort(key=lambda entry: -len(entry[0]))

    def terminal(self, name: str, terminal: Terminal, first: Iterable[str]) -> None:
        """Define a part by a function; `first` are the keys (see `key_at`) that it can begin with."""
        self._terminals[name] = (terminal, frozenset(first))

    def freeze(self) -> None:
        """Work out by which key every rule can begin. Raises KeyError naming a part that nothing defines."""
        first = {name: set(keys) for name, (_, keys) in self._terminals.items()}
        first |= {name: set(buckets) for name, buckets in self._words.items()}
        first |= {name: set() for name in self._rules}
        changed = True
        while changed:
            changed = False
            for name, rules in self._rules.items():
                for rule in rules:
                    keys = _first_of(rule, first)
                    if not keys <= first[name]:
                        first[name] |= keys
                        changed = True
        for name, keys in first.items():
            table: dict[str, list[_Rule]] = {}
            for rule in self._rules.get(name, ()):
                rule.firsts = tuple(_rest(rule, index, first) for index in range(len(rule.elements) + 1))
                for key in _first_of(rule, first):
                    table.setdefault(key, []).append(rule)
            terminal, terminal_first = self._terminals.get(name, (None, frozenset()))
            groups = {key: _grouped(found) for key, found in table.items()}
            words = {key: _bucket(key, forms) for key, forms in self._words.get(name, {}).items()}
            self.parts[name] = _Part(terminal, terminal_first, words, groups, frozenset(keys))

    def starts(self, name: str) -> frozenset[str]:
        """The keys by which the part can begin."""
        return self.parts[name].first

    def parser(self, reading: Reading, clock: datetime) -> Parser:
        """A parser of one text."""
        return Parser(self, reading, clock)


def _bucket(key: str, forms: list[tuple[str, object]]) -> _Bucket:
    size = len(key)
    following = {form[size : size + 1] for form, _ in forms} - {""}
    return _Bucket(
        [entry for entry in forms if len(entry[0]) == size],
        {
            next_one: [entry for entry in forms if entry[0][size : size + 1] in ("", next_one)]
            for next_one in following
        },
    )


def _element(written: str) -> _Element:
    optional = written.endswith("?") and len(written) > 1
    body = written[:-1] if optional else written
    if body.startswith("{"):
        return _Element(body[1:-1], (), optional)
    forms = tuple(sorted(body.split("|"), key=len, reverse=True))
    return _Element("", forms, optional)


def _first_of(rule: _Rule, first: Mapping[str, set[str]]) -> set[str]:
    keys: set[str] = set()
    for element in rule.elements:
        keys |= first[element.name] if element.name else {key_at(form, 0) for form in element.forms}
        if not element.optional:
            break
    return keys


def _rest(rule: _Rule, index: int, first: Mapping[str, set[str]]) -> frozenset[str] | None:
    if all(element.optional for element in rule.elements[index:]):
        return None
    return frozenset(_first_of(_Rule(rule.elements[index:], rule.builder), first))


def _grouped(rules: list[_Rule]) -> list[_Group]:
    """The rules by their first element; one that is optional makes a group of its own, under no element."""
    groups: dict[_Element | int, _Group] = {}
    for number, rule in enumerate(rules):
        element = rule.elements[0]
        group = groups.setdefault(number if element.optional else element, _Group(element, {}, []))
        rest = rule.firsts[1]
        if rest is None or element.optional:
            group.ending.append(rule)
        else:
            for key in rest:
                group.following.setdefault(key, []).append(rule)
    return list(groups.values())


class Parser:
    """Reads the parts of one text; remembers what it has read."""

    def __init__(self, grammar: Grammar, reading: Reading, clock: datetime) -> None:
        self._parts = grammar.parts
        self._reading = reading
        self._text = reading.text
        self._size = len(reading.text)
        self._clock = clock
        self._memo: dict[str, dict[int, tuple[Result, ...]]] = {}
        self._keys: dict[int, str] = {}

    def key(self, position: int) -> str:
        """`key_at` of the text, remembered; empty behind its end."""
        key = self._keys.get(position)
        if key is None:
            key = key_at(self._text, position) if position < len(self._text) else ""
            self._keys[position] = key
        return key

    def read(self, name: str, position: int) -> tuple[Result, ...]:
        """All readings of a part that begin at a position, one per end."""
        part = self._parts[name]
        key = self._keys.get(position) or self.key(position)
        if key not in part.first:
            return ()
        memo = self._memo.get(name)
        if memo is None:
            memo = self._memo[name] = {}
        known = memo.get(position)
        if known is None:
            memo[position] = ()  # a rule that begins with itself finds nothing
            known = memo[position] = self._fresh(part, key, position)
        return known

    def _fresh(self, part: _Part, key: str, position: int) -> tuple[Result, ...]:
        found: dict[int, object] = {}
        if part.terminal is not None and key in part.terminal_first:
            for end, value in part.terminal(self._reading, position):
                found.setdefault(end, value)
        bucket = part.words.get(key) if part.words else None
        if bucket is not None:
            behind = position + len(key)
            for form, meaning in bucket.longer.get(self._text[behind : behind + 1], bucket.alone):
                if literal_at(self._text, position, form):
                    found.setdefault(position + len(form), meaning)
        for group in part.groups.get(key, ()):
            element = group.element
            if element.optional:
                self._match(group.ending[0], 0, position, (), position, found)
            elif element.name:
                for end, value in self.read(element.name, position):
                    self._continue(group, end, (value,), position, found)
            else:
                for end, values in self._element(element, position):
                    self._continue(group, end, values, position, found)
        return tuple([Result(end, value) for end, value in found.items()]) if found else ()

    def _continue(
        self, group: _Group, end: int, values: tuple[object, ...], start: int, found: dict[int, object]
    ) -> None:
        for rule in group.ending:
            self._match(rule, 1, end, values, start, found)
        if group.following:
            place = self._skip(end)
            for rule in group.following.get(self._keys.get(place) or self.key(place), ()):
                self._match(rule, 1, end, values, start, found)

    def _element(self, element: _Element, place: int) -> list[tuple[int, tuple[object, ...]]]:
        """All readings of one element: its end and, of a named part, its value."""
        if element.name:
            return [(end, (value,)) for end, value in self.read(element.name, place)]
        for form in element.forms:
            if literal_at(self._text, place, form):
                return [(place + len(form), ())]
        return []

    def _skip(self, position: int) -> int:
        text, size = self._text, self._size
        if position >= size or text[position] != " ":
            return position
        place = position + 1
        while place < size and text[place] == " " and place - position < _MOST_BLANKS:
            place += 1
        return place

    def _match(
        self,
        rule: _Rule,
        index: int,
        position: int,
        values: tuple[object, ...],
        start: int,
        found: dict[int, object],
    ) -> None:
        elements = rule.elements
        if index == len(elements):
            # A reading with a value takes the place of one without.
            if found.get(position, NOTHING) is NOTHING and position > start:
                value = self._build(rule, values, start, position)
                if value is not None:
                    found[position] = value
            return
        place = self._skip(position) if position > start else position
        needed = rule.firsts[index]
        if needed is not None and (self._keys.get(place) or self.key(place)) not in needed:
            return
        element = elements[index]
        if place < self._size:
            for end, more in self._element(element, place):
                self._match(rule, index + 1, end, values + more, start, found)
        if element.optional:
            absent = (*values, None) if element.name else values
            self._match(rule, index + 1, position, absent, start, found)

    def _build(self, rule: _Rule, values: tuple[object, ...], start: int, end: int) -> object:
        if any(value is NOTHING for value in values):
            return NOTHING
        return rule.builder(Site(self._reading, self._clock, start, end), *values)
