"""Numbers of drawings, which must have a point whatever the language."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def pixels(value: float) -> str:
    """With one decimal at most, and a point: SVG knows no comma."""
    return f"{float(value):.1f}".removesuffix(".0")


@register.filter
def minus(value: float, other: float) -> float:
    """The difference."""
    return float(value) - float(other)
