"""Deleting all that is kept of a person, at their wish and with a reason."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from chat.actions.erasure import erase_person
from chat.models import Conversation
from console.forms.profiles import ErasureForm
from console.permissions import StaffRequest, requires


@requires("erase", workspace=False)
def erase(request: StaffRequest, conversation: UUID) -> HttpResponseBase:
    """Ask for the reason, then delete the person's talks, profile and kept values, in every browser."""
    row = get_object_or_404(Conversation.objects.select_related("visitor__customer"), uuid=conversation)
    form = ErasureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        erased = erase_person(visitor=row.visitor, actor=request.user, reason=form.cleaned_data["reason"])
        messages.success(
            request, _("Erased: %(count)d conversations and all that was known.") % {"count": erased.conversations}
        )
        return redirect("console:inbox")
    customer = row.visitor.customer
    talks = customer.visitors.count() if customer is not None else 1
    return render(request, "console/inbox/erase.html", {"form": form, "conversation": row, "browsers": talks})
