"""Flows: the draft, publishing, switching on and off. What customers get changes only by publishing."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.dialogue.flow_checks import problems_of
from chat.dialogue.flow_reader import flow_of
from chat.errors import DraftChanged, FlowNotReady, InvalidInput
from chat.flow_book import surroundings_of
from chat.models import Flow, FlowVersion
from nlu.actions.audit import Actor, record
from nlu.models import Workspace

NOTE_LENGTH: Final = 300
MOST_FLOWS: Final = 500


@transaction.atomic
def create_flow(*, workspace: Workspace, definition: dict[str, Any], actor: Actor) -> Flow:
    """A new flow with its first draft. InvalidInput where the draft makes no sense or the name is taken."""
    name = flow_of(definition).name
    if Flow.objects.filter(workspace=workspace, name=name).exists():
        raise InvalidInput(_("There is a flow of this name already."))
    if Flow.objects.filter(workspace=workspace).count() >= MOST_FLOWS:
        raise InvalidInput(_("At most %(count)d flows.") % {"count": MOST_FLOWS})
    try:
        with transaction.atomic():
            flow = Flow.objects.create(workspace=workspace, name=name, draft=definition)
    except IntegrityError:
        # Somebody made one of this name in the same moment.
        raise InvalidInput(_("There is a flow of this name already.")) from None
    record(actor=actor, action="flow.created", target=flow, workspace=workspace, summary=name)
    return flow


@transaction.atomic
def save_draft(*, flow: Flow, definition: dict[str, Any], revision: int | None = None, actor: Actor) -> Flow:
    """Replace the draft; customers notice nothing. The name stays as it is.

    `revision` is the one that the change was made from: DraftChanged if the draft is another one by now.
    """
    locked = Flow.objects.select_for_update().get(pk=flow.pk)
    _check_revision(locked, revision)
    if flow_of(definition).name != locked.name:
        raise InvalidInput(_("The name of a flow cannot be changed."))
    if locked.draft == definition:
        return locked
    locked.draft = definition
    locked.draft_changed_at = timezone.now()
    locked.revision += 1
    locked.save(update_fields=["draft", "draft_changed_at", "revision"])
    record(actor=actor, action="flow.draft_saved", target=locked, workspace=locked.workspace, summary=locked.name)
    return locked


def _check_revision(locked: Flow, revision: int | None) -> None:
    if revision is not None and locked.revision != revision:
        raise DraftChanged(_("Somebody else has changed this draft meanwhile."))


@transaction.atomic
def publish_flow(*, flow: Flow, note: str = "", revision: int | None = None, actor: Actor) -> FlowVersion:
    """Give the draft to customers as a new version. Conversations under way keep theirs.

    `revision` is the draft's that was looked at: DraftChanged if it is another one by now.
    FlowNotReady names what is wrong with the draft. A draft that equals what is published makes no new version.
    """
    locked = Flow.objects.select_for_update().select_related("workspace").get(pk=flow.pk)
    _check_revision(locked, revision)
    definition = flow_of(locked.draft)
    problems = problems_of(definition, surroundings_of(locked.workspace, locales_of(locked)))
    if problems:
        raise FlowNotReady(problems)
    newest = locked.versions.first()
    if newest is not None and newest.pk == locked.published_id and newest.definition == locked.draft:
        return newest
    version = FlowVersion.objects.create(
        flow=locked,
        number=(newest.number if newest is not None else 0) + 1,
        definition=locked.draft,
        note=note.strip()[:NOTE_LENGTH],
        published_by_id=actor.pk if actor is not None else None,
    )
    locked.published = version
    locked.save(update_fields=["published"])
    summary = f"{locked.name} v{version.number}"
    record(actor=actor, action="flow.published", target=locked, workspace=locked.workspace, summary=summary)
    return version


@transaction.atomic
def restore_version(*, flow: Flow, version: FlowVersion, revision: int | None = None, actor: Actor) -> Flow:
    """Make an older version the draft, to look at, change and publish. `revision` as in `save_draft`."""
    if version.flow_id != flow.pk:
        raise InvalidInput(_("That version is of another flow."))
    return save_draft(flow=flow, definition=version.definition, revision=revision, actor=actor)


@transaction.atomic
def switch_flow(*, flow: Flow, on: bool, actor: Actor) -> Flow:
    """Switch a flow on or off; while it is off, its intents are replied to in writing."""
    locked = Flow.objects.select_for_update().get(pk=flow.pk)
    if locked.is_on != on:
        locked.is_on = on
        locked.save(update_fields=["is_on"])
        action = "flow.switched_on" if on else "flow.switched_off"
        record(actor=actor, action=action, target=locked, workspace=locked.workspace, summary=locked.name)
    return locked


@transaction.atomic
def delete_flow(*, flow: Flow, actor: Actor) -> None:
    """Delete a flow with its versions; conversations in it are told that it is gone."""
    record(actor=actor, action="flow.deleted", target=flow, workspace=flow.workspace, summary=flow.name)
    flow.delete()


def locales_of(flow: Flow) -> tuple[str, ...]:
    """The languages that a flow must have: all that its workspace talks in."""
    found = set(flow.workspace.intents.filter(titles__isnull=False).values_list("titles__locale", flat=True))
    return tuple(locale for locale, _name in settings.LANGUAGES if locale in found) or (
        flow.workspace.default_locale,
    )
