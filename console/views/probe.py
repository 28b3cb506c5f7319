"""Trying out the assistant: what it would understand, find and say, by the same path as live chat."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.actions.probes import ask_probe
from chat.errors import NoTurnWorker
from chat.explanations import Explanation, explain_turn, intent_titles
from chat.models import Turn
from chat.models.turns import TurnKind
from console import undo
from console.permissions import StaffRequest, requires
from console.review_lists import OUTSIDE
from console.tables import number_of
from nlu.actions.corrections import Taught, teach_correction
from nlu.errors import InvalidData
from nlu.models import Intent, ModelVersion, TrainingRun, Utterance
from nlu.models.training import RunStatus, VersionStatus

TEXT_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Result:
    """What came back: the explanation and the reply, or why there is none."""

    text: str
    explanation: Explanation | None = None
    reply: str = ""
    quick_replies: tuple[str, ...] = ()
    error: str = ""


def ask(request: StaffRequest, text: str, locale: str) -> Result:
    """Ask a turn worker; it gets five seconds."""
    try:
        answer = ask_probe(workspace=request.workspace, text=text, locale=locale)
    except NoTurnWorker as error:
        return Result(text=text, error=str(error))
    turn = Turn(
        workspace=request.workspace,
        kind=TurnKind.PROBE,
        parse=answer.parse,
        passages=answer.passages,
        decision=answer.decision,
        milliseconds=answer.milliseconds,
        model_version=ModelVersion.objects.filter(pk=answer.model_version_id or 0).first(),
        outcome=str(answer.decision.get("kind", "")),
    )
    return Result(
        text=text,
        explanation=explain_turn(turn),
        reply=str(answer.decision.get("text", "")),
        quick_replies=tuple(str(one) for one in answer.decision.get("quick_replies", ())),
    )


def is_outdated(request: StaffRequest) -> bool:
    """Whether utterances were added after the active model was trained."""
    version = ModelVersion.objects.filter(workspace=request.workspace, status=VersionStatus.ACTIVE).first()
    newest = Utterance.objects.filter(workspace=request.workspace).order_by("-created_at").first()
    return version is not None and newest is not None and newest.created_at > version.created_at


@requires("teach")
def probe(request: StaffRequest) -> HttpResponseBase:
    """The panel's page; as a fragment, the result alone. Its own form posts, so that no address keeps a text."""
    asked = request.POST if request.method == "POST" else request.GET
    text = asked.get("text", "").replace("\x00", "").strip()[:TEXT_LENGTH]
    locale = asked.get("locale", "")
    if locale not in dict(settings.LANGUAGES):
        locale = request.workspace.default_locale
    result = ask(request, text, locale) if text else None
    context: dict[str, object] = {"result": result, "text": text, "probe_locale": locale}
    if result is not None and result.explanation is not None:
        explanation = result.explanation
        # Of several parts nothing is chosen yet: an intent would stay when another part is.
        top = None if explanation.located else explanation.top
        context |= {
            "titles": intent_titles(request.workspace.pk, get_language() or ""),
            "intent": Intent.objects.filter(workspace=request.workspace, name=top.name).first() if top else None,
            "all_intents": Intent.objects.filter(workspace=request.workspace).order_by("name"),
            "outdated": is_outdated(request),
            "training": TrainingRun.objects.filter(
                workspace=request.workspace, status__in=[RunStatus.QUEUED, RunStatus.RUNNING]
            ).exists(),
        }
    if request.htmx and request.htmx.target == "probe-result":
        return render(request, "console/probe/result.html", context)
    return render(request, "console/probe/page.html", context)


def relabelled(request: StaffRequest, taught: Taught) -> list[str]:
    """What said otherwise until now, in words."""
    names = dict(Intent.objects.filter(workspace=request.workspace).values_list("pk", "name"))
    moved = _("This text was taught as “%(name)s” before; it has been moved.")
    corrected = _("A case of the evaluation set with this text said “%(name)s”; it has been corrected too.")
    told = []
    for change, words in ((taught.utterance, moved), (taught.case, corrected)):
        before = change.before if change is not None else None
        if change is not None and before is not None and before.intent_id != change.after.intent_id:
            told.append(words % {"name": names.get(before.intent_id or 0, _("Out of scope"))})
    return told


@require_POST
@requires("teach")
def teach(request: StaffRequest) -> HttpResponseBase:
    """“It should have been …”: the text teaches, and is kept as a case that no new model may get wrong."""
    chosen = request.POST.get("intent", "")
    known = Intent.objects.filter(workspace=request.workspace)
    intent = get_object_or_404(known, pk=number_of(chosen) or 0) if chosen not in {"", OUTSIDE} else None
    try:
        if not chosen:
            raise InvalidData(_("Choose at least one intent."))
        taught = teach_correction(
            workspace=request.workspace, text=request.POST.get("text", ""), intent=intent, actor=request.user
        )
    except InvalidData as error:
        messages.error(request, str(error))
    else:
        name = {"name": intent.name if intent else _("Out of scope")}
        step = undo.Step(taught=taught, page=reverse("console:probe"))
        messages.success(
            request,
            (
                _("Taught as “%(name)s” from the next training on. The evaluation set is full: no case is kept.")
                if taught.set_full
                else _("Taught as “%(name)s” from the next training on, and kept as a case.")
            )
            % name,
            extra_tags=f"undo:{undo.remember(request, request.workspace, step)}",
        )
        for told in relabelled(request, taught):
            messages.warning(request, told)
        if taught.kept_out:
            messages.warning(
                request,
                _("It is a case of the evaluation set and stays out of training; teach another wording besides."),
            )
    return HttpResponse("") if request.htmx else redirect("console:probe")
