"""Invitations: the rules with their figures, one rule, the people behind a figure, and trying the rules out."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chat.actions.invitation_rules import create_rule, delete_rule, switch_rule, update_rule
from chat.errors import InvalidInput
from chat.models import BehaviourPolicy, Invitation, InvitationRule
from console.forms.invitations import InvitationRuleForm, TryRulesForm
from console.invitation_lists import STEPS, MadeUpVisitor, people_of, rules_with_figures, try_rules
from console.invitation_words import flow_title, rule_text
from console.permissions import StaffRequest, requires
from console.tables import csv_response, one_of, page_of, search_text


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as the list shows it, with its figures in the order of `STEPS`."""

    rule: InvitationRule
    when: str
    flow_title: str
    figures: tuple[tuple[str, int], ...]
    rests: bool


def row_of(rule: InvitationRule) -> RuleRow:
    """A rule that `rules_with_figures` counted."""
    flow = rule.flow
    return RuleRow(
        rule=rule,
        when=rule_text(rule),
        flow_title=flow_title(flow) if flow is not None else "",
        figures=tuple((step, getattr(rule, step)) for step in STEPS),
        rests=flow is None or not flow.is_on or flow.published_id is None,
    )


@require_GET
@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """The rules, and the box to try them out."""
    query, only = search_text(request), one_of(request, "only", ("on", "off"))
    rows = [row_of(rule) for rule in rules_with_figures(request.workspace, query=query, only=only)]
    if request.GET.get("format") == "csv":
        return csv_response(
            "invitations.csv",
            ["name", "on", "priority", "when", "flow", *STEPS],
            (
                [
                    row.rule.name,
                    "1" if row.rule.is_on else "0",
                    row.rule.priority,
                    row.when,
                    row.rule.flow.name if row.rule.flow is not None else "",
                    *(count for _step, count in row.figures),
                ]
                for row in rows
            ),
        )
    context = {
        "rows": rows,
        "query": query,
        "only": only,
        "is_filtered": bool(query or only),
        "is_live": BehaviourPolicy.objects.filter(site__workspace=request.workspace, is_on=True).exists(),
        "try_form": TryRulesForm(workspace=request.workspace),
    }
    return render(request, "console/invitations/index.html", context)


@require_GET
@requires("teach")
def attempt(request: StaffRequest) -> HttpResponseBase:
    """Which rule would invite a made-up visitor, and why the others would not. Nothing is stored."""
    form = TryRulesForm(request.GET, workspace=request.workspace)
    trial = try_rules(MadeUpVisitor(**form.cleaned_data)) if form.is_valid() else None
    template = "console/invitations/trial.html" if request.htmx else "console/invitations/trial_page.html"
    return render(request, template, {"try_form": form, "trial": trial}, status=200 if form.is_valid() else 422)


@requires("teach")
def create(request: StaffRequest) -> HttpResponseBase:
    """A new rule."""
    form = InvitationRuleForm(request.POST or None, workspace=request.workspace)
    if request.method == "POST" and request.htmx and request.htmx.target == "preview":
        return preview(request, form)
    if request.method == "POST" and form.is_valid():
        try:
            create_rule(workspace=request.workspace, content=form.content(), actor=request.user)
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The rule is in use. Try it out below."))
            return redirect("console:invitations")
    return form_page(request, form)


@requires("teach")
def edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Change a rule."""
    rule = get_object_or_404(InvitationRule, workspace=request.workspace, pk=pk)
    form = InvitationRuleForm(request.POST or None, workspace=request.workspace, rule=rule)
    if request.method == "POST" and request.htmx and request.htmx.target == "preview":
        return preview(request, form)
    if request.method == "POST" and form.is_valid():
        try:
            update_rule(rule=rule, content=form.content(), actor=request.user)
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. It holds from the next event on."))
            return redirect("console:invitations")
    return form_page(request, form, rule)


def form_page(
    request: StaffRequest, form: InvitationRuleForm, rule: InvitationRule | None = None
) -> HttpResponseBase:
    """The form with the preview beside it."""
    context = {"form": form, "rule": rule, "words": form.written()}
    return render(request, "console/invitations/form.html", context, status=422 if form.errors else 200)


def preview(request: StaffRequest, form: InvitationRuleForm) -> HttpResponseBase:
    """What customers see of what is typed so far."""
    return render(request, "console/invitations/preview.html", {"words": form.written()})


@require_POST
@requires("teach")
def switch(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Take a rule into use, or out of it."""
    rule = get_object_or_404(InvitationRule, workspace=request.workspace, pk=pk)
    changed = switch_rule(rule=rule, on=not rule.is_on, actor=request.user)
    if changed.is_on:
        messages.success(request, _("“%(name)s” is in use.") % {"name": rule.name})
    else:
        messages.success(request, _("“%(name)s” is off: nobody is invited by it.") % {"name": rule.name})
    return redirect("console:invitations")


@requires("teach")
def delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask with the figures, then delete."""
    rule = get_object_or_404(InvitationRule, workspace=request.workspace, pk=pk)
    if request.method == "POST":
        delete_rule(rule=rule, actor=request.user)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": rule.name})
        return redirect("console:invitations")
    shown = Invitation.objects.filter(rule=rule, shown_at__isnull=False).count()
    return render(request, "console/invitations/delete.html", {"rule": rule, "shown": shown})


@require_GET
@requires("teach")
def people(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Who was invited by a rule, and what came of it; the conversations behind the figures."""
    rule = get_object_or_404(InvitationRule, workspace=request.workspace, pk=pk)
    step = one_of(request, "step", STEPS, "shown")
    page = page_of(request, people_of(rule, step))
    return render(
        request, "console/invitations/people.html", {"rule": rule, "step": step, "steps": STEPS, "page": page}
    )
