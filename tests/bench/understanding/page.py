"""The page of figures, from what was measured."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.understanding.measures import Spread
from tests.bench.understanding.parts import Part, Row
from tests.bench.understanding.results import Measured, ResultsFile

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
NAMES = {"ngram": "n-grams", "minilm": "n-grams + MiniLM", "pairs": "n-grams + pairs", "rules": "rules"}


def cell(row: Row, measured: Sequence[Measured]) -> str:
    """Means of all seeds, side by side, and how far the seeds lie apart; empty where the figures lack a key."""
    shown, apart = [], []
    counted = [one for one in measured if one.figures]
    for key in row.keys:
        values = [one.figures[key] for one in counted if key in one.figures]
        if not values:
            return ""
        spread = Spread.of(values)
        shown.append(number(spread.mean, row.unit))
        apart.append(number((spread.high - spread.low) / 2, row.unit))
    text = " / ".join(shown) + (f" {row.unit}" if row.unit else "")
    return text if len(counted) == 1 else f"{text} (± {' / '.join(apart)})"


def number(value: float, unit: str) -> str:
    """Percent with one decimal; plain numbers with three digits or so."""
    if unit == "%":
        return f"{100 * value:.1f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(parts: Sequence[Part], results: ResultsFile) -> str:
    """All rows of all parts that were measured, and what was not and why."""
    lines = [
        "| set | measure | with | here | asked of the held-out tests | seeds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    absent = []
    for part in parts:
        for variant in part.variants:
            measured = sorted(results.of(part.name, variant), key=lambda one: one.seed)
            good = [one for one in measured if not one.refused]
            if not good:
                reason = measured[0].refused if measured else "not measured yet"
                absent.append(f"- {part.name}, {NAMES[variant]}: {reason}")
                continue
            seeds = ", ".join(str(one.seed) for one in good)
            for row in part.rows:
                if shown := cell(row, good):
                    lines.append(
                        f"| {part.name} | {row.title} | {NAMES[variant]} | {shown} | {row.asked} | {seeds} |"
                    )
    text = "\n".join(lines)
    if absent:
        text += "\n\nNot measured:\n\n" + "\n".join(absent)
    return text


def protocols(parts: Sequence[Part]) -> str:
    """How each part is measured."""
    return "\n".join(f"- **{part.name}**: {part.protocol}" for part in parts)


def origin(results: ResultsFile) -> str:
    """When, and with which versions of the program."""
    rows = results.all()
    if not rows:
        return "Nothing was measured yet."
    days = sorted({row.date[:10] for row in rows})
    commits = sorted({row.commit for row in rows})
    hours = sum(row.seconds for row in rows) / 3600
    spread = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"Measured {spread} at {', '.join(commits)}; {hours:.1f} hours of the clock in all."


def section(parts: Sequence[Part], results: ResultsFile) -> str:
    """What stands between the two marks of the page."""
    return f"{BEGIN}\n\n{origin(results)}\n\n{table(parts, results)}\n\n## How\n\n{protocols(parts)}\n\n{END}"


def renewed(page: str, fresh: str) -> str:
    """The page with the figures between its marks replaced; ValueError if it has no marks."""
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError("the page has no place for figures")
    return before + fresh + after
