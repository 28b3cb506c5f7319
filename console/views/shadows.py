"""Shadow mode on a version's page: start, stop, what it found, and the turns behind every number."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chat.explanations import intent_titles
from console.permissions import StaffRequest, requires
from console.shadow_panel import compared_version, lines_of, newest_run, scored_turns, shadow_panel, with_turns
from console.tables import PAGE_SIZE, csv_response
from nlu.actions.audit import record
from nlu.actions.shadows import start_shadow, stop_shadow
from nlu.errors import CorruptArtifact, InvalidTransition, NoActiveModel, ShadowRefused
from nlu.inference import active_version
from nlu.models import ModelVersion
from nlu.types import OUT_OF_SCOPE

EXPORTED_AT_MOST = 20_000


def version_of(request: StaffRequest, number: int) -> ModelVersion:
    """The workspace's version with this number, or 404."""
    return get_object_or_404(ModelVersion, workspace=request.workspace, number=number)


def panel_address(number: int) -> str:
    """The panel on the version's page."""
    return f"{reverse('console:training_version', args=[number])}#shadow"


@require_GET
@requires("evaluate")
def panel(request: StaffRequest, number: int) -> HttpResponseBase:
    """The panel alone, as it is now."""
    version = version_of(request, number)
    if not request.htmx:
        return redirect(panel_address(number))
    context = {
        "version": version,
        "shadow": shadow_panel(version, active_version(request.workspace.pk)),
        "titles": intent_titles(request.workspace.pk, get_language() or ""),
    }
    return render(request, "console/training/shadow.html", context)


@require_POST
@requires("teach")
def start(request: StaffRequest, number: int) -> HttpResponseBase:
    """Let the candidate score live turns."""
    version = version_of(request, number)
    try:
        start_shadow(version=version, actor=request.user)
    except ShadowRefused as error:
        messages.error(request, _("v%(number)d is the shadow already. Stop it first.") % {"number": error.number})
    except InvalidTransition:
        messages.error(request, _("Only a candidate can be a shadow."))
    except NoActiveModel:
        messages.error(request, _("There is no active version to compare a shadow with."))
    except CorruptArtifact:
        messages.error(request, _("The files of this version are damaged or missing. It cannot be a shadow."))
    else:
        messages.success(
            request,
            _("%(version)s reads along from the next message on. Customers notice nothing.")
            % {"version": version},
        )
    return redirect(panel_address(number))


@require_POST
@requires("teach")
def stop(request: StaffRequest, number: int) -> HttpResponseBase:
    """End it; what was found stays."""
    version = version_of(request, number)
    if stop_shadow(version=version, actor=request.user) is None:
        messages.info(request, _("%(version)s is not the shadow any more.") % {"version": version})
    else:
        messages.success(
            request, _("%(version)s reads along no longer. What it found stays.") % {"version": version}
        )
    return redirect(panel_address(number))


@require_GET
@requires("evaluate")
def turns(request: StaffRequest, number: int) -> HttpResponseBase:
    """The turns of the newest run, newest first, of one pair or all; as a page, or as CSV, which is audited."""
    version = version_of(request, number)
    run = newest_run(version)
    understood, said = (request.GET.get(name, "").replace("\x00", "") for name in ("from", "to"))
    everything = request.GET.get("show") == "all"
    compared = compared_version(run)
    scores = scored_turns(run, compared, understood, said, everything=everything)
    if request.GET.get("format") == "csv":
        with transaction.atomic():
            record(
                actor=request.user,
                action="shadow_turns.exported",
                target=version,
                workspace=request.workspace,
                summary=f"{version}: {min(scores.count(), EXPORTED_AT_MOST)}",
            )
        rows = lines_of(with_turns(scores)[:EXPORTED_AT_MOST].iterator(chunk_size=500))
        return csv_response(
            f"version-{version.number}-shadow.csv",
            ["turn", "text", "language", "active", "shadow", "confidence", "answered"],
            (
                [
                    row.score.turn.uuid,
                    row.turn.text,
                    row.turn.locale,
                    row.score.understood or OUT_OF_SCOPE,
                    row.score.said or OUT_OF_SCOPE,
                    row.score.confidence,
                    timezone.localtime(row.score.turn.created_at).isoformat(timespec="seconds"),
                ]
                for row in rows
            ),
        )
    page = Paginator(with_turns(scores), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "version": version,
        "run": run,
        "compared": compared,
        "page": page,
        "rows": list(lines_of(list(page.object_list))),
        "understood": understood,
        "said": said,
        "everything": everything,
        "titles": intent_titles(request.workspace.pk, get_language() or ""),
    }
    return render(request, "console/training/shadow_turns.html", context)
