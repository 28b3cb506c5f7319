"""Reviewing proposed utterances: accept, edit, reject by keys, many at once, take back, export."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from console.forms.proposals import ProposalForm
from console.permissions import StaffRequest, requires
from console.proposal_lists import (
    PAGE,
    cards_of,
    find_proposals,
    origin_texts,
    state_counts,
    wanted_proposals,
)
from console.tables import chosen_ids, csv_response
from nlu.actions.audit import record
from nlu.actions.proposals import (
    Decided,
    accept_proposal,
    accept_proposals,
    newest_decision,
    reject_proposals,
    take_back_proposals,
)
from nlu.errors import InvalidData, InvalidTransition, NluError
from nlu.models import Intent, ProposedUtterance
from nlu.models.proposals import GenerationMethod, ProposalStatus

EXPORTED_AT_ONCE = 500
SHOWN_REASONS = 3


@require_GET
@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """The queue, by intent, the best first."""
    wanted = wanted_proposals(request)
    page = Paginator(find_proposals(request.workspace, wanted), PAGE).get_page(request.GET.get("page"))
    parameters = request.GET.copy()
    parameters.pop("page", None)
    return render(
        request,
        "console/proposals/index.html",
        {
            "wanted": wanted,
            "page": page,
            "cards": cards_of(request, page.object_list),
            "counts": state_counts(request.workspace),
            "states": ProposalStatus.choices,
            "methods": GenerationMethod.choices,
            "intents": Intent.objects.filter(
                workspace=request.workspace, proposed_utterances__isnull=False
            ).distinct(),
            "parameters": parameters.urlencode(),
        },
    )


def back_to_list(request: StaffRequest) -> HttpResponseBase:
    """The list with the filters that the form names."""
    query = request.POST.get("query", "")
    target = reverse("console:training_proposals")
    return redirect(f"{target}?{query}" if query else target)


def shown_row(request: StaffRequest, pk: int) -> ProposedUtterance:
    """A proposal of the workspace, with what its card needs."""
    rows = ProposedUtterance.objects.select_related("intent", "run", "utterance__intent", "reviewed_by")
    return get_object_or_404(rows, workspace=request.workspace, pk=pk)


def answered(request: StaffRequest, pk: int, *, said: str = "", problem: str = "") -> HttpResponseBase:
    """The card again as it is now, and the counts; a page for a browser without scripts."""
    if not request.htmx:
        if problem:
            messages.error(request, problem)
        elif said:
            messages.success(request, said)
        return back_to_list(request)
    [card] = cards_of(request, [shown_row(request, pk)])
    context = {
        "card": card,
        "said": said,
        "problem": problem,
        "counts": state_counts(request.workspace),
        "states": ProposalStatus.choices,
        "wanted": None,
    }
    return render(request, "console/proposals/answered.html", context)


@require_POST
@requires("teach")
def decide(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Accept a proposal as it is, or reject it."""
    row = shown_row(request, pk)
    try:
        if request.POST.get("do") == "reject":
            decided = reject_proposals(workspace=request.workspace, ids=[pk], actor=request.user)
            if decided.refused:
                return answered(request, pk, problem=decided.refused[0][1])
            return answered(request, pk, said=_("Rejected. It is not proposed again."))
        accept_proposal(proposal=row, actor=request.user)
    except NluError as error:
        return answered(request, pk, problem=str(error))
    return answered(request, pk, said=_("Accepted as an utterance, marked as generated."))


