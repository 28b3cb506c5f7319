"""The gate between a candidate and service: asking both models, keeping the report, whether it still holds."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from nlu.actions.audit import Actor, record
from nlu.actions.evaluation_cases import context_of
from nlu.actions.jobs import OPEN, enqueue
from nlu.errors import InvalidTransition
from nlu.export import TrainingData, training_data
from nlu.gate_report import GateReport
from nlu.inference import active_version, read_promise, version_dir
from nlu.models import EntityType, EvaluationCase, Intent, Job, ModelVersion, Workspace
from nlu.models.evaluation_cases import CaseSource
from nlu.models.jobs import JobStatus
from nlu.models.training import VersionStatus
from nlu.promise import ErrorPromise
from nlu.signals import recent_examples_wanted
from nlu.types import Example

if TYPE_CHECKING:
    from nlu.training.gate_evidence import FrozenCase

logger = logging.getLogger(__name__)
TASK: Final = "nlu.run_gate"
REPLAYED: Final = 500
Standing = Literal["free", "passed", "refused", "missing", "outdated", "moved"]
"""What stands between a version and service: nothing, a good report, a bad one, none, one against another version,
or one from before the promise of either was changed."""


def judge(
    workspace: Workspace, folder: Path, data: TrainingData, *, promise: ErrorPromise | None = None
) -> GateReport:
    """Compare the model in `folder` with the workspace's active one; loads both. `data` is what it learned from.

    Each is judged by the bounds in force: its promise's, else its training's.

    A first model, and one whose predecessor cannot be loaded any more, has nothing to be compared with and passes.
    CorruptArtifact or IncompatibleArtifact if the candidate itself cannot be loaded.
    """
    from nlu.training.gate import FIRST_MODEL, Knowledge, compare
    from nlu.training.gate_evidence import Contender, Questions, gather

    active = active_version(workspace.pk)
    if active is None:
        return FIRST_MODEL
    questions = Questions(
        cases=tuple(frozen_cases(workspace)),
        recent=recent_examples(workspace),
        timed=tuple(example.text for example in data.examples),
        wanted=Knowledge(
            frozenset(Intent.objects.filter(workspace=workspace).values_list("name", flat=True)),
            frozenset(EntityType.objects.filter(workspace=workspace).values_list("name", flat=True)),
        ),
    )
    evidence = gather(
        Contender(folder, promise),
        Contender(version_dir(active), read_promise(active)),
        questions,
        active_number=active.number,
    )
    if evidence is None:
        logger.warning("workspace %d: version %d cannot be loaded", workspace.pk, active.number)
        return GateReport(basis="unreadable", active_number=active.number)
    return compare(evidence)


def frozen_cases(workspace: Workspace) -> Iterator[FrozenCase]:
    """The evaluation set as the gate reads it."""
    from nlu.training.gate_evidence import FrozenCase

    cases = EvaluationCase.objects.filter(workspace=workspace).with_leaks()
    kept_out = set(cases.frozen().values_list("normalized", flat=True))
    rows = cases.select_related("intent").order_by("pk")
    for case in rows.iterator(chunk_size=1000):
        spans = tuple((int(start), int(end), str(kind)) for start, end, kind in case.entities or ())
        yield FrozenCase(
            case.pk,
            Example(
                text=case.text,
                intent=case.intent.name if case.intent else "",
                entities=spans,
                context=context_of(case),
                locale=case.locale,
            ),
            marked=bool(spans),
            # A frozen case of the same text keeps it out of training, a correction or not.
            taught=case.source == CaseSource.CORRECTION
            and bool(getattr(case, "is_leaked", False))
            and case.normalized not in kept_out,
        )


def recent_examples(workspace: Workspace) -> Iterable[Example]:
    """Masked messages of late, newest first, from whoever above keeps conversations."""
    answers = recent_examples_wanted.send(sender=Workspace, workspace_id=workspace.pk, limit=REPLAYED)
    given: list[Iterable[Example]] = [examples for _receiver, examples in answers]  # type: ignore[misc]
    return [example for examples in given for example in islice(examples, REPLAYED)]


@transaction.atomic
def request_gate(*, version: ModelVersion, actor: Actor, afresh: bool = False) -> Job:
    """Queue another comparison with the version that is active by then. InvalidTransition for the active one.

    A comparison that is open already is returned instead; with `afresh` only if it has not begun.
    """
    if version.status == VersionStatus.ACTIVE:
        raise InvalidTransition("The active version has nothing to be compared with")
    record(actor=actor, action="gate.requested", target=version, workspace=version.workspace, summary=str(version))
    going_on = open_comparisons(version).first()
    return going_on if going_on is not None and not afresh else queue_comparison(version)


def queue_comparison(version: ModelVersion) -> Job:
    """The comparison that still waits, or a new one: one that is running may have read what does not hold now."""
    going_on = list(open_comparisons(version))
    for job in going_on:
        if job.status != JobStatus.RUNNING:
            return job
    taken = {job.unique_key for job in going_on}
    key = next((key for key in gate_keys(version) if key not in taken), gate_keys(version)[0])
    return enqueue(task=TASK, arguments={"version": version.pk}, unique_key=key, max_attempts=3)


def run_gate(version_id: int) -> GateReport | None:
    """Compare again and keep the report. None if the version is gone or active by now."""
    version = ModelVersion.objects.filter(pk=version_id).select_related("workspace").first()
    if version is None or version.status == VersionStatus.ACTIVE:
        return None
    with transaction.atomic():
        # Whoever changes a promise holds this lock: what they stamped before `begun` can be read by now.
        Workspace.objects.select_for_update().get(pk=version.workspace_id)
        version.refresh_from_db(fields=["promise", "promised_at"])
        active = active_version(version.workspace_id)
        # Another machine's clock may be ahead; what was read is known all the same, and is not compared for ever.
        begun = max([timezone.now(), *promise_times(version, active)])
    data = training_data(version.workspace)
    report = judge(version.workspace, version_dir(version), data, promise=read_promise(version))
    store_report(version=version, report=report, begun=begun)
    return report


@transaction.atomic
def store_report(*, version: ModelVersion, report: GateReport, begun: datetime) -> ModelVersion:
    """Keep the report with the version. What changes after `begun`, it does not know of.

    A candidate is compared once more if its promise, or that of the active version, was changed since `begun`.
    """
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    version.gate = report.to_json()
    version.gated_at = begun
    version.save(update_fields=["gate", "gated_at"])
    record(
        actor=None,
        action="gate.passed" if report.passed else "gate.refused",
        target=version,
        workspace=version.workspace,
        summary=f"{version}: {', '.join(report.failed)}" if report.failed else str(version),
    )
    active = active_version(version.workspace_id)
    if version.status == VersionStatus.CANDIDATE and active is not None and has_moved(version, active):
        queue_comparison(version)
    return version


def gate_keys(version: ModelVersion) -> tuple[str, str]:
    """The unique keys of jobs that compare this version: one may run while another waits."""
    return f"gate:{version.pk}", f"gate:{version.pk}:again"


def open_comparisons(version: ModelVersion) -> QuerySet[Job]:
    """The jobs that wait to compare this version, or are doing it."""
    return Job.objects.filter(unique_key__in=gate_keys(version), status__in=OPEN)


def gate_is_running(version: ModelVersion) -> bool:
    """Whether a comparison is queued or going on."""
    return open_comparisons(version).exists()


def read_report(version: ModelVersion) -> GateReport | None:
    """The version's report; None without one, or with one that this program cannot read."""
    if not isinstance(version.gate, dict):
        return None
    try:
        return GateReport.from_json(version.gate)
    except (KeyError, TypeError, ValueError):
        return None


def standing_of(version: ModelVersion, active: ModelVersion | None) -> Standing:
    """What the gate says of putting the version into service now.

    A version that has served before may always come back, and without an active version there is nothing to lose.
    """
    if version.has_served or active is None or active.pk == version.pk:
        return "free"
    report = read_report(version)
    if report is None:
        return "missing"
    if report.active_number != active.number:
        return "outdated"
    if has_moved(version, active):
        return "moved"
    return "passed" if report.passed else "refused"


def has_moved(version: ModelVersion, active: ModelVersion) -> bool:
    """Whether the promise of either was changed after the version's comparison began."""
    begun = version.gated_at
    return any(begun is None or begun < changed for changed in promise_times(version, active))


def promise_times(*versions: ModelVersion | None) -> list[datetime]:
    """When their promises were last changed, of those that ever had one."""
    return [one.promised_at for one in versions if one is not None and one.promised_at is not None]
