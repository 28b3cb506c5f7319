"""Sentence encoders: those that there are, training one from the workspace's own texts, deleting it."""

from __future__ import annotations

import io

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from chat.models import WorkerHeartbeat
from chat.models.workers import WorkerRole
from console.encoder_lists import (
    encoder_rows,
    installed_encoders,
    is_busy,
    latest_encoder,
    progress_context,
    source_choices,
)
from console.forms.encoders import EncoderForm
from console.pair_file_words import pair_error_text
from console.permissions import StaffRequest, requires
from nlu.actions.encoder_sources import keep_pairs
from nlu.actions.encoders import cancel_encoder, delete_encoder, request_encoder
from nlu.errors import EncoderInUse, InvalidData, InvalidPair, InvalidTransition, TrainingRefused
from nlu.models import TrainedEncoder

# htmx stops polling at this status; the answer is swapped like any other.
STOP_POLLING = 286


def list_context(request: StaffRequest) -> dict[str, object]:
    """The encoders that there are, and whether another one must wait."""
    return {
        "rows": encoder_rows(request.workspace),
        "installed": installed_encoders(),
        "is_busy": is_busy(request.workspace),
    }


def page(request: StaffRequest, form: EncoderForm, *, status: int = 200) -> HttpResponseBase:
    """Everything about encoders on one page."""
    context = list_context(request) | progress_context(latest_encoder(request.workspace))
    context |= {
        "form": form,
        "choices": source_choices(request.workspace, form),
        "dispatcher_alive": WorkerHeartbeat.objects.alive(WorkerRole.DISPATCHER).exists(),
    }
    return render(request, "console/encoders/index.html", context, status=status)


@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """The encoders, the one in work, and the form for another one."""
    return page(request, EncoderForm())


@require_POST
@requires("teach")
def start(request: StaffRequest) -> HttpResponseBase:
    """Ask for an encoder; it is trained in the background."""
    form = EncoderForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            pairs_file = kept_file(request, form)
        except InvalidPair as error:
            form.add_error("file", pair_error_text(error))
        except UnicodeDecodeError:
            form.add_error("file", _("The file is not UTF-8 text. Save it as UTF-8 and try again."))
        except InvalidData:
            form.add_error("file", _("There are no pairs in this file."))
        else:
            return requested(request, form, pairs_file)
    return page(request, form, status=422)


def kept_file(request: StaffRequest, form: EncoderForm) -> str:
    """The uploaded pairs, masked and kept; empty without a file."""
    file = form.cleaned_data["file"]
    if file is None:
        return ""
    text = io.StringIO(file.read().decode("utf-8-sig"), newline="")
    return keep_pairs(workspace=request.workspace, file=text, is_csv=file.name.lower().endswith(".csv"))


def requested(request: StaffRequest, form: EncoderForm, pairs_file: str) -> HttpResponseBase:
    """Ask for what the form says, or show it again with what stands in the way."""
    try:
        request_encoder(
            workspace=request.workspace,
            name=form.cleaned_data["name"],
            sources=form.cleaned_data["sources"],
            minutes=form.cleaned_data["minutes"],
            pairs_file=pairs_file,
            actor=request.user,
        )
    except TrainingRefused:
        messages.warning(request, _("A training of this workspace is going on already."))
    except InvalidData as error:
        form.add_error(None, str(error))
        return page(request, form, status=422)
    return redirect("console:training_encoders")


@require_POST
@requires("teach")
def cancel(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Stop a training: a waiting one at once, a running one at its next step."""
    encoder = get_object_or_404(TrainedEncoder, workspace=request.workspace, pk=pk)
    try:
        cancel_encoder(encoder=encoder, actor=request.user)
    except InvalidTransition:
        messages.warning(request, _("That training has ended already."))
    else:
        messages.success(request, _("The training stops at its next step."))
    return redirect("console:training_encoders")


@requires("teach")
def progress(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The progress panel, asked for every second until the training has ended."""
    encoder = get_object_or_404(TrainedEncoder, workspace=request.workspace, pk=pk)
    if not request.htmx:
        return redirect("console:training_encoders")
    context = progress_context(encoder)
    if encoder.is_open:
        return render(request, "console/encoders/progress.html", context)
    context |= list_context(request)
    return render(request, "console/encoders/ended.html", context, status=STOP_POLLING)


@requires("teach")
def delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask, then delete an encoder that no version needs."""
    encoder = get_object_or_404(TrainedEncoder, workspace=request.workspace, pk=pk)
    if request.method != "POST":
        return render(request, "console/encoders/delete.html", {"encoder": encoder})
    try:
        delete_encoder(encoder=encoder, actor=request.user)
    except EncoderInUse as error:
        numbers = ", ".join(f"v{number}" for number in error.numbers)
        words = ngettext(
            "%(versions)s was made with it and can still serve. Put it aside first.",
            "%(versions)s were made with it and can still serve. Put them aside first.",
            len(error.numbers),
        )
        messages.error(request, words % {"versions": numbers})
    except (InvalidTransition, TrainingRefused):
        messages.error(request, _("A training is going on. Wait for its end, or cancel it first."))
    else:
        messages.success(request, _("“%(name)s” is deleted.") % {"name": encoder.name})
    return redirect("console:training_encoders")
