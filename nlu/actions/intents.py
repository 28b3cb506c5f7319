"""Intents: what visitors can want, their names, and what they are called in front of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.errors import InvalidData
from nlu.models import Article, EvaluationCase, Intent, IntentTitle, Utterance, Workspace

TITLE_LENGTH = 120


@dataclass(frozen=True, slots=True)
class IntentContents:
    """What goes (utterances, evaluation cases) or stays without it (articles) when an intent is deleted."""

    utterances: int
    articles: int
    cases: int


@transaction.atomic
def create_intent(*, workspace: Workspace, name: str, description: str = "", actor: Actor) -> Intent:
    """A new intent without utterances. InvalidData with a message for the form."""
    intent = Intent(workspace=workspace, name=name.strip(), description=description.strip())
    check(intent)
    intent.save()
    record(actor=actor, action="intent.created", target=intent, workspace=workspace, summary=intent.name)
    return intent


@transaction.atomic
def update_intent(*, intent: Intent, name: str, description: str, actor: Actor) -> Intent:
    """Rename or describe. Transcripts and models keep the old name until the next training. InvalidData."""
    intent = Intent.objects.select_for_update().get(pk=intent.pk)
    before = intent.name
    intent.name = name.strip()
    intent.description = description.strip()
    check(intent)
    intent.save(update_fields=["name", "description"])
    summary = intent.name if intent.name == before else f"{before} -> {intent.name}"
    record(actor=actor, action="intent.updated", target=intent, workspace=intent.workspace, summary=summary)
    return intent


@transaction.atomic
def delete_intent(*, intent: Intent, actor: Actor) -> IntentContents:
    """Remove the intent with its utterances, cases, titles and replies; articles stay, without an intent."""
    contents = contents_of(intent)
    record(
        actor=actor,
        action="intent.deleted",
        target=intent,
        workspace=intent.workspace,
        summary=f"{intent.name}: {contents.utterances} utterances",
    )
    intent.delete()
    return contents


@transaction.atomic
def set_intent_titles(*, intent: Intent, titles: Mapping[str, str], actor: Actor) -> Intent:
    """What the intent is called in each language; an empty title removes it. InvalidData when one is too long."""
    if any(len(title.strip()) > TITLE_LENGTH for title in titles.values()):
        raise InvalidData(_("A title has at most %(count)d characters.") % {"count": TITLE_LENGTH})
    for locale, title in titles.items():
        if title.strip():
            IntentTitle.objects.update_or_create(intent=intent, locale=locale, defaults={"title": title.strip()})
        else:
            IntentTitle.objects.filter(intent=intent, locale=locale).delete()
    record(actor=actor, action="intent.titled", target=intent, workspace=intent.workspace, summary=intent.name)
    return intent


def contents_of(intent: Intent) -> IntentContents:
    """What a deletion would take along or leave behind."""
    return IntentContents(
        utterances=Utterance.objects.filter(intent=intent).count(),
        articles=Article.objects.filter(intent=intent).count(),
        cases=EvaluationCase.objects.filter(intent=intent).count(),
    )


def check(intent: Intent) -> None:
    """InvalidData unless the row's own rules hold and no other intent of the workspace has the name."""
    others = Intent.objects.filter(workspace=intent.workspace, name=intent.name).exclude(pk=intent.pk)
    if others.exists():
        raise InvalidData(_("There is already an intent with this name."))
    try:
        intent.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise InvalidData(" ".join(error.messages)) from None
