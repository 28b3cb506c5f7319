"""Sentence encoders that staff train: request, train, cancel, delete."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.encoder_sources import FOLDER, forget_pairs, locales_of, pairs_of, sweep_files
from nlu.actions.heavy_runs import refuse_beside_heavy
from nlu.actions.jobs import WITHOUT_A_WORD, enqueue
from nlu.errors import (
    EncoderInUse,
    InvalidData,
    InvalidTransition,
    NluError,
    TooFewPairs,
    TrainingCancelled,
    TrainingRefused,
)
from nlu.models import ModelVersion, TrainedEncoder, Workspace
from nlu.models.encoders import EncoderStatus, PairSource
from nlu.models.training import VersionStatus
from nlu.run_errors import RunError
from nlu.training.meanings import PairSets
from nlu.training.question_pairs import FEWEST_PAIRS
from nlu.training_plans import MINILM, NGRAM, encoder_dir

if TYPE_CHECKING:
    from nlu.training.encoder_fit import EncoderConfig, EncoderResult
    from nlu.types import TrainingProgress

logger = logging.getLogger(__name__)
TASK: Final = "nlu.train_encoder"
DEFAULT_MINUTES: Final = 30
MOST_MINUTES: Final = 120
NAME_LENGTH: Final = 80
RESERVED_NAMES: Final = frozenset({NGRAM, MINILM, "auto", "ensemble"})


def request_encoder(
    *,
    workspace: Workspace,
    name: str,
    sources: Sequence[str],
    actor: Actor,
    pairs_file: str = "",
    minutes: int = DEFAULT_MINUTES,
    seed: int = 0,
) -> TrainedEncoder:
    """Queue the training of an encoder from the sources; `pairs_file` is what `keep_pairs` gave, for a file.

    InvalidData for a name that is empty, reserved or taken, for sources or minutes that cannot be, or when the
    sources have too few pairs; TrainingRefused while another training of the workspace is going on. Then the file
    is forgotten.
    """
    try:
        return _requested(workspace, " ".join(name.split()), tuple(sources), pairs_file, minutes, seed, actor)
    except BaseException:
        forget_pairs(pairs_file)
        raise


def _requested(
    workspace: Workspace,
    name: str,
    sources: tuple[str, ...],
    pairs_file: str,
    minutes: int,
    seed: int,
    actor: Actor,
) -> TrainedEncoder:
    check_request(name, sources, pairs_file, minutes)
    encoder = TrainedEncoder(
        workspace=workspace,
        name=name,
        sources=list(sources),
        pairs_file=pairs_file,
        minutes=minutes,
        seed=seed,
        created_by_id=actor.pk if actor is not None else None,
    )
    check_pairs(pairs_of(encoder))
    try:
        with transaction.atomic():
            refuse_beside_heavy(workspace)
            if TrainedEncoder.objects.filter(workspace=workspace, name=name).ready().exists():
                raise InvalidData(_("There is an encoder of this name already."))
            encoder.save()
            enqueue(
                task=TASK, arguments={"encoder": encoder.pk}, unique_key=f"encoder:{encoder.pk}", max_attempts=3
            )
            record(actor=actor, action="encoder.requested", target=encoder, workspace=workspace, summary=name)
    except IntegrityError:
        raise TrainingRefused("Another training of this workspace is going on") from None
    return encoder


def check_request(name: str, sources: Sequence[str], pairs_file: str, minutes: int) -> None:
    """InvalidData, in the reader's words, for what no encoder can be trained by."""
    if not name or len(name) > NAME_LENGTH:
        raise InvalidData(_("Give it a name of at most %(count)d characters.") % {"count": NAME_LENGTH})
    if name.lower() in RESERVED_NAMES:
        raise InvalidData(_("This name stands for something else. Choose another one."))
    if not sources or not set(sources) <= set(PairSource.values):
        raise InvalidData(_("Choose at least one source."))
    if (PairSource.FILE in sources) != bool(pairs_file):
        raise InvalidData(_("Choose the file of pairs."))
    if not 1 <= minutes <= MOST_MINUTES:
        raise InvalidData(_("The minutes must be from 1 to %(most)d.") % {"most": MOST_MINUTES})


def check_pairs(pairs: PairSets) -> None:
    """InvalidData, in the reader's words, when there are too few pairs of one meaning."""
    if pairs.same < FEWEST_PAIRS:
        raise TooFewPairs(
            _(
                "These sources have %(count)d pairs of questions with the same meaning; %(least)d are needed. Add "
                "utterances to intents, publish articles with questions, review messages, or upload a file."
            )
            % {"count": pairs.same, "least": FEWEST_PAIRS},
            pairs.same,
            FEWEST_PAIRS,
        )


