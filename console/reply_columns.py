"""What the reply panel of an intent shows: a column for each language of the product."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.forms import BoundField

from chat.models import IntentHandling, QuickReply, ReplyTemplate
from chat.models.replies import HandlingKind
from console.forms.intents import ReplyForm
from nlu.models import Intent, IntentTitle


@dataclass(frozen=True, slots=True)
class ReplyColumn:
    """One language: its title and quick replies as fields, its wordings as texts with an empty one at the end."""

    locale: str
    language: str
    title: BoundField
    quick: BoundField
    wordings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplyPanel:
    """The form and its columns."""

    form: ReplyForm
    columns: tuple[ReplyColumn, ...]


def reply_columns(intent: Intent, posted: ReplyForm | None = None) -> ReplyPanel:
    """The stored state, or what was posted when the form has to be shown again."""
    form = posted or ReplyForm(initial=stored(intent))
    if posted is not None:
        wordings = posted.replies()
    else:
        rows = ReplyTemplate.objects.filter(intent=intent).order_by("position", "id").values_list("locale", "text")
        wordings = {}
        for locale, text in rows:
            wordings.setdefault(locale, []).append(text)
    return ReplyPanel(
        form,
        tuple(
            ReplyColumn(
                locale=locale,
                language=str(language),
                title=form[f"title-{locale}"],
                quick=form[f"quick-{locale}"],
                wordings=(*(text for text in wordings.get(locale, []) if text.strip()), ""),
            )
            for locale, language in settings.LANGUAGES
        ),
    )


def stored(intent: Intent) -> dict[str, str]:
    """The fields' initial values."""
    handling = IntentHandling.objects.filter(intent=intent).first()
    values = {"kind": handling.kind if handling else HandlingKind.REPLY.value}
    for locale, title in IntentTitle.objects.filter(intent=intent).values_list("locale", "title"):
        values[f"title-{locale}"] = title
    quick: dict[str, list[str]] = {}
    for locale, text in QuickReply.objects.filter(intent=intent).values_list("locale", "text"):
        quick.setdefault(locale, []).append(text)
    return values | {f"quick-{locale}": "\n".join(texts) for locale, texts in quick.items()}
