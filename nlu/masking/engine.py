"""Compiles rules to a masker that puts typed placeholders such as `[手机号#1]` in the place of personal data.

Rules are tried in their order and an earlier rule keeps what it found. Each placeholder is numbered per label
within one text, equal values share a number. `mask(mask(x)) == mask(x)` holds for every text: a placeholder
with a known label counts as masked already, so one typed by a visitor is left alone and reveals nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from nlu.errors import InvalidData
from nlu.masking.digits import DigitText
from nlu.masking.folding import MASKED, ScanText, scan_text
from nlu.masking.patterns import PatternSet
from nlu.masking.recognizers import RECOGNIZERS, Verdict

PATTERN = "pattern"
LABEL_LENGTH = 20
# Each pass masks more letters and digits than the one before, so a handful suffices for any sane rules.
_MAX_PASSES = 20
_LABEL = re.compile(r"[^\[\]#\s](?:[^\[\]#\n\r]*[^\[\]#\s])?")

Outcome = Literal["masked", "overlaps", "rejected"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of personal data: a built-in recognizer, or `recognizer` "pattern" with an RE2 expression.

    `keep`: what it finds is not only taken out, but kept in the vault.
    """

    name: str
    recognizer: str
    label: str
    pattern: str = ""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class MaskedSpan:
    """What was replaced: code points [start, end) of the original text, the rule's name, and the placeholder.

    `value` is the original in plain form (digits without spaces); it must go nowhere but into the vault, and only
    where the rule says `keep`.
    """

    start: int
    end: int
    rule: str
    recognizer: str
    label: str
    placeholder: str
    keep: bool = False
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked text and the spans of the original that it replaces, in order."""

    text: str
    spans: tuple[MaskedSpan, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a rule noticed: code points [start, end) of the original text and what became of it.

    outcome `masked`: replaced by `placeholder`; `overlaps`: the rule named `by` has (part of) it;
    `rejected`: looks like it but fails a check, named by `reason` (checksum, date, region, grouping,
    joined = part of a letter-digit identifier, decimal = part of a decimal number).
    """

    rule: str
    label: str
    start: int
    end: int
    text: str
    outcome: Outcome
    reason: Verdict = ""
    by: str = ""
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The masked text and, rule by rule in their order, what each noticed."""

    masked: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    rule: int
    start: int
    end: int
    value: str
    verdict: Verdict = ""


def check_label(label: str) -> None:
    """InvalidData if a placeholder could not carry the label: empty, too long, with brackets, # or line breaks."""
    if len(label) > LABEL_LENGTH or not _LABEL.fullmatch(label):
        raise InvalidData("A label has 1 to 20 characters, without brackets, # and line breaks")