@transaction.atomic
def cancel_encoder(*, encoder: TrainedEncoder, actor: Actor) -> TrainedEncoder:
    """Cancel a queued training at once; ask a running one to stop at its next step.

    InvalidTransition if it has ended.
    """
    row = TrainedEncoder.objects.select_for_update().get(pk=encoder.pk)
    if not row.is_open:
        raise InvalidTransition("This training has already ended")
    row.cancel_requested = True
    row.save(update_fields=["cancel_requested"])
    if row.status == EncoderStatus.QUEUED:
        end(row, EncoderStatus.CANCELLED)
    record(actor=actor, action="encoder.cancelled", target=row, workspace=row.workspace, summary=row.name)
    return row


def train_encoder(encoder_id: int) -> TrainedEncoder | None:
    """Do a requested training to its end. None if it was cancelled, failed, or is already done.

    A training that was cut off (its worker died) starts again from its pairs, which gives the same encoder.
    """
    encoder = start(encoder_id)
    if encoder is None:
        return None
    sweep_files(encoder.workspace)
    stamp = timezone.now().strftime("%Y%m%d-%H%M%S-%f")
    place = f"{FOLDER}/{encoder.workspace.slug}/{stamp}"
    folder = Path(settings.MODEL_DIR) / place
    kept = False
    try:
        pairs = pairs_of(encoder)
        check_pairs(pairs)
        product = product_of(place, pairs, encoder.workspace, fit_into(encoder, pairs, folder))
        with transaction.atomic():
            kept = finish(encoder, product)
    except TrainingCancelled:
        end(encoder, EncoderStatus.CANCELLED)
    except (NluError, ValueError, OSError) as error:
        logger.warning("training of encoder %d failed: %s", encoder.pk, type(error).__name__)
        end(encoder, EncoderStatus.FAILED, error=RunError.of(error).to_text())
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    return TrainedEncoder.objects.get(pk=encoder.pk) if kept else None


@transaction.atomic
def start(encoder_id: int) -> TrainedEncoder | None:
    """Mark the training as running, or None if it has ended (a second delivery of its job).

    `started_at` tells this worker from one that lost the job before: only the last one ends the training.
    """
    encoder = TrainedEncoder.objects.select_for_update().filter(pk=encoder_id).first()
    if encoder is None or not encoder.is_open:
        return None
    if encoder.status == EncoderStatus.QUEUED:
        encoder.transition(EncoderStatus.RUNNING)
    encoder.started_at = encoder.heartbeat_at = timezone.now()
    encoder.share_done = 0.0
    encoder.save()
    return encoder


def fit_into(encoder: TrainedEncoder, pairs: PairSets, folder: Path) -> EncoderResult:
    """Learn from the pairs, report to the row, and write the encoder with its card into the folder."""
    from nlu.pipeline.encoder_folder import write_encoder
    from nlu.training.encoder_card import encoder_card
    from nlu.training.encoder_fit import config_for, fit_encoder

    def report(progress: TrainingProgress) -> None:
        whole = progress.seconds_elapsed + progress.seconds_left
        TrainedEncoder.objects.filter(pk=encoder.pk).update(
            share_done=min(1.0, progress.seconds_elapsed / whole) if whole > 0 else 0.0,
            seconds_left=progress.seconds_left,
            loss=progress.loss,
            heartbeat_at=timezone.now(),
        )

    def should_cancel() -> bool:
        mine = TrainedEncoder.objects.filter(pk=encoder.pk, started_at=encoder.started_at).in_work()
        return not mine.filter(cancel_requested=False).exists()

    config = config_for(len(pairs.learned))
    result = fit_encoder(
        pairs.learned,
        config=config,
        seed=encoder.seed,
        progress=report,
        should_cancel=should_cancel,
        held_out=pairs.held_out,
        reserves=True,
        seconds=encoder.minutes * 60.0,
    )
    measured = {
        "pairs": result.pairs,
        "held_out_pairs": result.held_out,
        "same_meaning_auroc": result.auroc,
        "same_meaning_auroc_before": result.before,
        "seconds": round(result.seconds, 1),
        "epochs": result.epochs,
        "planned_epochs": config.epochs,
    }
    manifest = {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": encoder.seed,
        "sources": list(encoder.sources),
        "pairs_fingerprint": fingerprint_of(pairs, config, encoder.seed),
        "measured": measured,
    }
    write_encoder(folder, result.encoder, manifest=manifest, card=encoder_card(manifest))
    return result