@requires("teach")
def edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Accept a proposal in other words, or for another intent."""
    row = shown_row(request, pk)
    form = ProposalForm(request.POST or None, proposal=row)
    if request.method == "POST" and form.is_valid():
        try:
            accept_proposal(
                proposal=row,
                actor=request.user,
                text=form.cleaned_data["text"],
                intent=form.cleaned_data["intent"],
            )
        except (InvalidData, InvalidTransition) as error:
            form.add_error(None, str(error))
        else:
            done = answered(request, pk, said=_("Accepted as an utterance, marked as generated."))
            if not request.htmx or not isinstance(done, HttpResponse):
                return done
            done = reswap(retarget(done, f"#proposal-{pk}"), "outerHTML")
            return trigger_client_event(done, "dialog:close", after="swap")
    return render(
        request,
        "console/proposals/edit.html",
        {"form": form, "row": row},
        status=422 if form.errors and not request.htmx else 200,
    )


@require_POST
@requires("teach")
def bulk(request: StaffRequest) -> HttpResponseBase:
    """Accept or reject what is ticked."""
    ids = chosen_ids(request.POST.getlist("row"))[: 2 * PAGE]
    if not ids:
        messages.warning(request, _("Tick the proposals first."))
        return back_to_list(request)
    try:
        if request.POST.get("do") == "reject":
            decided = reject_proposals(workspace=request.workspace, ids=ids, actor=request.user)
            words = ngettext("%(count)d proposal rejected.", "%(count)d proposals rejected.", len(decided.ids))
        else:
            decided = accept_proposals(workspace=request.workspace, ids=ids, actor=request.user)
            words = ngettext("%(count)d proposal accepted.", "%(count)d proposals accepted.", len(decided.ids))
    except InvalidData as error:
        messages.error(request, str(error))
        return back_to_list(request)
    if decided.ids:
        messages.success(request, words % {"count": len(decided.ids)})
    tell_refused(request, decided)
    return back_to_list(request)


def tell_refused(request: StaffRequest, decided: Decided) -> None:
    """Say how many could not be, and the first reasons."""
    reasons = list(dict.fromkeys(reason for _pk, reason in decided.refused))
    if reasons:
        left = ngettext(
            "%(count)d is left as it was: %(reasons)s",
            "%(count)d are left as they were: %(reasons)s",
            len(decided.refused),
        )
        shown = " ".join(reasons[:SHOWN_REASONS])
        messages.warning(request, left % {"count": len(decided.refused), "reasons": shown})


@require_POST
@requires("teach")
def take_back(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Undo one decision with everything that it did."""
    row = shown_row(request, pk)
    done = take_back_proposals(workspace=request.workspace, ids=[row.pk], actor=request.user)
    if done.refused:
        return answered(request, pk, problem=done.refused[0][1])
    if not done.ids:
        return answered(request, pk, problem=_("There is nothing to take back here."))
    return answered(request, pk, said=_("Taken back. The proposal is to be reviewed again."))


@require_POST
@requires("teach")
def undo_last(request: StaffRequest) -> HttpResponseBase:
    """Take back what this person decided last, all of it if it was many at once."""
    ids = newest_decision(workspace=request.workspace, actor=request.user)
    if not ids:
        messages.info(request, _("There is nothing of yours to take back."))
        return back_to_list(request)
    decided = take_back_proposals(workspace=request.workspace, ids=ids, actor=request.user)
    if decided.ids:
        words = ngettext(
            "Taken back: %(count)d proposal is to be reviewed again.",
            "Taken back: %(count)d proposals are to be reviewed again.",
            len(decided.ids),
        )
        messages.success(request, words % {"count": len(decided.ids)})
    tell_refused(request, decided)
    return back_to_list(request)


@require_GET
@requires("teach")
def export(request: StaffRequest) -> HttpResponseBase:
    """What the filters select as CSV; noted in the audit list."""
    wanted = wanted_proposals(request)
    rows = find_proposals(request.workspace, wanted)
    record(
        actor=request.user,
        action="proposals.exported",
        target=request.workspace,
        workspace=request.workspace,
        summary=wanted.state,
    )
    header = [
        *("text", "intent", "locale", "generated", "method", "score", "made_from", "status"),
        *("accepted_as", "reviewed_by", "reviewed_at"),
    ]

    def lines() -> Iterator[list[object]]:
        found = rows.iterator(chunk_size=EXPORTED_AT_ONCE)
        while batch := list(islice(found, EXPORTED_AT_ONCE)):
            origins = origin_texts(request.workspace, batch)
            for row in batch:
                yield [
                    row.text,
                    row.intent.name,
                    row.locale,
                    "yes",
                    row.run.method,
                    f"{row.score:.4f}",
                    " | ".join(origins[row.pk]),
                    row.status,
                    row.utterance.text if row.utterance is not None else "",
                    row.reviewed_by or "",
                    timezone.localtime(row.reviewed_at).isoformat(timespec="seconds") if row.reviewed_at else "",
                ]

    return csv_response(f"proposals-{timezone.localdate():%Y-%m-%d}.csv", header, lines())