class Masker:
    """Compiled rules. Immutable, so it may be shared between threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """InvalidPattern or InvalidData if a rule cannot be used."""
        for rule in rules:
            check_label(rule.label)
            if rule.recognizer != PATTERN and rule.recognizer not in RECOGNIZERS:
                raise InvalidData(f"There is no recognizer {rule.recognizer}")
        self.rules = tuple(rules)
        self._own = [index for index, rule in enumerate(rules) if rule.recognizer == PATTERN]
        self._patterns = PatternSet([rules[index].pattern for index in self._own])
        labels = "|".join(sorted({re.escape(rule.label) for rule in rules}, key=len, reverse=True))
        self._placeholder = re.compile(rf"\[({labels})#([1-9][0-9]{{0,4}})\]") if labels else None

    def mask(self, text: str) -> Masked:
        """The text with every finding replaced. Never raises, whatever the text."""
        chosen = self._choose(text)[0]
        return self._replaced(text, chosen)

    def explain(self, text: str) -> Explanation:
        """As `mask`, with what each rule noticed and why it did or did not lead to a placeholder."""
        chosen, others = self._choose(text, explain=True)
        masked = self._replaced(text, chosen)
        placeholders = {(span.start, span.end): span.placeholder for span in masked.spans}
        steps = [
            self._step(text, candidate, "masked", placeholder=placeholders[candidate.start, candidate.end])
            for candidate in chosen
        ]
        covered = {(candidate.rule, candidate.start, candidate.end) for candidate in chosen}
        for candidate in others:
            if (candidate.rule, candidate.start, candidate.end) in covered:
                continue
            covered.add((candidate.rule, candidate.start, candidate.end))
            winner = next((c for c in chosen if c.start < candidate.end and candidate.start < c.end), None)
            if winner is None and candidate.verdict:
                steps.append(self._step(text, candidate, "rejected", reason=candidate.verdict))
            elif winner is not None and winner.rule != candidate.rule and not candidate.verdict:
                steps.append(self._step(text, candidate, "overlaps", by=self.rules[winner.rule].name))
        order = {(rule.name, rule.label): index for index, rule in reversed(list(enumerate(self.rules)))}
        steps.sort(key=lambda step: (order[step.rule, step.label], step.start))
        return Explanation(masked.text, tuple(steps))

    def _step(
        self,
        text: str,
        candidate: _Candidate,
        outcome: Outcome,
        *,
        reason: Verdict = "",
        by: str = "",
        placeholder: str = "",
    ) -> Step:
        rule = self.rules[candidate.rule]
        found = text[candidate.start : candidate.end]
        return Step(rule.name, rule.label, candidate.start, candidate.end, found, outcome, reason, by, placeholder)

    def _choose(self, text: str, *, explain: bool = False) -> tuple[list[_Candidate], list[_Candidate]]:
        """What to replace, in order of the text; with `explain` also what the first pass passed over."""
        protected = self._typed_placeholders(text)
        chosen: list[_Candidate] = []
        passed_over: list[_Candidate] = []
        for number in range(_MAX_PASSES):
            done = sorted(protected + [(candidate.start, candidate.end) for candidate in chosen])
            accepted = self._pass(text, done, passed_over if explain and not number else None)
            if not accepted:
                break
            chosen.extend(accepted)
        return sorted(chosen, key=lambda candidate: candidate.start), passed_over

    def _typed_placeholders(self, text: str) -> list[tuple[int, int]]:
        if self._placeholder is None or "[" not in text:
            return []
        return [match.span() for match in self._placeholder.finditer(text)]

    def _pass(
        self, text: str, done: list[tuple[int, int]], passed_over: list[_Candidate] | None
    ) -> list[_Candidate]:
        """Search once, rule by rule: an earlier rule keeps its finds, in a rule the leftmost, longest wins."""
        folded = scan_text(text, done)
        typed = scan_text(text, done, fold=False) if self._own else folded
        own: list[list[_Candidate]] = [[] for _ in self.rules]
        if self._own:
            self._search_own(folded, own)
            if typed.text != folded.text:
                self._search_own(typed, own)
        subject = DigitText(folded.text)
        taken = bytearray(len(text))
        accepted: list[_Candidate] = []
        for index, rule in enumerate(self.rules):
            found = (
                own[index]
                if rule.recognizer == PATTERN
                else self._search_built_in(index, folded, subject, explain=passed_over is not None)
            )
            found.sort(key=lambda candidate: (candidate.start, -candidate.end))
            for candidate in found:
                if candidate.verdict or taken.find(1, candidate.start, candidate.end) != -1:
                    if passed_over is not None:
                        passed_over.append(candidate)
                    continue
                taken[candidate.start : candidate.end] = b"\x01" * (candidate.end - candidate.start)
                accepted.append(candidate)
        return accepted

    def _search_built_in(
        self, index: int, scanned: ScanText, subject: DigitText, *, explain: bool
    ) -> list[_Candidate]:
        return [
            _Candidate(index, *scanned.original_span(finding.start, finding.end), finding.value, finding.verdict)
            for finding in RECOGNIZERS[self.rules[index].recognizer](subject)
            if explain or not finding.verdict
        ]

    def _search_own(self, scanned: ScanText, found: list[list[_Candidate]]) -> None:
        """Matches of own expressions; one that reaches over masked parts counts for the parts between them."""
        for position, first, last in self._patterns.find(scanned.text):
            index = self._own[position]
            start = first
            for piece in scanned.text[first:last].split(MASKED):
                end = start + len(piece)
                if (first == start and last == end) or any(character.isalnum() for character in piece):
                    found[index].append(_Candidate(index, *scanned.original_span(start, end), value=piece))
                start = end + 1

    def _replaced(self, text: str, chosen: Sequence[_Candidate]) -> Masked:
        numbers: dict[str, dict[str, int]] = {}
        last_number = self._highest_numbers(text)
        pieces: list[str] = []
        spans: list[MaskedSpan] = []
        cursor = 0
        for candidate in chosen:
            rule = self.rules[candidate.rule]
            known = numbers.setdefault(rule.label, {})
            if candidate.value not in known:
                last_number[rule.label] = last_number.get(rule.label, 0) + 1
                known[candidate.value] = last_number[rule.label]
            placeholder = f"[{rule.label}#{known[candidate.value]}]"
            pieces += text[cursor : candidate.start], placeholder
            spans.append(
                MaskedSpan(
                    candidate.start,
                    candidate.end,
                    rule.name,
                    rule.recognizer,
                    rule.label,
                    placeholder,
                    rule.keep,
                    candidate.value if rule.keep else "",
                )
            )
            cursor = candidate.end
        pieces.append(text[cursor:])
        return Masked("".join(pieces), tuple(spans))

    def _highest_numbers(self, text: str) -> dict[str, int]:
        """Numbers that typed placeholders already use, so that a real value never shares one with them."""
        highest: dict[str, int] = {}
        if self._placeholder is not None and "[" in text:
            for match in self._placeholder.finditer(text):
                highest[match.group(1)] = max(highest.get(match.group(1), 0), int(match.group(2)))
        return highest


def compile_rules(rules: Iterable[Rule]) -> Masker:
    """A masker of the rules in the given order; InvalidPattern or InvalidData if one cannot be used."""
    return Masker(tuple(rules))


def explain(text: str, rules: Iterable[Rule]) -> Explanation:
    """What the rules would do with `text`, step by step, for the try-out box."""
    return compile_rules(rules).explain(text)


DEFAULT_RULES: tuple[Rule, ...] = (
    Rule("resident_id", "resident_id", "身份证号"),
    Rule("bank_card", "bank_card", "银行卡号"),
    Rule("email", "email", "邮箱"),
    Rule("mobile", "mobile", "手机号"),
)
