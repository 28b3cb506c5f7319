"""Reading what was said: search, one conversation with what the assistant understood, export."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from chat.explanations import explain_turn, intent_titles
from chat.kept_values import kept_of, pieces_of
from chat.models import Agent, Conversation, Review, Turn
from chat.models.reviews import ReviewStatus
from chat.transcript_export import export_lines
from chat.transcripts import (
    TranscriptPage,
    find_transcripts,
    page_start,
    read_transcript,
    readable_transcripts,
    with_opening,
)
from console.context import find_current_workspace
from console.forms.transcripts import TranscriptFilterForm
from console.permissions import StaffRequest, has_permission, requires
from console.tables import number_of
from nlu.actions.audit import record
from nlu.models import Workspace

ROWS_A_PAGE = 50


@require_GET
@requires("own_transcripts")
def transcripts(request: StaffRequest) -> HttpResponseBase:
    """The list, newest first; agents see the conversations that they took part in."""
    form = TranscriptFilterForm(request.GET, workspace=request.workspace)
    wanted = form.wanted()
    allowed = readable(request, request.workspace)
    found = find_transcripts(allowed, wanted) if wanted is not None else allowed.none()
    page = Paginator(with_opening(found), ROWS_A_PAGE).get_page(request.GET.get("page"))
    parameters = request.GET.copy()
    parameters.pop("page", None)
    return render(
        request,
        "console/transcripts/list.html",
        {
            "form": form,
            "titles": intent_titles(request.workspace.pk, get_language() or ""),
            "page": page,
            "parameters": parameters.urlencode(),
            "restricted": not has_permission(request.user, "transcripts"),
            "any_at_all": page.paginator.count > 0 or allowed.exists(),
        },
    )


@require_GET
@requires("own_transcripts", workspace=False)
def transcript(request: StaffRequest, conversation: UUID) -> HttpResponseBase:
    """One conversation. `turn` leads to a turn's explanation, `start` to a later part of a long conversation."""
    row = get_object_or_404(
        readable(request, None).select_related("visitor", "site", "assignee"), uuid=conversation
    )
    start = request.GET.get("start", "")
    turn = request.GET.get("turn", "")
    first = int(start) if start.isdecimal() and len(start) < 10 else 1
    turn_id = number_of(turn)
    chosen = row.turns.filter(pk=turn_id).first() if turn_id is not None else None
    if chosen is not None:
        first = page_start(chosen.first_sequence)
    page = read_transcript(row, start=max(first, 1))
    current = find_current_workspace(request)
    messages = [message for exchange in page.exchanges for message in exchange.messages]
    kept = pieces_of(messages, kept_of(row)) if has_permission(request.user, "reveal") else {}
    return render(
        request,
        "console/transcripts/transcript.html",
        {
            "conversation": row,
            "titles": intent_titles(row.site.workspace_id, get_language() or ""),
            "page": page,
            "kept": kept,
            "reviews": reviews_of(page),
            # Screens of teaching work on the chosen workspace only.
            "may_review": has_permission(request.user, "review")
            and current is not None
            and current.pk == row.site.workspace_id,
            "chosen": explain_turn(chosen) if chosen is not None else None,
            "handoffs": row.handoffs.select_related("accepted_by").order_by("id"),
        },
    )


@require_GET
@requires("transcripts")
def export(request: StaffRequest) -> HttpResponse:
    """The filtered conversations as CSV, masked as stored. Noted in the audit list before anything leaves."""
    form = TranscriptFilterForm(request.GET, workspace=request.workspace)
    wanted = form.wanted()
    if wanted is None:
        return redirect(f"{reverse('console:transcripts')}?{request.GET.urlencode()}")
    found = find_transcripts(readable(request, request.workspace), wanted)
    with transaction.atomic():
        record(
            actor=request.user,
            action="transcripts.exported",
            target=request.workspace,
            workspace=request.workspace,
            summary=str(found.count()),
        )
    name = f"transcripts-{timezone.localdate():%Y-%m-%d}.csv"
    return HttpResponse(
        export_lines(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def reviews_of(page: TranscriptPage) -> dict[int, Review]:
    """Turn id -> the verdict on its wording, for the turns of the page that have one."""
    ids = [one.explanation.turn_id for one in page.exchanges if one.explanation is not None]
    turns = Turn.objects.filter(pk__in=ids, review__status=ReviewStatus.ANSWERED).select_related(
        "review__answer", "review__answered_by", "review__utterance", "review__case", "review__article"
    )
    return {turn.pk: turn.review for turn in turns if turn.review is not None}


def readable(request: StaffRequest, workspace: Workspace | None) -> QuerySet[Conversation]:
    """The conversations that the reader may see, of one workspace or of all."""
    return readable_transcripts(
        workspace=workspace,
        only_of=Agent.objects.filter(user=request.user).first(),
        restricted=not has_permission(request.user, "transcripts"),
    )
