"""Tags of the console's templates: the menu, form fields, times, charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.context import find_current_workspace
from console.navigation import EntryGroup
from console.navigation import navigation as entries_for
from console.outcome_words import outcome_words
from console.permissions import has_permission
from console.run_error_words import run_error_text
from nlu.models import Workspace

register = template.Library()


@dataclass(frozen=True, slots=True)
class WorkspaceChoices:
    """The workspace one is working on, the others, and whether one may make or change workspaces."""

    current: Workspace | None
    others: tuple[Workspace, ...]
    may_change: bool


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> tuple[EntryGroup, ...]:
    """The menu of the signed-in person."""
    request: HttpRequest = context["request"]
    return entries_for(request)


@register.simple_tag(takes_context=True)
def workspaces(context: Context) -> WorkspaceChoices:
    """What the workspace picker shows."""
    request: HttpRequest = context["request"]
    current = find_current_workspace(request)
    others = tuple(Workspace.objects.exclude(pk=current.pk).order_by("name")) if current else ()
    return WorkspaceChoices(current, others, has_permission(request.user, "workspaces"))


@register.simple_tag(takes_context=True)
def may(context: Context, permission: str) -> bool:
    """Whether the signed-in person has the permission: `{% may "teach" as can_teach %}`."""
    request: HttpRequest = context["request"]
    return has_permission(request.user, permission)


@register.simple_tag
def undo_key(message: Message) -> str:
    """The key of the step that a notice offers to undo; empty for most notices."""
    for tag in (message.extra_tags or "").split():
        if tag.startswith("undo:"):
            return tag.removeprefix("undo:")
    return ""


@register.inclusion_tag("console/partials/field.html")
def field(bound: BoundField, css: str = "") -> dict[str, object]:
    """A form field with its label, help and errors, tied together for screen readers."""
    kind = getattr(bound.field.widget, "input_type", "")
    return {"field": bound, "css": css, "is_checkbox": kind == "checkbox" and not hasattr(bound.field, "choices")}


@register.inclusion_tag("console/partials/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, object]:
    """What is wrong with the form as a whole."""
    return {"form": form}


@register.simple_tag
def ago(moment: datetime | None) -> str | SafeString:
    """How long ago, with the exact time on hover; a dash for never."""
    if moment is None:
        return "–"
    local = timezone.localtime(moment)
    if (timezone.now() - moment).total_seconds() < 60:
        text = _("just now")
    else:
        text = _("%(time)s ago") % {"time": timesince(moment, depth=1)}
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, "DATETIME_FORMAT"),
        text,
    )


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as people say them: `45 s`, `3 min`, `3 min 20 s`, `2 h 5 min`; a dash for none."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return ngettext("%(count)s s", "%(count)s s", whole) % {"count": whole}
    if whole < 3600 and whole % 60 == 0:
        return _("%(minutes)s min") % {"minutes": whole // 60}
    if whole < 3600:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": whole // 60, "seconds": whole % 60}
    return _("%(hours)s h %(minutes)s min") % {"hours": whole // 3600, "minutes": whole % 3600 // 60}


def rounded(value: float, digits: int) -> str:
    """The number in the reader's notation. Django's own formatting cuts digits off instead of rounding."""
    return number_format(Decimal(f"{value:.{digits}f}"), digits)


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    """A share in 0-1 as `93 %`; a dash for none."""
    if share is None:
        return "–"
    return f"{rounded(share * 100, digits)}\u00a0%"


@register.filter
def decimal(value: float | None, digits: int = 3) -> str:
    """A number with so many digits after the point; a dash for none."""
    return "–" if value is None else rounded(value, digits)


@register.filter
def milliseconds(value: float | None) -> str:
    """A time as `0.4 ms`; a dash for none."""
    return "–" if value is None else f"{rounded(value, 1)}\u00a0ms"


@register.filter
def megabytes(size: float | None) -> str:
    """Bytes as `3.2 MB`; a dash for none."""
    return "–" if size is None else f"{rounded(size / 1_000_000, 1)}\u00a0MB"


@register.filter
def signed(points: float | None) -> str:
    """A change in points of a hundred with its sign: `+1.2`; a dash for none."""
    if points is None:
        return "–"
    sign = "+" if points > 0 else "−" if points < 0 else "±"
    return f"{sign}{rounded(abs(points), 1)}"


@register.filter
def fate(name: str) -> str:
    """What becomes of a held-out utterance."""
    return {"alone": _("answers"), "asked": _("asks"), "left": _("leaves it")}.get(name, name)


@register.filter
def training_step(step: str) -> str:
    """The stage of a training run in words: `validation 1/4` or `final`."""
    name, _space, part = step.partition(" ")
    if name == "validation":
        return _("measuring on held-out utterances, %(part)s") % {"part": part}
    if name == "final":
        return _("learning from everything")
    if name == "gate":
        return _("comparing with the active version")
    return step


@register.filter
def run_error(text: str) -> str:
    """Why a training run failed, in the reader's language."""
    return run_error_text(text)


@register.simple_tag
def intent_link(name: str, ids: Mapping[str, int], count: int | None = None, other: str = "") -> str | SafeString:
    """A link to the intent's utterances if it still exists: its name, or a cell's count with a full label."""
    if name not in ids:
        return str(count) if count is not None else name
    url = reverse("console:intent", args=[ids[name]])
    if count is None:
        return format_html('<a href="{}">{}</a>', url, name)
    label = ngettext(
        "%(count)s utterance of %(gold)s taken for %(other)s",
        "%(count)s utterances of %(gold)s taken for %(other)s",
        count,
    ) % {"count": count, "gold": name, "other": other}
    return format_html('<a href="{}" aria-label="{}">{}</a>', url, label, count)


@register.filter
def outcome_meaning(outcome: str) -> str:
    """What an outcome of a business action means."""
    return str(outcome_words(outcome))


@register.filter
def is_list(value: object) -> bool:
    """Whether it is a list of things, not a text."""
    return isinstance(value, list | tuple)
