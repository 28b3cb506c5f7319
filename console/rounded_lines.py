"""Lines with rounded corners, as the path of an SVG."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

CORNER: Final = 6.0
"""Radius of a corner in pixels."""


def rounded(points: Iterable[tuple[float, float]]) -> str:
    """A path along straight lines whose corners are rounded."""
    spots = list(points)
    parts = [f"M{spots[0][0]:.1f} {spots[0][1]:.1f}"]
    for before, corner, after in zip(spots, spots[1:], spots[2:], strict=False):
        near, far = _toward(corner, before), _toward(corner, after)
        parts.append(f"L{near[0]:.1f} {near[1]:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {far[0]:.1f} {far[1]:.1f}")
    parts.append(f"L{spots[-1][0]:.1f} {spots[-1][1]:.1f}")
    return "".join(parts)


def _toward(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """The point a little away from the corner, on the way to the other one."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(dx) + abs(dy), 0.01)
    share = min(CORNER, length / 2) / length
    return corner[0] + dx * share, corner[1] + dy * share
