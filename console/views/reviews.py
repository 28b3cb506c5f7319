"""The review queue of real messages: answering by keys, taking back, correcting from a transcript, export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from chat.actions.review_contests import file_disagreements
from chat.actions.review_filing import file_turns
from chat.actions.review_undo import undo_newest
from chat.actions.reviews import (
    agent_answer,
    confirm_parts,
    correct_turn,
    hold_reviews,
    skip_review,
    undo_review,
)
from chat.errors import ChatError
from chat.explanations import Explanation, explain_turn, intent_titles
from chat.models import Review, Turn
from chat.models.reviews import ReviewStatus
from chat.models.turns import TurnKind
from chat.review_need import taken_for
from console.forms.reviews import CorrectionForm, ReviewFilterForm
from console.permissions import StaffRequest, requires
from console.review_lists import (
    OUTSIDE,
    PAGE,
    ReviewCard,
    cards_of,
    find_reviews,
    held_by_others,
    progress_of,
    teachable_marks,
    with_details,
)
from console.review_words import nothing_taken_text, outcome_text, passed_texts, taken_back_text
from console.tables import chosen_ids, csv_response, number_of
from nlu.actions.audit import record
from nlu.errors import InvalidData
from nlu.models import EntityType, Intent

EXPORTED_AT_MOST = 20_000


@require_GET
@requires("review")
def index(request: StaffRequest) -> HttpResponseBase:
    """The queue. What is on this page is kept out of other people's pages for some minutes."""
    file_turns(workspace=request.workspace)
    file_disagreements(workspace=request.workspace)
    form = ReviewFilterForm(request.GET, workspace=request.workspace)
    wanted = form.wanted()
    rows = find_reviews(request.workspace, wanted) if wanted is not None else Review.objects.none()
    is_open = wanted is not None and wanted.state == ReviewStatus.OPEN
    if is_open:
        rows = rows.exclude(held_by_others(request.user))
    progress = progress_of(request.workspace, request.user)
    pages = Paginator(with_details(rows), PAGE)
    if is_open and not form.narrows:
        # Known from an index; to count what others do not hold would read every row.
        pages.count = progress.waiting - progress.held
    page = pages.get_page(request.GET.get("page"))
    shown = list(page.object_list)
    if is_open:
        hold_reviews(workspace=request.workspace, ids=[row.pk for row in shown], actor=request.user)
    parameters = request.GET.copy()
    parameters.pop("page", None)
    return render(
        request,
        "console/reviews/index.html",
        {
            **card_context(request),
            "form": form,
            "state": wanted.state if wanted is not None else ReviewStatus.OPEN,
            "page": page,
            "cards": cards_of(request.workspace, shown),
            "parameters": parameters.urlencode(),
            "progress": progress,
            "intents": Intent.objects.filter(workspace=request.workspace).order_by("name"),
            "any_at_all": Review.objects.filter(workspace=request.workspace).exists(),
        },
    )


def card_context(request: StaffRequest) -> dict[str, object]:
    """What every card needs beside itself."""
    return {"titles": intent_titles(request.workspace.pk, get_language() or ""), "today": timezone.localdate()}


