"""How a run that proposes utterances ends: what it found is stored and shown, or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from nlu.actions.generation_inputs import GenerationInputs
from nlu.actions.utterances import chunks
from nlu.errors import TrainingCancelled
from nlu.models import GenerationRun, Intent, ModelVersion, ProposedUtterance
from nlu.models.proposals import GenerationStatus
from nlu.pipeline.normalizer import canonical
from nlu.proposal_measures import EffectGap, MeasuredEffect, MeasuredTexts, RunMeasures

if TYPE_CHECKING:
    from nlu.generation.generate import Generated
    from nlu.generation.proposals import Proposal

MOST_ROWS: Final = 100
"""In one transaction."""


def measures_of(
    generated: Generated, inputs: GenerationInputs, effect: MeasuredEffect | None, gap: EffectGap
) -> RunMeasures:
    """What the row keeps."""
    return RunMeasures(
        proposed=len(generated.kept) + len(generated.refused),
        kept=len(generated.kept),
        refused={str(reason): count for reason, count in generated.reasons().items()},
        raw=MeasuredTexts(**asdict(generated.raw)),
        shown=MeasuredTexts(**asdict(generated.shown)),
        reference_perplexity=generated.reference_perplexity,
        skipped=inputs.skipped,
        messages=len(inputs.messages),
        effect=effect,
        effect_gap=gap,
        seconds=round(generated.seconds, 1),
    )


def mine_in_work(run: GenerationRun) -> GenerationRun:
    """The run's row, locked. TrainingCancelled if it has ended, is to end, or is another worker's by now."""
    rows = GenerationRun.objects.select_for_update(of=("self",)).select_related("workspace")
    row = rows.filter(pk=run.pk, started_at=run.started_at).in_work().first()
    if row is None or row.cancel_requested or not row.workspace.generates:
        raise TrainingCancelled("The run is to end")
    return row


def store_proposals(run: GenerationRun, inputs: GenerationInputs, kept: Sequence[Proposal]) -> None:
    """Store the proposals in short transactions, so that no chat waits; they are shown once the run is done.

    TrainingCancelled as soon as the run is to end.
    """
    intents = {one.name: one for one in Intent.objects.filter(workspace=run.workspace, name__in=run.intents)}
    known = [proposal for proposal in kept if proposal.intent in intents]
    rows = [
        ProposedUtterance(
            run=run,
            workspace=run.workspace,
            intent=intents[proposal.intent],
            text=proposal.text,
            normalized=canonical(proposal.text),
            locale=proposal.locale or run.workspace.default_locale,
            entities=[list(span) for span in proposal.entities],
            score=round(proposal.score, 4),
            made_from=list(proposal.keys),
            origins=[inputs.ids[key] for key in proposal.keys if key in inputs.ids],
        )
        for proposal in known
    ]
    for piece in chunks(rows, size=MOST_ROWS):
        with transaction.atomic():
            mine_in_work(run)
            there = set(
                Intent.objects.filter(pk__in={row.intent_id for row in piece}).values_list("pk", flat=True)
            )
            present = [row for row in piece if row.intent_id in there]
            ProposedUtterance.objects.bulk_create(present, ignore_conflicts=True)


def forget_proposals(run: GenerationRun) -> None:
    """Delete what the run proposes, in short transactions."""
    for piece in chunks(
        list(ProposedUtterance.objects.filter(run=run).values_list("pk", flat=True)), size=MOST_ROWS
    ):
        ProposedUtterance.objects.filter(pk__in=piece).delete()


@transaction.atomic
def finish(run: GenerationRun, measures: RunMeasures, version: ModelVersion | None) -> None:
    """The run is done, and its proposals are shown. TrainingCancelled as `mine_in_work`."""
    row = mine_in_work(run)
    row.measures = measures.to_json()
    row.checked_by = version.number if version is not None else None
    row.share_done = 1.0
    row.save(update_fields=["measures", "checked_by", "share_done"])
    end(row, GenerationStatus.DONE)


def drop(run: GenerationRun, status: str, *, error: str = "") -> None:
    """End the run without a result, and delete what it has stored; neither if another worker has it by now."""
    if end(run, status, error=error):
        forget_proposals(run)


@transaction.atomic
def end(run: GenerationRun, status: str, *, error: str = "") -> bool:
    """Put the run into its final state.

    Nothing (and False) if it has ended, or if another worker has taken it up since `run` was read.
    """
    row = GenerationRun.objects.select_for_update().filter(pk=run.pk).first()
    if row is None or not row.is_open or row.started_at != run.started_at:
        return False
    row.transition(status)
    row.error = error
    row.seconds_left = None
    row.finished_at = timezone.now()
    row.save(update_fields=["status", "error", "seconds_left", "finished_at"])
    return True
