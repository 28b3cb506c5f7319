"""The flows of a workspace as the dialogue reads them. Published versions never change, so they are read once."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import lru_cache

from django.utils.translation import gettext as _

from chat.business.installed import actions_of
from chat.dialogue.flow_checks import Surroundings
from chat.dialogue.flow_reader import flow_of
from chat.dialogue.flows import Flow as FlowDefinition
from chat.dialogue.knowledge import FlowBook, FlowPhrases
from chat.errors import InvalidInput
from chat.models import Flow, FlowVersion
from nlu.masking.recognizers import RECOGNIZERS
from nlu.models import Article, EntityType, Intent, Workspace

logger = logging.getLogger(__name__)
KEPT_VERSIONS = 4_000


@lru_cache(maxsize=KEPT_VERSIONS)
def _definition(version_id: int, number: int) -> FlowDefinition | None:
    """The flow of a published version; None for one that the reader refuses, as a later one may be stricter.

    It must not keep the workspace's other flows, and all its turns, from going on.
    """
    document = FlowVersion.objects.values_list("definition", flat=True).get(pk=version_id)
    try:
        return flow_of(document, version=number)
    except InvalidInput as error:
        logger.error("the published version %s of a flow cannot be read: %s", version_id, error)
        return None


def forget_definitions() -> None:
    """Where ids of versions begin anew: another database."""
    _definition.cache_clear()


def read_flow_book(
    workspace_id: int, pinned: Collection[tuple[str, int]] = (), *, instead: FlowDefinition | None = None
) -> FlowBook:
    """The published flows that are switched on, and the older versions that conversations under way still run.

    `instead` is a draft, or another version, that takes the place of the published flow of its name.
    """
    rows = Flow.objects.filter(workspace_id=workspace_id, is_on=True, published__isnull=False)
    current = {
        name: definition
        for name, version_id, number in rows.values_list("name", "published__pk", "published__number")
        if (definition := _definition(version_id, number)) is not None
    }
    if instead is not None:
        current[instead.name] = instead
    older = {pair for pair in pinned if pair[0] not in current or current[pair[0]].version != pair[1]}
    actions = actions_of(workspace_id) if current else {}
    return FlowBook(
        current=current,
        pinned=_pinned(workspace_id, older),
        writes=frozenset(name for name, action in actions.items() if action.writes),
        failure_texts={name: action.says for name, action in actions.items() if action.says},
    )


def _pinned(workspace_id: int, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], FlowDefinition]:
    if not wanted:
        return {}
    rows = FlowVersion.objects.filter(
        flow__workspace_id=workspace_id, flow__is_on=True, flow__name__in={name for name, _number in wanted}
    ).values_list("pk", "flow__name", "number")
    return {
        (name, number): definition
        for pk, name, number in rows
        if (name, number) in wanted and (definition := _definition(pk, number)) is not None
    }


def flow_of_intents(book: FlowBook) -> dict[str, str]:
    """Intent -> the flow that it begins; of two flows the first by name."""
    found: dict[str, str] = {}
    for name in sorted(book.current):
        for intent in book.current[name].triggers:
            found.setdefault(intent, name)
    return found


def surroundings_of(workspace: Workspace, locales: Collection[str]) -> Surroundings:
    """What else there is in the workspace, for the checks before publishing."""
    actions = actions_of(workspace.pk)
    slugs = Article.objects.filter(workspace=workspace, status="published").values_list("slug", "locale")
    by_slug: dict[str, set[str]] = {}
    for slug, locale in slugs:
        by_slug.setdefault(slug, set()).add(locale)
    return Surroundings(
        locales=tuple(locales),
        # A masked value is an entity of its recognizer's name.
        entity_types=frozenset(RECOGNIZERS)
        | frozenset(EntityType.objects.filter(workspace=workspace).values_list("name", flat=True)),
        actions={name: action.outcome_names for name, action in actions.items()},
        needs={
            name: tuple(key for key, one in action.inputs.items() if one.required)
            for name, action in actions.items()
        },
        flows=frozenset(Flow.objects.filter(workspace=workspace).values_list("name", flat=True)),
        articles=frozenset(slug for slug, found in by_slug.items() if found >= set(locales)),
        intents=frozenset(Intent.objects.filter(workspace=workspace).values_list("name", flat=True)),
    )


def read_flow_phrases() -> FlowPhrases:
    """What the assistant itself says around flows, in the active language."""
    return FlowPhrases(
        yes=_("Yes"),
        no=_("No"),
        back_to=_("Back to “{title}”:"),
        next_task=_("Now to “{title}”."),
        cancelled=_("All right, I have stopped “{title}”. Nothing was changed by it."),
        nothing_to_cancel=_("There is nothing under way that I could stop."),
        first_question=_("That was the first question; there is none before it."),
        already_done=_("That has been done already, so I cannot go back. A colleague can help to undo it."),
        not_understood=_("I am sorry, I did not understand that."),
        does_not_fit=_("I cannot take that as {slot}."),
        changed=_("I have changed it: {slot} is now {value}."),
        declined=_("All right, then I leave it: “{title}”."),
        resume=_("Earlier we were at “{title}”. Shall we go on with it?"),
        resume_yes=_("Go on"),
        resume_no=_("No, leave it"),
        done=_("Done."),
        action_failed=_("I am sorry, our system does not answer as it should at the moment."),
        no_article=_("I am sorry, I have found no article about that."),
        cannot_go_on=_("I am sorry, I cannot go on with “{title}”."),
        no_hurry=_("Take your time."),
        because_said=_("because you said “{words}”"),
        because_asked=_("because you asked about “{words}”"),
        because_seen=_("because you looked at “{words}”"),
        because_profile=_("because your profile says “{words}”"),
        from_profile=_("From your profile I take: {values}. Just say so if that is not right."),
        keep_offer=_(
            "Shall I remember for next time: {values}? I keep it for half a year at most. "
            "You can see and delete it at any time under “About me”."
        ),
        keep_yes=_("Yes, remember it"),
        keep_no=_("No, do not keep it"),
        kept=_("I will remember it. You find it under “About me”, where you can delete it."),
        not_kept=_("All right, I keep nothing beyond this talk."),
    )
