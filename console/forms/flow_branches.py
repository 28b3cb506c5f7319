"""The form of a branch: conditions as rows of plain choices, joined by “and” and “or”.

“And” binds tighter than “or”, as people read it, so that every condition can be written as such rows; what is
nested deeper in a document is taken apart into them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from django.utils.translation import gettext as _

from chat.dialogue.conditions import CLOCKS, read_condition
from chat.dialogue.fields import LONGEST_TEXT
from chat.dialogue.flows import Condition, Test
from chat.errors import InvalidInput
from console.flow_words import condition_text, test_words
from console.forms.flow_choices import split_words
from console.forms.flow_steps import StepForm

MOST_CASES: Final = 30
MOST_TESTS: Final = 12
_OPPOSITE: Final = {"is": "is_not", "is_not": "is", "filled": "not_filled", "not_filled": "filled"}
Joined = list[list["TestRow"]]
"""Groups, of which one must hold; of a group all tests."""


@dataclass(frozen=True, slots=True)
class TestRow:
    """One comparison as the form shows it. `what` is `slot:name`, `saved:`, `profile:` or `clock:hour`."""

    join: str
    what: str
    name: str
    test: str
    value: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing is chosen in it."""
        return not (self.what or self.name or self.value)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One way out: its tests, or (`as_written`) what no rows can show."""

    key: str
    number: int
    tests: tuple[TestRow, ...]
    next: str
    as_written: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written in it."""
        return not self.next and not self.as_written and all(test.is_empty for test in self.tests)


