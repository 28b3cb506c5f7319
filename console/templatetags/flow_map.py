"""Drawings of flows, whose numbers have a point whatever the language, and how recorded conversations did."""

from __future__ import annotations

from django import template

from chat.models import Flow
from chat.recorded_results import DraftResults, results_of_draft

register = template.Library()


@register.filter
def pixels(value: float) -> str:
    """With one decimal at most, and a point: SVG knows no comma."""
    return f"{float(value):.1f}".removesuffix(".0")


@register.filter
def minus(value: float, other: float) -> float:
    """The difference."""
    return float(value) - float(other)


@register.simple_tag
def draft_results(flow: Flow) -> DraftResults:
    """How the flow's recorded conversations did with its draft."""
    return results_of_draft(flow)
