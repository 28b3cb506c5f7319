"""Masking rules: their order, own patterns, and a box to try them out."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.annotated import Piece, Span, cut
from console.forms.masking import MaskingRuleForm
from console.permissions import StaffRequest, requires
from nlu.actions.masking import active_rules, create_rule, delete_rule, move_rule, update_rule
from nlu.errors import InvalidData
from nlu.masking.engine import Explanation, explain
from nlu.models import MaskingRule

SAMPLE_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Trial:
    """A text that was tried: what the rules made of it, and the original with what they found."""

    text: str
    explanation: Explanation
    pieces: tuple[Piece, ...]


def try_out(request: StaffRequest, text: str) -> Trial | None:
    """What the rules in use do to the text; nothing is stored. None without a text."""
    text = text[:SAMPLE_LENGTH]
    if not text.strip():
        return None
    explanation = explain(text, active_rules(request.workspace.pk))
    found = (
        Span(step.start, step.end, step.label, note=step.rule)
        for step in explanation.steps
        if step.outcome == "masked"
    )
    return Trial(text, explanation, cut(text, found))


@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """The rules in their order, and the try-out box. A tried text is posted, so that no address keeps it."""
    trial = try_out(request, request.POST.get("text", "")) if request.method == "POST" else None
    if request.htmx and request.htmx.target == "trial":
        return render(request, "console/masking/trial.html", {"trial": trial})
    rules = MaskingRule.objects.filter(workspace=request.workspace).order_by("position", "id")
    return render(request, "console/masking/index.html", {"rules": rules, "trial": trial})


@requires("teach")
def create(request: StaffRequest) -> HttpResponseBase:
    """A new rule, tried last."""
    form = MaskingRuleForm(request.POST or None, initial={"recognizer": "pattern"})
    if request.method == "POST" and form.is_valid():
        try:
            create_rule(workspace=request.workspace, actor=request.user, **form.values())
        except InvalidData as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The rule is in its place at the end of the list."))
            return redirect("console:masking_rules")
    return render(request, "console/masking/form.html", {"form": form, "title": _("New masking rule")})


@requires("teach")
def edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Change a rule."""
    rule = get_object_or_404(MaskingRule, workspace=request.workspace, pk=pk)
    form = MaskingRuleForm(request.POST or None, instance=rule)
    if request.method == "POST" and form.is_valid():
        try:
            update_rule(rule=rule, actor=request.user, **form.values())
        except InvalidData as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. It holds for messages from now on."))
            return redirect("console:masking_rules")
    return render(request, "console/masking/form.html", {"form": form, "rule": rule, "title": _("Edit the rule")})


@require_POST
@requires("teach")
def move(request: StaffRequest, pk: int) -> HttpResponseBase:
    """One place up or down; earlier rules win."""
    rule = get_object_or_404(MaskingRule, workspace=request.workspace, pk=pk)
    move_rule(rule=rule, steps=-1 if request.POST.get("do") == "up" else 1, actor=request.user)
    return redirect("console:masking_rules")


@require_POST
@requires("teach")
def switch(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Take a rule into use, or out of it."""
    rule = get_object_or_404(MaskingRule, workspace=request.workspace, pk=pk)
    changed = update_rule(rule=rule, enabled=not rule.enabled, actor=request.user)
    if changed.enabled:
        messages.success(request, _("“%(name)s” is in use.") % {"name": rule.name})
    else:
        messages.warning(
            request, _("“%(name)s” is off: what it found is stored as it was typed.") % {"name": rule.name}
        )
    return redirect("console:masking_rules")


@requires("teach")
def delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask, then delete."""
    rule = get_object_or_404(MaskingRule, workspace=request.workspace, pk=pk)
    if request.method == "POST":
        delete_rule(rule=rule, actor=request.user)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": rule.name})
        return redirect("console:masking_rules")
    return render(request, "console/masking/delete.html", {"rule": rule})
