"""Trying a flow out: a talk with its draft, or with a published version, from any step.

Everything is answered by a turn worker, as customers are. The row keeps the talk, so that it survives a reload and
is another one for each member of staff; after a day it is forgotten, with what the vault keeps of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.actions.flows import locales_of
from chat.actions.probes import ask_probe
from chat.dialogue.calls import ActionResult
from chat.dialogue.flow_checks import keeps_from_running, problems_of
from chat.dialogue.flow_reader import flow_of
from chat.dialogue.flows import Flow as FlowDefinition
from chat.dialogue.scripts import MOST_TURNS
from chat.dialogue.state import DialogueState
from chat.dialogue.trials import DRAFT, Start, Trial, result_of_json, result_to_json
from chat.errors import FlowNotReady, InvalidInput, TrialWentOn
from chat.flow_book import surroundings_of
from chat.models import Flow, FlowTrial, FlowVersion
from chat.models.flow_trials import KEPT_FOR
from chat.trial_turns import TrialTurn, turn_of
from chat.turn_texts import masked_values
from nlu.actions.audit import record
from nlu.actions.jobs import enqueue
from nlu.actions.masking import mask_text
from nlu.actions.vault import NewEntry, forget_values, keep_values, kept_values
from nlu.models import Job
from nlu.models.jobs import JobStatus

FORGET_TASK: Final = "chat.forget_trials"
TEXT_LENGTH: Final = 2_000
VALUE_LENGTH: Final = 500
PATIENCE: Final = 25.0
"""Seconds for an answer: a turn's calls may take twenty."""


def definition_of(trial: FlowTrial) -> FlowDefinition:
    """What the talk runs: the version that it is about, or the draft as it is now."""
    if trial.version is not None:
        return flow_of(trial.version.definition, version=trial.version.number)
    return flow_of(trial.flow.draft)


def turns_of(trial: FlowTrial) -> list[TrialTurn]:
    """The finished turns."""
    return [TrialTurn.from_json(one) for one in trial.turns]


def pending_of(trial: FlowTrial) -> TrialTurn | None:
    """The turn that waits for a decision about a call."""
    return TrialTurn.from_json(trial.pending["turn"]) if trial.pending else None


def fresh_trial(*, flow: Flow, staff: User) -> FlowTrial | None:
    """The person's talk with the flow, if there is one that is not too old."""
    rows = FlowTrial.objects.fresh().select_related("flow__workspace", "version", "workspace")
    return rows.filter(flow=flow, staff=staff).first()


def start_trial(
    *,
    flow: Flow,
    staff: User,
    version: FlowVersion | None = None,
    locale: str,
    start: Start | None = None,
    profile: Mapping[str, str] | None = None,
) -> FlowTrial:
    """Begin anew, forgetting the person's talk with the flow before. `version` is None for the draft.

    With `start` the flow begins at once at a step, otherwise with the first message. FlowNotReady if the draft
    cannot run, InvalidInput for a step or slot that is not there. NoTurnWorker as `ask_probe`: then the talk is
    there all the same.
    """
    definition = flow_of(version.definition if version is not None else flow.draft)
    _check_runs(definition, flow)
    if start is not None:
        _check_start(definition, start)
    with transaction.atomic():
        # One at a time: of two that begin at once, the later replaces the other.
        Flow.objects.select_for_update().get(pk=flow.pk)
        plan_forgetting()
        FlowTrial.objects.filter(flow=flow, staff=staff).delete()
        trial = FlowTrial.objects.create(
            workspace=flow.workspace,
            flow=flow,
            staff=staff,
            version=version,
            revision=flow.revision,
            locale=locale,
            start=start.to_json() if start is not None else {},
            profile=dict(profile or {}),
        )
    return _ask(trial, text="", known={}) if start is not None else trial


def _check_runs(definition: FlowDefinition, flow: Flow) -> None:
    stopping = keeps_from_running(problems_of(definition, surroundings_of(flow.workspace, locales_of(flow))))
    if stopping:
        raise FlowNotReady(stopping)


def _check_start(definition: FlowDefinition, start: Start) -> None:
    if start.step and start.step not in definition.places:
        raise InvalidInput(_("There is no step “%(step)s”.") % {"step": start.step[:60]})
    for name, value in start.slots.items():
        if name not in definition.slots:
            raise InvalidInput(_("There is no slot “%(slot)s”.") % {"slot": name[:60]})
        if len(value) > VALUE_LENGTH:
            raise InvalidInput(_("A value has at most %(count)d characters.") % {"count": VALUE_LENGTH})


def say_in_trial(*, trial: FlowTrial, text: str, after: int) -> FlowTrial:
    """Write as a customer. `after` is how many turns whoever writes has seen.

    TrialWentOn if there are others by now or a call waits; InvalidInput for an empty or too long message, or when
    the talk is too long; NoTurnWorker as `ask_probe`.
    """
    text = text.replace("\x00", "").strip()
    if not text:
        raise InvalidInput(_("Write a message."))
    if len(text) > TEXT_LENGTH:
        raise InvalidInput(_("A message has at most %(count)d characters.") % {"count": TEXT_LENGTH})
    if trial.pending or len(trial.turns) != after:
        raise TrialWentOn(_("The talk has gone on meanwhile."))
    if len(trial.turns) >= MOST_TURNS:
        raise InvalidInput(_("A talk has at most %(count)d messages. Start again.") % {"count": MOST_TURNS})
    return _ask(trial, text=_masked(trial, text), known={})


