"""Choosing, making and adjusting workspaces."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.context import choose_workspace
from console.forms.workspaces import WorkspaceForm, WorkspaceSettingsForm
from console.permissions import StaffRequest, requires
from console.tables import number_of
from nlu.actions.workspaces import create_workspace, update_workspace
from nlu.errors import InvalidData
from nlu.models import Workspace


@require_POST
@requires("overview", workspace=False)
def choose(request: StaffRequest) -> HttpResponseBase:
    """Work on another workspace from now on."""
    number = request.POST.get("workspace", "")
    chosen = get_object_or_404(Workspace, pk=number_of(number) or 0)
    choose_workspace(request, chosen)
    return redirect("console:dashboard")


@requires("workspaces", workspace=False)
def create(request: StaffRequest) -> HttpResponseBase:
    """A new workspace, chosen at once."""
    form = WorkspaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            workspace = create_workspace(
                slug=form.cleaned_data["slug"],
                name=form.cleaned_data["name"],
                default_locale=form.cleaned_data["default_locale"],
                actor=request.user,
            )
        except InvalidData:
            form.add_error("slug", _("Another workspace has this short name."))
        else:
            choose_workspace(request, workspace)
            done = _("The workspace “%(name)s” is ready. You are working on it now.")
            messages.success(request, done % {"name": workspace.name})
            return redirect("console:dashboard")
    return render(request, "console/workspaces/create.html", {"form": form})


@requires("workspaces")
def settings(request: StaffRequest) -> HttpResponseBase:
    """Name, language and patience of the assistant of the current workspace."""
    form = WorkspaceSettingsForm(request.POST or None, instance=request.workspace)
    if request.method == "POST" and form.is_valid():
        update_workspace(workspace=request.workspace, actor=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("console:workspace_settings")
    return render(request, "console/workspaces/settings.html", {"form": form})