class BranchForm(StepForm):
    """Go one way or another."""

    kind = "branch"
    has_next = False

    def build(self) -> None:
        """The cases, and where it goes without any."""
        self.part(_("Conditions, tried from the top"), [], template="console/flows/cases.html")
        current = self.step.get("otherwise") or self.step.get("next") or ""
        self.add_target("otherwise", _("If none of them holds"), current, first=self.following)
        self.part(_("Otherwise"), ["otherwise"])

    @property
    def cases(self) -> list[CaseRow]:
        """What is written or was typed, and an empty case for the next one."""
        cases = [case for case in (self._typed() if self.is_bound else self._written()) if not case.is_empty]
        if len(cases) < MOST_CASES:
            key = str(max((int(case.key) for case in cases), default=-1) + 1)
            cases.append(CaseRow(key, len(cases) + 1, (_blank(),), ""))
        return cases

    def _written(self) -> list[CaseRow]:
        rows = []
        for place, case in enumerate(self.step.get("branch") or []):
            condition = _read(case.get("when"))
            joined = taken_apart(condition) if condition is not None else None
            if joined is None:
                text = condition_text(condition) if condition is not None else "–"
                rows.append(CaseRow(str(place), place + 1, (), case.get("next", ""), text))
            else:
                rows.append(CaseRow(str(place), place + 1, tuple(_in_rows(joined)), case.get("next", "")))
        return rows

    def _typed(self) -> list[CaseRow]:
        rows = []
        keys = [key for key in dict.fromkeys(self.posted.getlist("case")) if key.isdecimal() and len(key) < 4]
        for place, key in enumerate(keys[: MOST_CASES + 1]):
            written = self._case_as_written(key)
            tests = [row for row in self._tests_of(key) if not row.is_empty]
            more = [_blank()] if self.quiet or not tests else []
            shown = () if written else (*tests, *more)
            rows.append(CaseRow(key, place + 1, shown, self.posted.get(f"case-{key}-next", ""), written))
        return rows

    def _tests_of(self, key: str) -> Iterator[TestRow]:
        names = ("join", "what", "name", "test", "value")
        columns = [self.posted.getlist(f"case-{key}-{name}") for name in names]
        for place in range(min(max(len(column) for column in columns), MOST_TESTS + 1)):
            cells = [
                column[place].replace("\x00", "").strip() if place < len(column) else "" for column in columns
            ]
            yield TestRow(*cells)

    def _case_as_written(self, key: str) -> str:
        """The words of a condition that the form only hands through."""
        if not self.posted.get(f"case-{key}-kept"):
            return ""
        condition = _read(self._case_at(key).get("when"))
        return condition_text(condition) if condition is not None else ""

    def _case_at(self, key: str) -> Mapping[str, Any]:
        written = self.step.get("branch") or []
        place = int(key)
        found: Mapping[str, Any] = written[place] if place < len(written) else {}
        return found

    @property
    def whats(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What may be compared, in groups."""
        slots = [(f"slot:{row.name}", f"{row.title} ({row.name})") for row in self.page.slot_rows]
        saved = [(f"saved:{path}", path) for path in self.page.saved_paths]
        profile = [(f"profile:{name}", f"{title} ({name})") for name, title in self.page.attributes]
        known = {value for value, _title in (*slots, *saved)}
        used = [
            (test.what, test.what.partition(":")[2])
            for case in self.cases
            for test in case.tests
            if test.what and test.what not in known and not test.what.startswith(("clock:", "profile:", "saved:"))
        ]
        clocks = {
            "hour": _("hour, 0 to 23"),
            "weekday": _("day of the week, 1 for Monday"),
            "date": _("date today"),
        }
        return [
            (_("Slots"), [*slots, *dict.fromkeys(used)]),
            (_("Results of actions"), [*saved, ("saved:", _("another result, by its name"))]),
            (_("Customer’s profile"), [*profile, ("profile:", _("another attribute, by its name"))]),
            (_("Clock"), [(f"clock:{name}", clocks[name]) for name in CLOCKS]),
        ]

    @property
    def shown_cases(self) -> list[CaseRow]:
        """The cases, with results that the form does not list given by their name."""
        known = {value for _title, group in self.whats for value, _words in group}
        return [
            CaseRow(
                case.key, case.number, tuple(_by_name(t, known) for t in case.tests), case.next, case.as_written
            )
            for case in self.cases
        ]

    @property
    def tests(self) -> list[tuple[str, str]]:
        """How it may be compared."""
        return list(test_words().items())

    def clean(self) -> dict[str, Any]:
        """Every case says when, and each comparison with what."""
        cleaned = super().clean()
        places = {"", "end", "person", *self.page.definition.places}
        places |= {case.get("next", "") for case in self.step.get("branch") or []}
        for case in self._typed():
            tests = [row for row in case.tests if not row.is_empty]
            if not tests and case.next and not case.as_written:
                self.add_error(None, _("Condition %(number)d: say when it holds.") % {"number": case.number})
            if case.next not in places:
                self.add_error(
                    None, _("Condition %(number)d leads to a step that does not exist.") % {"number": case.number}
                )
            for row in tests:
                if wrong := _wrong_with(row):
                    self.add_error(
                        None, _("Condition %(number)d: %(wrong)s") % {"number": case.number, "wrong": wrong}
                    )
        return cleaned

    def own(self) -> dict[str, Any]:
        """The cases that say something; a condition that means what it meant stays as it was written."""
        made = []
        for case in self._typed():
            if case.is_empty:
                continue
            old = self._case_at(case.key).get("when")
            if case.as_written:
                when = old
            else:
                joined = _grouped([row for row in case.tests if not row.is_empty])
                read = _read(old)
                same = read is not None and taken_apart(read) == joined
                when = old if same else _written_out(joined)
            made.append({"when": when, "next": case.next} if case.next else {"when": when})
        written: dict[str, Any] = {"branch": made}
        otherwise = self.cleaned_data["otherwise"]
        if otherwise and otherwise == self.step.get("next") and "otherwise" not in self.step:
            return written | {"next": otherwise}
        return written | ({"otherwise": otherwise} if otherwise else {})


def _blank() -> TestRow:
    return TestRow("and", "", "", "is", "")


def _read(data: Any) -> Condition | None:
    try:
        return read_condition(data, "when")
    except InvalidInput:
        return None


def taken_apart(condition: Condition) -> Joined | None:
    """The condition as groups of tests; None where that would be too many, or a value has a comma."""
    joined = _groups(condition, negated=False)
    tests = [row for group in joined or [] for row in group]
    if joined is None or len(tests) > MOST_TESTS - 1:
        return None
    if any(
        row.test in ("in", "not_in") and len(split_words(row.value)) != row.value.count(", ") + 1 for row in tests
    ):
        return None
    return joined


def _groups(condition: Condition, *, negated: bool) -> Joined | None:
    if isinstance(condition, Test):
        return [[_row_of(condition, negated=negated)]]
    if condition.kind == "not":
        return _groups(condition.parts[0], negated=not negated)
    parts = [_groups(part, negated=negated) for part in condition.parts]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    if (condition.kind == "any") != negated:
        return [group for part in known for group in part]
    size = 1
    for part in known:
        size *= len(part)
    if size > MOST_TESTS:
        return None
    return [[row for group in combined for row in group] for combined in product(*known)]


def _row_of(test: Test, *, negated: bool) -> TestRow:
    name = test.test
    if name == "filled":
        word = "filled" if (test.values[0] == "true") != negated else "not_filled"
        return TestRow("and", f"{test.source}:{test.name}", "", word, "")
    word = _OPPOSITE.get(name, f"not_{name}") if negated else name
    return TestRow("and", f"{test.source}:{test.name}", "", word, ", ".join(test.values))


def _in_rows(joined: Joined) -> list[TestRow]:
    """The groups one after another: the first test of each but the first is joined by “or”."""
    return [
        TestRow("or" if place == 0 and number else "and", row.what, row.name, row.test, row.value)
        for number, group in enumerate(joined)
        for place, row in enumerate(group)
    ]


def _by_name(row: TestRow, known: set[str]) -> TestRow:
    """A result or attribute that is not among the choices, given by its name."""
    source, _colon, name = row.what.partition(":")
    if not name or row.what in known or source not in ("saved", "profile"):
        return row
    return TestRow(row.join, f"{source}:", name, row.test, row.value)


def _full(row: TestRow) -> str:
    """Source and name, wherever the name is written."""
    return row.what + row.name if row.what in ("saved:", "profile:") else row.what


def _grouped(rows: list[TestRow]) -> Joined:
    joined: Joined = []
    for row in rows:
        value = "" if row.test in ("filled", "not_filled") else row.value
        if row.test in ("in", "not_in"):
            value = ", ".join(split_words(value))
        plain = TestRow("and", _full(row), "", row.test, value)
        if not joined or row.join == "or":
            joined.append([plain])
        else:
            joined[-1].append(plain)
    return joined


def _wrong_with(row: TestRow) -> str:
    source, _colon, name = _full(row).partition(":")
    if source not in ("slot", "saved", "profile", "clock") or not name:
        return _("choose what is compared.")
    if row.test not in test_words() or (source == "clock" and name not in CLOCKS):
        return _("choose how it is compared.")
    if len(row.value) > LONGEST_TEXT or len(name) > LONGEST_TEXT:
        return _("that is too long.")
    if row.test not in ("filled", "not_filled") and not split_words(row.value):
        return _("say what it is compared with.")
    return ""


def _written_out(joined: Joined) -> dict[str, Any]:
    """The groups as a document's condition."""
    groups = [[_test_written(row) for row in group] for group in joined]
    parts = [group[0] if len(group) == 1 else {"all": group} for group in groups]
    return parts[0] if len(parts) == 1 else {"any": parts}


def _test_written(row: TestRow) -> dict[str, Any]:
    source, _colon, name = row.what.partition(":")
    match row.test:
        case "filled" | "not_filled":
            return {source: name, "filled": "true" if row.test == "filled" else "false"}
        case "in" | "not_in":
            test: dict[str, Any] = {source: name, "in": split_words(row.value)}
        case "not_above" | "not_below":
            test = {source: name, row.test.removeprefix("not_"): row.value}
        case _:
            return {source: name, row.test: row.value}
    return {"not": test} if row.test.startswith("not_") else test
