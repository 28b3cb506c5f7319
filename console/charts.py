"""Geometry of the console's charts: plain numbers in, coordinates out; templates draw them as SVG.

Axis labels are HTML beside the drawing, so that they keep their size on a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle in units of the view box."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """Stacked bars, and the round number at the top of the scale."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    top: int


@dataclass(frozen=True, slots=True)
class Line:
    """One series: the `points` attribute of a polyline, its last value, and its place among the series."""

    points: str
    last: float
    series: int


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over equal steps; each has a scale of its own from 0 to its largest value, or 1."""

    width: int
    height: int
    lines: tuple[Line, ...]


def round_top(value: float) -> int:
    """The smallest of 1, 2, 5 times a power of ten that is at least the value: a scale that reads easily."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if factor * size >= value:
                return factor * size
        size *= 10


def stacked_bars(
    rows: Sequence[tuple[str, Sequence[int]]], *, width: int = 560, height: int = 140, gap: int = 8
) -> BarChart:
    """A bar per row of (title, values from the bottom up). The titles become tooltips."""
    top = round_top(max((sum(values) for _title, values in rows), default=0))
    step = width / max(len(rows), 1)
    bars: list[Bar] = []
    for index, (title, values) in enumerate(rows):
        base = float(height)
        for series, value in enumerate(values, start=1):
            tall = value / top * height
            base -= tall
            if value:
                bars.append(
                    Bar(
                        round(index * step + gap / 2, 2),
                        round(base, 2),
                        round(step - gap, 2),
                        round(tall, 2),
                        series,
                        title,
                    )
                )
    return BarChart(width, height, tuple(bars), top)


def lines(series: Sequence[Sequence[float | None]], *, width: int = 560, height: int = 140) -> LineChart:
    """A line per series; missing values are left out. One value alone is drawn as a short flat line."""
    drawn: list[Line] = []
    for number, values in enumerate(series, start=1):
        known = [(index, value) for index, value in enumerate(values) if value is not None]
        if not known:
            continue
        top = max(1.0, *(value for _index, value in known)) if len(known) > 1 else max(1.0, known[0][1])
        step = width / max(len(values) - 1, 1)
        points = [(index * step, height - value / top * height) for index, value in known]
        if len(points) == 1:
            points.append((points[0][0] + 4, points[0][1]))
        drawn.append(Line(" ".join(f"{x:.1f},{y:.1f}" for x, y in points), known[-1][1], number))
    return LineChart(width, height, tuple(drawn))


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in units of the view box."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class RiskChart:
    """A curve over the width, `top` being the share in 0-1 at its upper edge; what is above is cut off there."""

    width: int
    height: int
    points: str
    target: float
    chosen: Spot
    current: Spot
    top: float


def risk_curve(
    curve: Sequence[tuple[float, float]],
    *,
    target: float,
    chosen: tuple[float, float],
    current: tuple[float, float],
    width: int = 560,
    height: int = 180,
    most_points: int = 200,
) -> RiskChart:
    """Share wrong over share answered, both in 0-1, with the promise as a line and two bounds as places."""
    last = curve[-1][1] if curve else 0.0
    top = min(1.0, round_top(max(last, target, chosen[1], current[1]) * 110) / 100)

    def spot(place: tuple[float, float]) -> Spot:
        return Spot(round(place[0] * width, 1), round(height * (1 - min(place[1] / top, 1.0)), 1))

    step = max(1, len(curve) // most_points)
    kept = [*curve[:-1:step], *curve[-1:]]
    drawn = [spot(place) for place in kept]
    return RiskChart(
        width=width,
        height=height,
        points=" ".join(f"{one.x},{one.y}" for one in drawn),
        target=spot((0.0, target)).y,
        chosen=spot(chosen),
        current=spot(current),
        top=top,
    )
