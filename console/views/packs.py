"""Scenario packs: what there is, installing one in the background, watching and stopping it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.actions.pack_installations import cancel_installation, request_installation
from chat.errors import InstallationRefused, InvalidTransition
from chat.models import PackInstallation
from chat.packs import available
from console.pack_lists import pack_card, pack_cards
from console.permissions import StaffRequest, requires

# htmx stops polling at this status; the answer is swapped like any other.
STOP_POLLING = 286


@requires("workspaces", workspace=False)
def index(request: StaffRequest) -> HttpResponseBase:
    """All packs, installed or not."""
    return render(request, "console/packs/index.html", {"cards": pack_cards(get_language() or "")})


@requires("workspaces", workspace=False)
def progress(request: StaffRequest, name: str) -> HttpResponseBase:
    """One pack's card, asked for every second while it is being installed."""
    if name not in available():
        raise Http404
    if not request.htmx:
        return redirect("console:packs")
    card = pack_card(name, get_language() or "")
    status = 200 if card.is_open else STOP_POLLING
    return render(request, "console/packs/card.html", {"card": card}, status=status)


@require_POST
@requires("workspaces", workspace=False)
def install(request: StaffRequest, name: str) -> HttpResponseBase:
    """Install it, or add what is missing of it."""
    if name not in available():
        raise Http404
    try:
        request_installation(name=name, actor=request.user)
    except InstallationRefused:
        messages.warning(request, _("This pack is being installed already."))
    return redirect("console:packs")


@require_POST
@requires("workspaces", workspace=False)
def cancel(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Stop an installation; what is stored stays."""
    row = get_object_or_404(PackInstallation, pk=pk)
    try:
        cancel_installation(row=row, actor=request.user)
    except InvalidTransition:
        messages.warning(request, _("That installation has ended already."))
    else:
        messages.success(request, _("The installation stops at its next step. What is stored until then stays."))
    return redirect("console:packs")
