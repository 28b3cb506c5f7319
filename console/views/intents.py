"""Intents: the list, one intent with its utterances and replies, making, renaming, deleting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from chat.models.replies import HandlingKind
from console import figures
from console.forms.intents import IntentForm
from console.permissions import StaffRequest, requires
from console.proposal_lists import waiting_by_intent
from console.reply_columns import reply_columns
from console.tables import csv_response, one_of, search_text
from console.utterance_lists import utterance_list
from nlu.actions.import_runs import open_import
from nlu.actions.intents import contents_of, create_intent, delete_intent, update_intent
from nlu.actions.proposals import rooms_of
from nlu.errors import InvalidData
from nlu.export import ENOUGH_UTTERANCES
from nlu.models import Intent, IntentTitle, Utterance
from nlu.models.intents import UtteranceSource

ORDERS = {"name": "name", "utterances": "total", "recognised": ""}


@dataclass(frozen=True, slots=True)
class IntentRow:
    """An intent as the list shows it. `by_locale` follows the order of settings.LANGUAGES."""

    intent: Intent
    title: str
    total: int
    by_locale: tuple[int, ...]
    recognised: int
    is_small: bool
    has_reply: bool


@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """All intents with what teaches them and how often they came up."""
    query = search_text(request)
    order = one_of(request, "order", ORDERS, "name")
    only = one_of(request, "only", ("small", "no_reply"))
    rows = list(intent_rows(request, query))
    if only == "small":
        rows = [row for row in rows if row.is_small]
    elif only == "no_reply":
        rows = [row for row in rows if not row.has_reply]
    if order == "utterances":
        rows.sort(key=lambda row: (row.total, row.intent.name))
    elif order == "recognised":
        rows.sort(key=lambda row: (-row.recognised, row.intent.name))
    if request.GET.get("format") == "csv":
        return csv_response(
            "intents.csv",
            [
                "name",
                "title",
                *(locale for locale, _name in settings.LANGUAGES),
                "utterances",
                "recognised_7_days",
            ],
            ([row.intent.name, row.title, *row.by_locale, row.total, row.recognised] for row in rows),
        )
    return render(
        request,
        "console/intents/index.html",
        {
            "rows": rows,
            "query": query,
            "order": order,
            "only": only,
            "enough": ENOUGH_UTTERANCES,
            "week_ago": figures.days_ago(7),
            "outside": Utterance.objects.filter(workspace=request.workspace, intent__isnull=True).count(),
            "is_filtered": bool(query or only),
            "importing": open_import(request.workspace),
        },
    )


def intent_rows(request: StaffRequest, query: str) -> Iterator[IntentRow]:
    """The workspace's intents that match the search, by name."""
    title = IntentTitle.objects.filter(intent=OuterRef("pk"), locale=get_language() or "").values("title")[:1]
    intents: QuerySet[Intent] = Intent.objects.filter(workspace=request.workspace)
    if query:
        intents = intents.filter(
            Q(name__icontains=query)
            | Q(description__icontains=query)
            | Q(pk__in=IntentTitle.objects.filter(title__icontains=query).values("intent"))
        )
    languages = [locale for locale, _name in settings.LANGUAGES]
    counted = intents.annotate(
        shown_title=Subquery(title),
        total=Count("utterances"),
        made=Count("utterances", filter=Q(utterances__source=UtteranceSource.GENERATED)),
        **{
            f"count_{number}": Count("utterances", filter=Q(utterances__locale=locale))
            for number, locale in enumerate(languages)
        },
    )
    replied = set(
        intents.filter(
            Q(reply_templates__isnull=False) | Q(handling__kind__in=[HandlingKind.HANDOFF, HandlingKind.ARTICLE])
        ).values_list("pk", flat=True)
    )
    recognised = figures.recognized_counts(request.workspace)
    for intent in counted.order_by("name"):
        total: int = intent.total
        made: int = intent.made
        yield IntentRow(
            intent=intent,
            title=intent.shown_title or "",
            total=total,
            by_locale=tuple(getattr(intent, f"count_{number}") for number in range(len(languages))),
            recognised=recognised.get(intent.name, 0),
            is_small=total - made < ENOUGH_UTTERANCES,
            has_reply=intent.pk in replied,
        )


@requires("teach")
def create(request: StaffRequest) -> HttpResponseBase:
    """A new intent, opened at once so that its utterances can be typed."""
    form = IntentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            intent = create_intent(workspace=request.workspace, actor=request.user, **form.cleaned_data)
        except InvalidData as error:
            form.add_error("name", str(error))
        else:
            return redirect("console:intent", intent.pk)
    return render(request, "console/intents/form.html", {"form": form, "title": _("New intent")})


@requires("teach")
def edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Name and description."""
    intent = get_object_or_404(Intent, workspace=request.workspace, pk=pk)
    form = IntentForm(request.POST or None, instance=intent)
    if request.method == "POST" and form.is_valid():
        before = Intent.objects.values_list("name", flat=True).get(pk=pk)
        try:
            renamed = update_intent(intent=intent, actor=request.user, **form.cleaned_data)
        except InvalidData as error:
            form.add_error("name", str(error))
        else:
            if renamed.name != before:
                messages.warning(
                    request,
                    _("Renamed. The assistant goes on saying “%(old)s” until the next training is activated.")
                    % {"old": before},
                )
            else:
                messages.success(request, _("Saved."))
            return redirect("console:intent", intent.pk)
    return render(
        request, "console/intents/form.html", {"form": form, "intent": intent, "title": _("Edit the intent")}
    )


@requires("teach")
def delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask with the counts, then delete."""
    intent = get_object_or_404(Intent, workspace=request.workspace, pk=pk)
    if request.method == "POST":
        contents = delete_intent(intent=intent, actor=request.user)
        messages.success(
            request,
            ngettext(
                "“%(name)s” and its %(count)d utterance are deleted.",
                "“%(name)s” and its %(count)d utterances are deleted.",
                contents.utterances,
            )
            % {"name": intent.name, "count": contents.utterances},
        )
        return redirect("console:intents")
    return render(request, "console/intents/delete.html", {"intent": intent, "contents": contents_of(intent)})


@requires("teach")
def detail(request: StaffRequest, pk: int) -> HttpResponseBase:
    """One intent: its utterances on the left, titles and replies on the right."""
    intent = get_object_or_404(Intent, workspace=request.workspace, pk=pk)
    context: dict[str, object] = {"intent": intent, "utterances": utterance_list(request, intent)}
    if request.htmx and request.htmx.target == "utterances":
        return render(request, "console/intents/utterances.html", context)
    recognised = figures.recognized_counts(request.workspace).get(intent.name, 0)
    room = rooms_of(request.workspace)[intent.pk]
    context |= {
        "real": room.real,
        "thin": 0 < room.real < ENOUGH_UTTERANCES,
        "waiting": waiting_by_intent(request.workspace).get(intent.pk, 0),
        "recognised": recognised,
        "week_ago": figures.days_ago(7),
        "enough": ENOUGH_UTTERANCES,
        "reply": reply_columns(intent),
    }
    return render(request, "console/intents/detail.html", context)


@requires("teach")
def outside(request: StaffRequest) -> HttpResponseBase:
    """The examples of out of scope: what the assistant should leave to people."""
    context = {"intent": None, "utterances": utterance_list(request, None)}
    if request.htmx and request.htmx.target == "utterances":
        return render(request, "console/intents/utterances.html", context)
    return render(request, "console/intents/outside.html", context)