def fingerprint_of(pairs: PairSets, config: EncoderConfig, seed: int) -> str:
    """sha256 over everything that an encoder is made from; equal ones make an equal encoder on one machine."""
    digest = hashlib.sha256(f"{config!r} {seed}\n".encode())
    for pair in (*pairs.learned, None, *pairs.held_out):
        row = [pair.first, pair.second, pair.same, pair.meaning] if pair is not None else []
        digest.update(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def product_of(place: str, pairs: PairSets, workspace: Workspace, result: EncoderResult) -> dict[str, object]:
    """What the row says of a written encoder, by field; read before anything is locked, for it takes a while."""
    folder = Path(settings.MODEL_DIR) / place
    return {
        "folder": place,
        "fingerprint": json.loads((folder / "manifest.json").read_bytes())["pairs_fingerprint"],
        "locales": locales_of(pairs, workspace),
        "pairs": result.pairs,
        "held_out": result.held_out,
        "figure": result.auroc,
        "figure_before": result.before,
        "seconds": round(result.seconds, 1),
        "size_bytes": sum(file.stat().st_size for file in folder.iterdir()),
        "share_done": 1.0,
    }


def finish(encoder: TrainedEncoder, product: Mapping[str, object]) -> bool:
    """Keep what came out with the row. False if it has ended, is to end, or is another worker's by now."""
    row = TrainedEncoder.objects.select_for_update().filter(pk=encoder.pk).first()
    if row is None or not row.is_open or row.started_at != encoder.started_at:
        return False
    if row.cancel_requested:
        end(row, EncoderStatus.CANCELLED)
        return False
    for name, value in product.items():
        setattr(row, name, value)
    row.save(update_fields=list(product))
    end(row, EncoderStatus.READY)
    return True


@transaction.atomic
def end(encoder: TrainedEncoder, status: str, *, error: str = "") -> None:
    """Put the training into its final state, and forget the file that it learned from.

    Nothing if it has ended, or if another worker has taken it up since `encoder` was read.
    """
    row = TrainedEncoder.objects.select_for_update().filter(pk=encoder.pk).first()
    if row is None or not row.is_open or row.started_at != encoder.started_at:
        return
    row.transition(status)
    row.error = error
    row.seconds_left = None
    row.finished_at = timezone.now()
    place, row.pairs_file = row.pairs_file, ""
    row.save(update_fields=["status", "error", "seconds_left", "finished_at", "pairs_file"])
    transaction.on_commit(lambda: forget_pairs(place))


@transaction.atomic
def abandon_encoder(*, encoder_id: int, error: str) -> None:
    """Fail a training whose job was given up for `error`, the job's last one; nothing if it has ended."""
    row = TrainedEncoder.objects.select_for_update().filter(pk=encoder_id).first()
    if row is not None and row.is_open:
        reason = RunError("worker_died") if error == WITHOUT_A_WORD else RunError("gave_up", error)
        end(row, EncoderStatus.FAILED, error=reason.to_text())


@transaction.atomic
def delete_encoder(*, encoder: TrainedEncoder, actor: Actor) -> None:
    """Delete an encoder with its folder, or an attempt that came to nothing.

    EncoderInUse while a candidate or active version was made with it; InvalidTransition while it is trained;
    TrainingRefused while a model is, which may be using it.
    """
    Workspace.objects.select_for_update().get(pk=encoder.workspace_id)
    row = TrainedEncoder.objects.select_for_update().get(pk=encoder.pk)
    if row.is_open:
        raise InvalidTransition("An encoder that is being trained is cancelled first")
    serving = ModelVersion.objects.filter(sentence_encoder=row).exclude(status=VersionStatus.RETIRED)
    if numbers := tuple(serving.order_by("number").values_list("number", flat=True)):
        raise EncoderInUse(f"{row.name} is used by versions {', '.join(map(str, numbers))}", numbers)
    if row.status == EncoderStatus.READY:
        refuse_beside_heavy(row.workspace)
    folder = encoder_dir(row) if row.folder else None
    record(actor=actor, action="encoder.deleted", target=row, workspace=row.workspace, summary=row.name)
    row.delete()
    if folder is not None:
        transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
