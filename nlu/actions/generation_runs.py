"""Runs that propose utterances for thin intents: switch on, request, run, cancel."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.generation_inputs import GenerationInputs, checker_of, generation_inputs, workspace_mask
from nlu.actions.generation_results import drop, end, finish, forget_proposals, measures_of, store_proposals
from nlu.actions.heavy_runs import refuse_beside_heavy
from nlu.actions.jobs import WITHOUT_A_WORD, enqueue
from nlu.actions.proposals import room_beside
from nlu.errors import GenerationOff, InvalidData, InvalidTransition, NluError, TrainingCancelled, TrainingRefused
from nlu.inference import version_dir
from nlu.models import GenerationRun, Intent, ModelVersion, Workspace
from nlu.models.proposals import GenerationMethod, GenerationStatus
from nlu.proposal_measures import EffectGap, MeasuredEffect
from nlu.run_errors import RunError

if TYPE_CHECKING:
    from nlu.generation.generate import Generated
    from nlu.generation.proposals import Proposal
    from nlu.pipeline.config import PipelineConfig
    from nlu.types import TrainingProgress

logger = logging.getLogger(__name__)
TASK: Final = "nlu.generate_utterances"
DEFAULT_PER_INTENT: Final = 10
MOST_PER_INTENT: Final = 50
MOST_INTENTS: Final = 200
FEWEST_HELD_OUT: Final = 20
"""Texts that neither training saw, below which their accuracies say nothing."""
SHARE_OF_PROPOSING: Final = 0.1
"""Of a run that measures the effect, so much is proposing; the two trainings share the rest."""


@transaction.atomic
def switch_generation(*, workspace: Workspace, on: bool, actor: Actor) -> Workspace:
    """Let the workspace propose utterances, or stop it and the run in work; what was accepted stays."""
    row = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if not on:
        for run in GenerationRun.objects.filter(workspace=row, cancel_requested=False).in_work():
            cancel_generation(run=run, actor=actor)
    if row.generates != on:
        row.generates = on
        row.save(update_fields=["generates"])
        done = "switched_on" if on else "switched_off"
        record(actor=actor, action=f"generation.{done}", target=row, workspace=row, summary=row.name)
    return row


def request_generation(
    *,
    workspace: Workspace,
    method: str,
    intents: Sequence[Intent],
    actor: Actor,
    per_intent: int = DEFAULT_PER_INTENT,
    with_effect: bool = False,
    seed: int = 0,
) -> GenerationRun:
    """Queue a run that proposes utterances for the intents, at most `per_intent` for each.

    GenerationOff where nobody has switched it on; InvalidData for a method, a number or intents that cannot be;
    TrainingRefused while anything heavy of the workspace goes on.
    """
    if method not in GenerationMethod.values:
        raise InvalidData(_("There is no such method."))
    if not 1 <= per_intent <= MOST_PER_INTENT:
        raise InvalidData(_("The number must be from 1 to %(most)d.") % {"most": MOST_PER_INTENT})
    if not intents or any(one.workspace_id != workspace.pk for one in intents):
        raise InvalidData(_("Choose at least one intent."))
    if len(intents) > MOST_INTENTS:
        raise InvalidData(_("Choose at most %(count)d intents at once.") % {"count": MOST_INTENTS})
    try:
        with transaction.atomic():
            refuse_beside_heavy(workspace)
            refuse_switched_off(workspace)
            run = GenerationRun.objects.create(
                workspace=workspace,
                method=method,
                intents=sorted(one.name for one in intents),
                per_intent=per_intent,
                with_effect=with_effect,
                seed=seed,
                requested_by_id=actor.pk if actor is not None else None,
            )
            enqueue(task=TASK, arguments={"generation": run.pk}, unique_key=f"generation:{run.pk}", max_attempts=3)
            summary = f"{run}, {method}, {len(intents)}"
            record(actor=actor, action="generation.requested", target=run, workspace=workspace, summary=summary)
    except IntegrityError:
        raise TrainingRefused("Another training of this workspace is going on") from None
    return run


def refuse_switched_off(workspace: Workspace) -> None:
    """GenerationOff unless somebody has switched it on."""
    if not Workspace.objects.filter(pk=workspace.pk, generates=True).exists():
        raise GenerationOff(_("Proposing utterances is switched off in this workspace."))


@transaction.atomic
def cancel_generation(*, run: GenerationRun, actor: Actor) -> GenerationRun:
    """Cancel a queued run at once; ask a running one to stop at its next step.

    InvalidTransition if it has ended.
    """
    row = GenerationRun.objects.select_for_update().get(pk=run.pk)
    if not row.is_open:
        raise InvalidTransition("This run has already ended")
    row.cancel_requested = True
    row.save(update_fields=["cancel_requested"])
    if row.status == GenerationStatus.QUEUED:
        end(row, GenerationStatus.CANCELLED)
    record(actor=actor, action="generation.cancelled", target=row, workspace=row.workspace)
    return row


def run_generation(run_id: int, *, effect_config: PipelineConfig | None = None) -> GenerationRun | None:
    """Do a requested run to its end. None if it was cancelled, failed, or is already done.

    A run that was cut off (its worker died) starts again from the data, which gives the same proposals.
    """
    run = start(run_id)
    if run is None:
        return None
    try:
        forget_proposals(run)
        inputs = generation_inputs(run)
        if not inputs.intents:
            raise NothingToPropose(", ".join(inputs.skipped))
        generated, version = propose(run, inputs)
        effect, gap = effect_of(run, inputs, generated.kept, effect_config)
        measures = measures_of(generated, inputs, effect, gap)
        store_proposals(run, inputs, generated.kept)
        finish(run, measures, version)
    except TrainingCancelled:
        drop(run, GenerationStatus.CANCELLED)
        return None
    except NothingToPropose:
        drop(run, GenerationStatus.FAILED, error=RunError("nothing_to_propose").to_text())
        return None
    except (NluError, ValueError, OSError) as error:
        logger.warning("generation run %d failed: %s", run.pk, type(error).__name__)
        drop(run, GenerationStatus.FAILED, error=RunError.of(error).to_text())
        return None
    return GenerationRun.objects.get(pk=run.pk)


class NothingToPropose(NluError):
    """None of the intents has a text that may be learned from."""


@transaction.atomic
def start(run_id: int) -> GenerationRun | None:
    """Mark the run as running, or None if it has ended (a second delivery of its job) or may not begin.

    `started_at` tells this worker from one that lost the job before: only the last one ends the run.
    """
    run = GenerationRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None or not run.is_open:
        return None
    if not run.workspace.generates:
        end(run, GenerationStatus.CANCELLED)
        return None
    if run.status == GenerationStatus.QUEUED:
        run.transition(GenerationStatus.RUNNING)
    run.started_at = run.heartbeat_at = timezone.now()
    run.share_done = 0.0
    run.step = "proposing"
    run.save()
    return run


def propose(run: GenerationRun, inputs: GenerationInputs) -> tuple[Generated, ModelVersion | None]:
    """Propose, sift and measure; the version that checked the labels, None without an active one."""
    from nlu.generation.generate import generate
    from nlu.generation.methods import proposer_of
    from nlu.pipeline.pipeline import NluPipeline
    from nlu.training.dataset import Dataset

    version = checker_of(run.workspace)
    model = NluPipeline.load(version_dir(version)) if version is not None else None
    share = SHARE_OF_PROPOSING if run.with_effect else 1.0
    generated = generate(
        Dataset.of(inputs.learned),
        proposer_of(run.method, texts=inputs.messages, catalogue=inputs.catalogue),
        mask=workspace_mask(run.workspace),
        intents=inputs.intents,
        per_intent=run.per_intent,
        guarded=inputs.guarded,
        seen=inputs.seen,
        site_texts=inputs.messages,
        model=model,
        judge=model,
        seed=run.seed,
        progress=reporter(run, "proposing", 0.0, share),
        should_cancel=canceller(run),
    )
    return generated, version


def effect_of(
    run: GenerationRun,
    inputs: GenerationInputs,
    kept: Sequence[Proposal],
    config: PipelineConfig | None,
) -> tuple[MeasuredEffect | None, EffectGap]:
    """What the best proposals would do to the accuracy on held-out texts: as many as could be accepted."""
    from nlu.generation.effect import measure_effect
    from nlu.training.dataset import Dataset
    from nlu.training.paired import Disagreement

    if not run.with_effect:
        return None, "not_asked"
    if len(inputs.held_out) < FEWEST_HELD_OUT:
        return None, "too_few"
    room = room_beside(run.workspace)
    chosen: list[Proposal] = []
    taken: defaultdict[str, int] = defaultdict(int)
    for proposal in kept:
        if taken[proposal.intent] < room.get(proposal.intent, 0):
            taken[proposal.intent] += 1
            chosen.append(proposal)
    if not chosen:
        return None, "nothing_kept"
    watch = TwoTrainings(run)
    effect = measure_effect(
        inputs.dataset(),
        [proposal.as_example() for proposal in chosen],
        Dataset.of(inputs.held_out),
        config=config,
        seed=run.seed,
        progress=watch.report,
        should_cancel=canceller(run),
    )
    measured = MeasuredEffect(
        n=effect.n,
        added=len(chosen),
        without=round(effect.without, 4),
        with_proposals=round(effect.with_proposals, 4),
        won=effect.won,
        lost=effect.lost,
        probability=round(effect.probability, 4),
        gain_probability=round(Disagreement(effect.won, effect.lost).probability, 4),
    )
    return measured, ""


class TwoTrainings:
    """Tells the row how far the two trainings of an effect are; the second takes about as long as the first."""

    def __init__(self, run: GenerationRun) -> None:
        self._run = run
        self._begun = time.monotonic()
        self._first: float | None = None
        self._last = 0

    def report(self, progress: TrainingProgress) -> None:
        """Progress of the training that is going on; it counts from one again when the second begins."""
        if self._first is None and progress.epoch < self._last:
            self._first = time.monotonic() - self._begun
        self._last = progress.epoch
        done = progress.epoch / max(1, progress.epochs)
        half = (1.0 - SHARE_OF_PROPOSING) / 2
        if self._first is None:
            left = 2 * progress.seconds_left + progress.seconds_elapsed
            tell(self._run, "without", SHARE_OF_PROPOSING + half * done, left)
        else:
            tell(self._run, "with", SHARE_OF_PROPOSING + half * (1 + done), progress.seconds_left)


def reporter(run: GenerationRun, step: str, base: float, share: float) -> Callable[[TrainingProgress], None]:
    """Writes progress to the row: a step that begins at `base` and is `share` of the run."""

    def report(progress: TrainingProgress) -> None:
        left = progress.seconds_left if base + share >= 1.0 else None
        tell(run, step, base + share * progress.epoch / max(1, progress.epochs), left)

    return report


def tell(run: GenerationRun, step: str, share: float, seconds_left: float | None) -> None:
    """One short statement; screens poll the row."""
    GenerationRun.objects.filter(pk=run.pk, started_at=run.started_at).in_work().update(
        step=step, share_done=min(1.0, share), seconds_left=seconds_left, heartbeat_at=timezone.now()
    )


def canceller(run: GenerationRun) -> Callable[[], bool]:
    """Whether a person wants the run to end, or another worker has it."""

    def should_cancel() -> bool:
        mine = GenerationRun.objects.filter(pk=run.pk, started_at=run.started_at).in_work()
        return not mine.filter(cancel_requested=False).exists()

    return should_cancel


def abandon_generation(*, run_id: int, error: str) -> None:
    """Fail a run whose job was given up for `error`, the job's last one; nothing if it has ended."""
    row = GenerationRun.objects.filter(pk=run_id).in_work().first()
    if row is not None:
        reason = RunError("worker_died") if error == WITHOUT_A_WORD else RunError("gave_up", error)
        drop(row, GenerationStatus.FAILED, error=reason.to_text())


def delete_generation(*, run: GenerationRun, actor: Actor) -> None:
    """Delete a run that has ended and all its proposals, which may be proposed again then.

    The utterances that were accepted stay. InvalidTransition while it goes on.
    """
    if GenerationRun.objects.filter(pk=run.pk).in_work().exists():
        raise InvalidTransition("This run still goes on")
    forget_proposals(run)
    with transaction.atomic():
        row = GenerationRun.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=run.pk)
        record(actor=actor, action="generation.deleted", target=row, workspace=row.workspace, summary=str(row))
        row.delete()
