"""One model version: its figures beside the active one's, its confusions, its card; activation and roll-back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chat.explanations import intent_titles
from console.encoder_words import choice_of_version
from console.gate_words import gate_panel
from console.model_metrics import matrix, read_metrics
from console.permissions import StaffRequest, has_permission, requires
from console.promise_panel import promise_panel
from console.shadow_panel import shadow_panel
from console.tables import csv_response, one_of
from nlu.actions.gate import request_gate
from nlu.actions.training import SHORTEST_REASON, activate_version, retire_version
from nlu.errors import CorruptArtifact, GateOutdated, GateRefused, InvalidData, InvalidTransition
from nlu.inference import read_promise, version_dir
from nlu.knowledge.markdown import render as render_markdown
from nlu.models import Intent, ModelVersion
from nlu.models.training import VersionStatus

CARD_BYTES = 200_000
# htmx stops polling at this status; the answer is swapped like any other.
STOP_POLLING = 286


def active_of(request: StaffRequest) -> ModelVersion | None:
    """The version in service."""
    return ModelVersion.objects.filter(workspace=request.workspace, status=VersionStatus.ACTIVE).first()


def intent_ids(request: StaffRequest) -> dict[str, int]:
    """What links the names of intents to their pages: nothing for those who may not open them."""
    if not has_permission(request.user, "teach"):
        return {}
    return dict(Intent.objects.filter(workspace=request.workspace).values_list("name", "pk"))


@requires("evaluate")
def detail(request: StaffRequest, number: int) -> HttpResponseBase:
    """Everything that was measured."""
    versions = ModelVersion.objects.select_related(
        "workspace", "run", "activated_by", "overridden_by", "promised_by"
    )
    version = get_object_or_404(versions, workspace=request.workspace, number=number)
    active = active_of(request)
    metrics = read_metrics(version, active)
    per_intent = metrics.per_intent
    order = one_of(request, "order", ("f1", "name"), "f1")
    if order == "name":
        per_intent = tuple(sorted(per_intent, key=lambda row: row.name))
    else:
        per_intent = tuple(sorted(per_intent, key=lambda row: (row.f1 if row.f1 is not None else 2, row.name)))
    if request.GET.get("format") == "csv":
        return csv_response(
            f"version-{version.number}-intents.csv",
            ["intent", "precision", "recall", "f1", "support"],
            ([row.name, row.precision, row.recall, row.f1, row.support] for row in per_intent),
        )
    return render(
        request,
        "console/training/version.html",
        {
            "version": version,
            "active": active,
            "metrics": metrics,
            "per_intent": per_intent,
            "order": order,
            "matrix": matrix(metrics.confusions),
            "intent_ids": intent_ids(request),
            "card": card_of(version),
            "choice": choice_of_version(version),
            "gate": gate_panel(version, active),
            "promise": promise_panel(version, request.GET.get("percent")),
            "shadow": shadow_panel(version, active),
            "titles": intent_titles(request.workspace.pk, get_language() or ""),
        },
    )


def card_of(version: ModelVersion) -> str:
    """The model card as HTML; empty when the folder is gone."""
    path = version_dir(version) / "MODEL_CARD.md"
    try:
        text = path.read_text(encoding="utf-8")[:CARD_BYTES]
    except (OSError, UnicodeDecodeError):
        return ""
    # Escaped and allow-listed by the renderer.
    return mark_safe(render_markdown(text))  # noqa: S308


@requires("teach")
def activate(request: StaffRequest, number: int) -> HttpResponseBase:
    """Show the difference, ask for a reason, then put the version into service."""
    version = get_object_or_404(ModelVersion, workspace=request.workspace, number=number)
    active = active_of(request)
    if request.method == "POST":
        try:
            activate_version(
                version=version,
                actor=request.user,
                reason=request.POST.get("reason", "").strip(),
                override=request.POST.get("override", ""),
            )
        except (GateRefused, GateOutdated):
            messages.error(
                request,
                _("The gate stands in the way. Activating %(version)s all the same takes a reason.")
                % {"version": version},
            )
            return redirect("console:training_version", number)
        except InvalidData as error:
            messages.error(request, str(error))
            return redirect("console:training_version", number)
        except (CorruptArtifact, InvalidTransition):
            messages.error(
                request,
                _("The files of this version are damaged or missing. The active version stays in service."),
            )
        else:
            messages.success(
                request,
                _("%(version)s is active. Turn workers switch to it between two messages.") % {"version": version},
            )
        return redirect("console:training")
    return render(
        request,
        "console/training/activate.html",
        {
            "version": version,
            "active": active,
            "metrics": read_metrics(version, active),
            "is_roll_back": version.has_served,
            "gate": gate_panel(version, active),
            "promise": read_promise(version),
            "shortest": SHORTEST_REASON,
        },
    )


@requires("evaluate")
def gate(request: StaffRequest, number: int) -> HttpResponseBase:
    """The gate's panel, asked for while a comparison runs; POST, for those who teach, asks for another one."""
    if request.method == "POST" and not has_permission(request.user, "teach"):
        raise PermissionDenied
    version = get_object_or_404(
        ModelVersion.objects.select_related("overridden_by"), workspace=request.workspace, number=number
    )
    if request.method == "POST":
        try:
            request_gate(version=version, actor=request.user)
        except InvalidTransition:
            messages.error(request, _("The active version has nothing to be compared with."))
    if not request.htmx:
        return redirect("console:training_version", number)
    active = active_of(request)
    panel = gate_panel(version, active)
    context = {
        "version": version,
        "active": active,
        "gate": panel,
        "intent_ids": intent_ids(request),
    }
    status = 200 if panel.running or request.method == "POST" else STOP_POLLING
    return render(request, "console/training/gate.html", context, status=status)


@requires("teach")
def retire(request: StaffRequest, number: int) -> HttpResponseBase:
    """Ask, then put a candidate aside."""
    version = get_object_or_404(ModelVersion, workspace=request.workspace, number=number)
    if request.method == "POST":
        try:
            retire_version(version=version, actor=request.user)
        except InvalidTransition:
            messages.error(request, _("Only a candidate can be put aside."))
        else:
            messages.success(request, _("%(version)s is put aside.") % {"version": version})
        return redirect("console:training")
    return render(request, "console/training/retire.html", {"version": version})