def decide_call(
    *,
    trial: FlowTrial,
    key: str,
    outcome: str = "",
    outputs: Mapping[str, str] | None = None,
    really: bool = False,
) -> FlowTrial:
    """Let the turn that waits go on: with the outcome that a person chooses, or by really making the call.

    TrialWentOn if no call of this key waits any more.
    """
    pending = pending_of(trial)
    call = pending.withheld if pending is not None else None
    if pending is None or call is None or call.key != key:
        raise TrialWentOn(_("The talk has gone on meanwhile."))
    known = {name: result_of_json(one) for name, one in trial.pending["known"].items()}
    chosen = set(trial.pending["chosen"])
    if really:
        record(
            actor=trial.staff,
            action="flow.tried_for_real",
            target=trial.flow,
            workspace=trial.workspace,
            summary=f"{trial.flow.name}: {call.action}",
        )
    else:
        if not outcome:
            raise InvalidInput(_("Choose an outcome."))
        values = {name: value[:VALUE_LENGTH] for name, value in (outputs or {}).items()}
        known[key] = ActionResult(outcome, values)
        chosen.add(key)
    return _ask(
        trial, text=pending.text, known=known, chosen=frozenset(chosen), really=frozenset({key} if really else ())
    )


def forget_stale_trials() -> None:
    """Delete talks that are a day old, and plan to look again while there are others."""
    FlowTrial.objects.stale().delete()
    if FlowTrial.objects.exists():
        plan_forgetting()


def plan_forgetting() -> None:
    """Have talks forgotten in a day, unless that is planned."""
    if not Job.objects.filter(task=FORGET_TASK, status=JobStatus.QUEUED).exists():
        enqueue(task=FORGET_TASK, arguments={}, run_after=timezone.now() + KEPT_FOR + timedelta(minutes=1))


def _masked(trial: FlowTrial, text: str) -> str:
    """The text as a customer's would be stored; originals are kept where a rule says so."""
    masked = mask_text(trial.workspace_id, text)
    scope, item = str(trial.uuid), len(trial.turns) + 1
    with transaction.atomic():
        # An earlier try of this message, which nobody answered, may have left its own.
        forget_values(scopes=[scope], item=item)
        keep_values([NewEntry(trial.workspace_id, scope, item, kept) for kept in kept_values(masked)])
    return masked.text


def _references(trial: FlowTrial, text: str) -> dict[str, str]:
    """Placeholder -> the number of the newest message with it, of this text and those before."""
    texts = [(place, turn["text"]) for place, turn in enumerate(trial.turns, start=1)]
    return masked_values([(len(trial.turns) + 1, text), *reversed(texts)])


def _ask(
    trial: FlowTrial,
    *,
    text: str,
    known: Mapping[str, ActionResult],
    chosen: frozenset[str] = frozenset(),
    really: frozenset[str] = frozenset(),
) -> FlowTrial:
    """Have the message answered, and keep what came of it. Not in a transaction.

    FlowNotReady if the draft was changed so that it cannot run any more.
    """
    _check_runs(definition_of(trial), trial.flow)
    definition = trial.version.definition if trial.version is not None else trial.flow.draft
    begins = bool(trial.start) and not trial.turns and not text
    answer = ask_probe(
        workspace=trial.workspace,
        text=text,
        locale=trial.locale,
        state=DialogueState.from_json(trial.state),
        trial=Trial(
            definition=definition,
            version=trial.version.number if trial.version is not None else DRAFT,
            start=Start.from_json(trial.start) if begins else None,
            results=known,
            really=really,
            scope=str(trial.uuid),
            turn=len(trial.turns) + 1,
            references=_references(trial, text),
            profile=trial.profile,
        ),
        timeout=PATIENCE,
    )
    turn = turn_of(
        text=text,
        parse=answer.parse if not begins else {},
        decision=answer.decision,
        chosen=chosen,
        milliseconds=answer.milliseconds,
    )
    return _keep(trial, turn, answer.decision, known, chosen)


@transaction.atomic
def _keep(
    trial: FlowTrial,
    turn: TrialTurn,
    decision: Mapping[str, Any],
    known: Mapping[str, ActionResult],
    chosen: frozenset[str],
) -> FlowTrial:
    row = (
        FlowTrial.objects.select_for_update(of=("self",))
        .select_related("flow__workspace", "version", "workspace", "staff")
        .filter(pk=trial.pk)
        .first()
    )
    if row is None or len(row.turns) != len(trial.turns) or row.pending != trial.pending:
        raise TrialWentOn(_("The talk has gone on meanwhile."))
    if turn.withheld is None:
        row.turns = [*row.turns, turn.to_json()]
        row.state = decision["state"]
        row.pending = {}
    else:
        # All calls of the message so far bring the same again when it is decided anew.
        found = {**known, **{call.key: call.result for call in turn.calls if call.how != "withheld"}}
        row.pending = {
            "turn": replace(turn, asks="").to_json(),
            "known": {key: result_to_json(result) for key, result in found.items()},
            "chosen": sorted(chosen),
        }
    row.touched_at = timezone.now()
    row.save(update_fields=["turns", "state", "pending", "touched_at"])
    return row
