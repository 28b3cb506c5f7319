"""Business systems: connections with their secrets, actions with their definitions, and trying an action out."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.db.models import Prefetch
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.actions.business import (
    clear_secret,
    create_action,
    create_connection,
    delete_action,
    delete_connection,
    update_action,
    update_connection,
)
from chat.actions.trials import try_action
from chat.business.action_reader import action_of, read_action
from chat.business.action_text import action_text
from chat.errors import InvalidInput
from chat.models import BusinessAction, Connection
from console.forms.connections import BusinessActionForm, ConnectionForm, TrialForm
from console.permissions import StaffRequest, requires

EXAMPLE: Final = """name: find_order
title: {en: Find an order, zh-hans: 查订单}
method: GET
path: /orders/{order_no}
inputs: {order_no: {required: true}}
effect: read
timeout_seconds: 5
retries: 1
outputs:
  status: status
  total: total
outcomes:
- {status: 404, outcome: not_found}
"""


@requires("connect")
def index(request: StaffRequest) -> HttpResponseBase:
    """The systems, each with what can be asked of it."""
    actions = Prefetch("actions", BusinessAction.objects.order_by("name"))
    connections = Connection.objects.filter(workspace=request.workspace).prefetch_related(actions)
    return render(request, "console/connections/index.html", {"connections": connections})


@requires("connect")
def create(request: StaffRequest) -> HttpResponseBase:
    """A new system."""
    form = ConnectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            create_connection(workspace=request.workspace, actor=request.user, **form.values())
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Connected. Next, say what can be asked of it."))
            return redirect("console:connections")
    return render(request, "console/connections/form.html", {"form": form, "title": _("New connection")})


@requires("connect")
def edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Change where a system is or what opens it."""
    connection = get_object_or_404(Connection, workspace=request.workspace, pk=pk)
    initial = {"base_url": connection.base_url, "header": connection.header, "scheme": connection.scheme}
    form = ConnectionForm(request.POST or None, connection=connection, initial=initial)
    if request.method == "POST" and form.is_valid():
        had_secret = connection.secret_id is not None
        try:
            changed = update_connection(connection=connection, actor=request.user, **form.values())
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            if form.cleaned_data.get("forget_secret") and not form.cleaned_data["secret_value"]:
                clear_secret(connection=changed, actor=request.user)
            if had_secret and changed.secret_id is None:
                messages.warning(
                    request, _("Saved. The secret is no longer stored: type it in for the new address.")
                )
            else:
                messages.success(request, _("Saved."))
            return redirect("console:connections")
    return render(
        request,
        "console/connections/form.html",
        {"form": form, "connection": connection, "title": _("Edit the connection")},
    )


@requires("connect")
def delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask, then delete a system with its actions."""
    connection = get_object_or_404(Connection, workspace=request.workspace, pk=pk)
    if request.method == "POST":
        delete_connection(connection=connection, actor=request.user)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": connection.name})
        return redirect("console:connections")
    context = {"name": connection.name, "actions": connection.actions.count()}
    return render(request, "console/connections/delete.html", context)


@requires("connect")
def action_create(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A new action of a system."""
    connection = get_object_or_404(Connection, workspace=request.workspace, pk=pk)
    form = BusinessActionForm(request.POST or None, initial={"text": EXAMPLE})
    if request.method == "POST" and form.is_valid():
        try:
            _definition, document = read_action(form.cleaned_data["text"])
            made = create_action(connection=connection, definition=document, actor=request.user)
        except InvalidInput as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("The action is there. Try it out before a flow calls it."))
            return redirect("console:connection_action", pk=made.pk)
    return render(request, "console/connections/action.html", {"form": form, "connection": connection})


@requires("connect")
def action(request: StaffRequest, pk: int) -> HttpResponseBase:
    """One action: its definition, and the panel to try it out."""
    row = get_object_or_404(
        BusinessAction.objects.select_related("connection"), workspace=request.workspace, pk=pk
    )
    form = BusinessActionForm(request.POST or None, initial={"text": action_text(row.definition)})
    if request.method == "POST" and form.is_valid():
        try:
            _definition, document = read_action(form.cleaned_data["text"])
            update_action(action=row, definition=document, actor=request.user)
        except InvalidInput as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("Saved. It holds from the next call on."))
            return redirect("console:connection_action", pk=row.pk)
    definition = action_of(row.definition)
    return render(
        request,
        "console/connections/action.html",
        {
            "form": form,
            "connection": row.connection,
            "action": row,
            "definition": definition,
            "trial_form": TrialForm(definition=definition),
        },
    )


@require_POST
@requires("connect")
def action_try(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Call the action with what was typed; the answer is a fragment, or a page without scripts."""
    row = get_object_or_404(
        BusinessAction.objects.select_related("connection__secret", "workspace"),
        workspace=request.workspace,
        pk=pk,
    )
    definition = action_of(row.definition)
    form = TrialForm(request.POST, definition=definition)
    trial = try_action(action=row, inputs=form.inputs(), actor=request.user) if form.is_valid() else None
    context = {
        "action": row,
        "connection": row.connection,
        "definition": definition,
        "trial_form": form,
        "trial": trial,
    }
    if request.htmx:
        return render(request, "console/connections/trial.html", context)
    page = BusinessActionForm(initial={"text": action_text(row.definition)})
    return render(request, "console/connections/action.html", context | {"form": page})


@requires("connect")
def action_delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask, then delete an action."""
    row = get_object_or_404(BusinessAction, workspace=request.workspace, pk=pk)
    if request.method == "POST":
        delete_action(action=row, actor=request.user)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": row.name})
        return redirect("console:connections")
    return render(request, "console/connections/delete.html", {"name": row.name, "action": row})
