"""How the assistant reacts to an intent: titles, handling, wordings, quick replies."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.actions.replies import set_replies
from chat.errors import InvalidInput
from console.forms.intents import ReplyForm
from console.permissions import StaffRequest, requires
from console.reply_columns import reply_columns
from nlu.actions.intents import set_intent_titles
from nlu.errors import InvalidData
from nlu.models import Intent


@require_POST
@requires("teach")
def save(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Save the panel; with an error it comes back as it was typed."""
    intent = get_object_or_404(Intent, workspace=request.workspace, pk=pk)
    form = ReplyForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                set_intent_titles(intent=intent, titles=form.titles(), actor=request.user)
                set_replies(
                    intent=intent,
                    kind=form.cleaned_data["kind"],
                    replies=form.replies(),
                    quick_replies=form.quick_replies(),
                    actor=request.user,
                )
        except (InvalidData, InvalidInput) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. Customers get the new reply from their next message on."))
            if request.htmx:
                return render(
                    request, "console/intents/reply.html", {"intent": intent, "reply": reply_columns(intent)}
                )
            return redirect("console:intent", pk)
    return render(
        request,
        "console/intents/reply.html" if request.htmx else "console/intents/reply_page.html",
        {"intent": intent, "reply": reply_columns(intent, form)},
        status=422,
    )
