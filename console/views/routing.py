"""Rules of the queue: who of those that wait comes first, and to whom they would best go."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from chat.actions.routing import create_rule, delete_rule, update_rule
from chat.errors import InvalidInput
from chat.models import RoutingRule
from chat.models.routing import TALK_LANGUAGE
from console.forms.routing import RoutingRuleForm
from console.permissions import StaffRequest, requires


@requires("route")
def index(request: StaffRequest) -> HttpResponseBase:
    """The rules in the order in which they are tried."""
    rules = RoutingRule.objects.filter(workspace=request.workspace).select_related("agent")
    return render(request, "console/routing/index.html", {"rules": rules, "talk_language": TALK_LANGUAGE})


@requires("route")
def create(request: StaffRequest) -> HttpResponseBase:
    """One more, behind the others."""
    form = RoutingRuleForm(request.POST or None, workspace=request.workspace)
    if request.method == "POST" and form.is_valid():
        try:
            create_rule(workspace=request.workspace, actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. It holds for everybody who asks for a person from now on."))
            return redirect("console:routing_rules")
    return render(request, "console/routing/form.html", {"form": form, "title": _("New rule")})


@requires("route")
def edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Change what it goes by or does."""
    rule = get_object_or_404(RoutingRule, workspace=request.workspace, pk=pk)
    form = RoutingRuleForm(request.POST or None, workspace=request.workspace, rule=rule)
    if request.method == "POST" and form.is_valid():
        try:
            update_rule(rule=rule, actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("console:routing_rules")
    return render(request, "console/routing/form.html", {"form": form, "title": _("Edit the rule"), "rule": rule})


@requires("route")
def delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask, then take it away."""
    rule = get_object_or_404(RoutingRule, workspace=request.workspace, pk=pk)
    if request.method == "POST":
        delete_rule(rule=rule, actor=request.user)
        messages.success(request, _("Deleted."))
        return redirect("console:routing_rules")
    return render(request, "console/routing/delete.html", {"rule": rule})