@require_POST
@requires("review")
def answer(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Answer one message: an intent, out of scope, or not now."""
    row = get_object_or_404(with_details(Review.objects.filter(workspace=request.workspace)), pk=pk)
    try:
        if request.POST.get("do") == "skip":
            row = skip_review(review=row, actor=request.user)
        elif request.POST.get("do") == "parts":
            row = confirm_parts(
                turn=row.turn or Turn(workspace=request.workspace, pk=0),
                with_article="article" in request.POST,
                actor=request.user,
            )
        else:
            intent = None
            if request.POST.get("do") != OUTSIDE:
                number = number_of(request.POST.get("intent", "")) or 0
                intent = get_object_or_404(Intent, workspace=request.workspace, pk=number)
            row = correct_card(request, row, intent)
    except (ChatError, InvalidData) as error:
        return refused(request, row, str(error))
    return answered(request, row)


def correct_card(request: StaffRequest, row: Review, intent: Intent | None) -> Review:
    """Correct the shown turn; what the assistant got wrong becomes a case as well."""
    [card] = cards_of(request.workspace, [row])
    several = card.turn is not None and card.turn.answers_several
    return correct_turn(
        # A turn that was erased is refused by the action.
        turn=row.turn or Turn(workspace=request.workspace, pk=0),
        intent=intent,
        entities=card.marks if card.marks and "marks" in request.POST else None,
        with_case=several or row.understood != (intent.name if intent else ""),
        with_article="article" in request.POST,
        actor=request.user,
    )


def answered(request: StaffRequest, row: Review) -> HttpResponseBase:
    """The card again as it is now, the progress, and cards that others have answered meanwhile."""
    [card] = cards_of(request.workspace, [fresh(request, row) or row])
    said = outcome_text(card.review, intent_titles(request.workspace.pk, get_language() or ""))
    if not request.htmx:
        messages.success(request, said)
        return redirect(next_page(request))
    return render(request, "console/reviews/answered.html", {**swap_context(request, card), "said": said})


def refused(request: StaffRequest, row: Review, reason: str, *, from_elsewhere: bool = False) -> HttpResponseBase:
    """Why it was not done, with the card as it is now."""
    current = fresh(request, row)
    if not request.htmx or current is None:
        messages.error(request, reason)
        return HttpResponseClientRefresh() if request.htmx else redirect(next_page(request))
    [card] = cards_of(request.workspace, [current])
    context = {**swap_context(request, card), "problem": reason, "from_elsewhere": from_elsewhere}
    return render(request, "console/reviews/answered.html", context)


def fresh(request: StaffRequest, row: Review) -> Review | None:
    """The row as it is now; None if it is gone."""
    return with_details(Review.objects.filter(workspace=request.workspace, pk=row.pk)).first()


def swap_context(request: StaffRequest, card: ReviewCard) -> dict[str, object]:
    """What a fragment needs: the card itself, and what changed on the page besides."""
    asked = chosen_ids(request.POST.getlist("shown"))[: 2 * PAGE]
    shown = [number for number in asked if number != card.review.pk]
    done = Review.objects.filter(workspace=request.workspace, pk__in=shown).exclude(status=ReviewStatus.OPEN)
    others = cards_of(request.workspace, list(with_details(done.exclude(answered_by=request.user))))
    hold_reviews(workspace=request.workspace, ids=shown, actor=request.user)
    return {
        **card_context(request),
        "card": card,
        "others": others,
        "progress": progress_of(request.workspace, request.user),
    }


@require_POST
@requires("review")
def undo(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Take back one answer with everything that it did."""
    row = get_object_or_404(Review, workspace=request.workspace, pk=pk)
    try:
        row = undo_review(review=row, actor=request.user)
    except ChatError as error:
        return refused(request, row, str(error))
    return shown_again(request, row)


def shown_again(request: StaffRequest, row: Review, *, from_elsewhere: bool = False) -> HttpResponseBase:
    """The card of what was taken back; `from_elsewhere`: it finds its place by its id, the request was not its."""
    said = taken_back_text(row)
    current = fresh(request, row)
    if not request.htmx or current is None:
        messages.success(request, said)
        return redirect(next_page(request))
    [card] = cards_of(request.workspace, [current])
    context = {**swap_context(request, card), "said": said, "from_elsewhere": from_elsewhere}
    return render(request, "console/reviews/answered.html", context)


@require_POST
@requires("review")
def undo_last(request: StaffRequest) -> HttpResponseBase:
    """Take back what this person answered last, on this page or on one before.

    Answers that somebody has changed since are passed over, and named; so is what was taken back without its card.
    """
    undone = undo_newest(workspace=request.workspace, actor=request.user)
    shown = chosen_ids(request.POST.getlist("shown")) if request.htmx else []
    passed = undone.passed
    on_card = undone.review is None and bool(passed) and passed[0].review.pk in shown
    for words in passed_texts(passed[1:] if on_card else passed):
        messages.warning(request, words)
    if undone.review is None and (undone.more or not on_card):
        messages.info(request, nothing_taken_text(undone))
    if on_card:
        return refused(request, passed[0].review, passed[0].reason, from_elsewhere=True)
    if undone.review is not None:
        if undone.review.pk in shown:
            return shown_again(request, undone.review, from_elsewhere=True)
        messages.success(request, taken_back_text(undone.review, named=True))
    return HttpResponseClientRefresh() if request.htmx else redirect(next_page(request))


@requires("review")
def turn(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Correct a turn from its transcript, with every intent to choose from."""
    row = get_object_or_404(
        Turn.objects.select_related("conversation", "model_version"),
        workspace=request.workspace,
        kind=TurnKind.LIVE,
        conversation__isnull=False,
        pk=pk,
    )
    explained = explain_turn(row)
    taken = Intent.objects.filter(workspace=request.workspace, name=taken_for(explained)).first()
    types = frozenset(EntityType.objects.filter(workspace=request.workspace).values_list("name", flat=True))
    marks = teachable_marks(explained, types)
    titles = intent_titles(request.workspace.pk, get_language() or "")
    parts = part_choices(explained, titles)
    form = CorrectionForm(
        request.POST or None,
        workspace=request.workspace,
        titles=titles,
        parts=parts,
        # Of several parts nothing is chosen yet: an intent would stay when another part is.
        initial={"intent": "" if parts else taken.pk if taken else OUTSIDE, "case": True, "marks": True},
    )
    may_draft = bool(agent_answer(row).strip())
    back = next_page(request, f"{transcript_url(row)}?turn={row.pk}#turn-{row.pk}")
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            done = correct_turn(
                turn=row,
                intent=form.meant(),
                entities=marks if marks and chosen["marks"] else None,
                with_case=chosen["case"],
                with_article=chosen["article"],
                part=form.corrected(),
                actor=request.user,
            )
        except (ChatError, InvalidData) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, outcome_text(done, titles))
            if not request.htmx:
                return redirect(back)
            # Below a dialog the page is loaded again: browsers do not go to the address where they are.
            alone = (request.htmx.current_url_abs_path or "").startswith(request.path)
            return HttpResponseClientRedirect(back) if alone else HttpResponseClientRefresh()
    return render(
        request,
        "console/reviews/turn.html",
        {
            "form": form,
            "turn": explained,
            "pk": row.pk,
            "marks": marks,
            "may_draft": may_draft,
            "parts": parts,
            "back": back,
            "titles": titles,
        },
        status=422 if form.errors else 200,
    )


def part_choices(turn: Explanation, titles: Mapping[str, str]) -> list[tuple[int, str]]:
    """Number, words and intent of each part of a message that says several."""
    return [
        (part.number, f"“{part.text}” → {titles.get(said.name, said.name)}")
        for part in turn.parts
        if (said := part.intent) is not None
    ]


def transcript_url(row: Turn) -> str:
    """The page with the turn's conversation."""
    return reverse("console:transcript", args=[row.conversation.uuid]) if row.conversation is not None else ""


def next_page(request: StaffRequest, otherwise: str = "") -> str:
    """Where to go afterwards: the page of ours that the form names, else the queue."""
    target = request.POST.get("next", "") or request.GET.get("next", "")
    allowed = url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=False)
    return target if target.startswith("/") and allowed else otherwise or reverse("console:reviews")


@require_GET
@requires("review")
def export(request: StaffRequest) -> HttpResponseBase:
    """What the filters select as CSV, masked as stored; noted in the audit list."""
    form = ReviewFilterForm(request.GET, workspace=request.workspace)
    wanted = form.wanted()
    if wanted is None:
        return redirect(f"{reverse('console:reviews')}?{request.GET.urlencode()}")
    rows = find_reviews(request.workspace, wanted).select_related("turn", "site", "answered_by", "shadow")[
        :EXPORTED_AT_MOST
    ]
    with transaction.atomic():
        record(
            actor=request.user,
            action="reviews.exported",
            target=request.workspace,
            workspace=request.workspace,
            summary=wanted.state,
        )
    header = [
        *(
            "text",
            "language",
            "site",
            "seen",
            "last_seen",
            "understood",
            "confidence",
            "doubt",
            "objection",
            "shadow",
        ),
        *("status", "answer", "right", "reviewed_by", "reviewed_at"),
    ]

    def lines() -> Iterator[list[object]]:
        for row in rows.iterator(chunk_size=500):
            parse = row.turn.parse if row.turn is not None and isinstance(row.turn.parse, dict) else {}
            reviewed = row.status == ReviewStatus.ANSWERED
            yield [
                parse.get("text", ""),
                row.locale,
                row.site.name if row.site is not None else "",
                row.seen,
                timezone.localtime(row.last_seen_at).isoformat(timespec="seconds"),
                row.understood or "out_of_scope",
                row.turn.confidence if row.turn is not None else None,
                row.doubt,
                row.objection,
                (row.shadow.said or "out_of_scope") if row.shadow is not None else "",
                row.status,
                (row.answer_name or "out_of_scope") if reviewed else "",
                "" if row.was_right is None else "yes" if row.was_right else "no",
                row.answered_by or "",
                timezone.localtime(row.answered_at).isoformat(timespec="seconds") if row.answered_at else "",
            ]

    return csv_response(f"reviews-{timezone.localdate():%Y-%m-%d}.csv", header, lines())
