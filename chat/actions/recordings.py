"""Recorded conversations: kept from a talk, read from a file, changed in what they expect, deleted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.actions.flow_trials import turns_of
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.scripts import MOST_CONVERSATIONS, script_of, scripts_of
from chat.errors import InvalidInput
from chat.models import Flow, FlowTrial, RecordedConversation, RehearsalResult
from chat.recordings import accepting, flows_named, script_of_talk, with_claims
from chat.trial_turns import TrialTurn
from nlu.actions.audit import Actor, record
from nlu.models import Workspace

NAME_LENGTH: Final = 120


def record_trial(*, trial: FlowTrial, name: str, actor: Actor) -> RecordedConversation:
    """Keep a talk with everything that can be expected of it; InvalidInput if the name is taken or nobody wrote.

    The clock is that of the talk's beginning, so that "tomorrow" means the same day ever after.
    """
    turns = turns_of(trial)
    if not any(turn.text for turn in turns):
        raise InvalidInput(_("Nothing was said yet. Write at least one message."))
    script = script_of_talk(
        name=_name(name),
        flow=trial.flow.name,
        start=trial.start,
        profile=trial.profile,
        clock=timezone.localtime(trial.began_at),
        turns=turns,
    )
    locale = next((turn.locale for turn in turns if turn.text and turn.locale), trial.locale)
    made = _create(trial.workspace, locale, script, flow=trial.flow, seen=script)
    summary = f"{trial.flow.name}: {made.name}"
    record(actor=actor, action="recording.created", target=made, workspace=trial.workspace, summary=summary)
    return made


def _name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise InvalidInput(_("Give the conversation a name."))
    if len(name) > NAME_LENGTH:
        raise InvalidInput(_("A name has at most %(count)d characters.") % {"count": NAME_LENGTH})
    return name


def _create(
    workspace: Workspace,
    locale: str,
    script: dict[str, Any],
    *,
    flow: Flow | None = None,
    seen: dict[str, Any] | None = None,
) -> RecordedConversation:
    script_of(script, script["name"])  # what cannot be read again is not kept
    if RecordedConversation.objects.filter(workspace=workspace).count() >= MOST_CONVERSATIONS:
        raise InvalidInput(_("At most %(count)d recorded conversations.") % {"count": MOST_CONVERSATIONS})
    try:
        with transaction.atomic():
            return RecordedConversation.objects.create(
                workspace=workspace, locale=locale, name=script["name"], script=script, flow=flow, seen=seen or {}
            )
    except IntegrityError:
        raise InvalidInput(
            _("There is a conversation of this name in this language already: %(name)s.")
            % {"name": script["name"]}
        ) from None


@transaction.atomic
def import_recordings(*, workspace: Workspace, locale: str, text: str, actor: Actor) -> int:
    """Add the conversations of a YAML file; how many. InvalidInput names the place, and then none is added."""
    data = load_yaml(text)
    scripts = scripts_of(data)
    flows = {flow.name: flow for flow in Flow.objects.filter(workspace=workspace)}
    for raw, script in zip(data, scripts, strict=True):
        named = [flows[name] for name in sorted(flows_named(raw)) if name in flows]
        _create(workspace, locale, {**raw, "name": _name(script.name)}, flow=named[0] if len(named) == 1 else None)
    record(
        actor=actor,
        action="recording.imported",
        target=workspace,
        workspace=workspace,
        summary=str(len(scripts)),
    )
    return len(scripts)


@transaction.atomic
def expect(*, recording: RecordedConversation, kept: Collection[str], actor: Actor) -> RecordedConversation:
    """Expect exactly what is ticked (keys of `chat.recordings.claims_of`)."""
    row = RecordedConversation.objects.select_for_update().get(pk=recording.pk)
    return _save(row, with_claims(row.script, row.seen, kept), actor)


@transaction.atomic
def rewrite(*, recording: RecordedConversation, text: str, actor: Actor) -> RecordedConversation:
    """Replace the document by a text of YAML with exactly one conversation; InvalidInput names the place."""
    data = load_yaml(text)
    if isinstance(data, dict):
        data = [data]
    scripts = scripts_of(data)
    if len(scripts) != 1:
        raise InvalidInput(_("Exactly one conversation is wanted."))
    row = RecordedConversation.objects.select_for_update().get(pk=recording.pk)
    return _save(row, {**data[0], "name": _name(scripts[0].name)}, actor)


@transaction.atomic
def accept_result(*, result: RehearsalResult, actor: Actor) -> RecordedConversation:
    """Expect of a conversation from now on what a run found. InvalidInput if it was changed or deleted since."""
    if result.conversation_id is None or not result.talk:
        raise InvalidInput(_("There is nothing to take over."))
    row = RecordedConversation.objects.select_for_update().get(pk=result.conversation_id)
    if row.script != result.script:
        raise InvalidInput(_("The conversation was changed since this run. Run it again."))
    row.seen = {}
    return _save(row, accepting(row.script, [TrialTurn.from_json(one) for one in result.talk]), actor)


def _save(row: RecordedConversation, script: dict[str, Any], actor: Actor) -> RecordedConversation:
    script_of(script, script["name"])
    if row.script == script:
        return row
    row.script = script
    row.name = script["name"]
    try:
        with transaction.atomic():
            row.save(update_fields=["script", "seen", "name"])
    except IntegrityError:
        raise InvalidInput(
            _("There is a conversation of this name in this language already: %(name)s.") % {"name": row.name}
        ) from None
    record(actor=actor, action="recording.changed", target=row, workspace=row.workspace, summary=row.name)
    return row


@transaction.atomic
def delete_recording(*, recording: RecordedConversation, actor: Actor) -> None:
    """Delete a recorded conversation; results of it stay with their runs."""
    record(
        actor=actor,
        action="recording.deleted",
        target=recording,
        workspace=recording.workspace,
        summary=recording.name,
    )
    recording.delete()
