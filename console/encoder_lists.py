"""The page of sentence encoders: those that there are, what new ones can learn from, the one in work."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from console.encoder_words import encoder_name
from console.forms.encoders import EncoderForm
from nlu.actions.encoder_sources import SourceSize, sizes_of
from nlu.actions.heavy_runs import heavy_run
from nlu.models import TrainedEncoder, Workspace
from nlu.models.encoders import PairSource
from nlu.models.training import VersionStatus
from nlu.training_plans import MINILM, minilm_bytes

SHOWN_ENCODERS = 50


@dataclass(frozen=True, slots=True)
class EncoderRow:
    """An encoder with where its pairs came from, and the versions that it is part of and that can still serve."""

    encoder: TrainedEncoder
    sources: tuple[str, ...]
    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A box of the form; `size` is None for a file, which nobody has seen yet."""

    value: str
    title: str
    size: SourceSize | None
    is_checked: bool


@dataclass(frozen=True, slots=True)
class InstalledEncoder:
    """An encoder that came as a package."""

    name: str
    size_bytes: int


def encoder_rows(workspace: Workspace) -> tuple[EncoderRow, ...]:
    """The newest first, attempts that came to nothing included."""
    encoders = TrainedEncoder.objects.filter(workspace=workspace).select_related("created_by")
    rows = []
    for encoder in encoders.prefetch_related("versions")[:SHOWN_ENCODERS]:
        serving = [one.number for one in encoder.versions.all() if one.status != VersionStatus.RETIRED]
        sources = tuple(str(label) for value, label in PairSource.choices if value in encoder.sources)
        rows.append(EncoderRow(encoder, sources, tuple(sorted(serving))))
    return tuple(rows)


def source_choices(workspace: Workspace, form: EncoderForm) -> tuple[SourceChoice, ...]:
    """The sources with what each holds now."""
    sizes = {size.source: size for size in sizes_of(workspace)}
    chosen = [str(one) for one in form["sources"].value() or ()]
    return tuple(
        SourceChoice(value, str(label), sizes.get(value), value in chosen) for value, label in PairSource.choices
    )


def installed_encoders() -> tuple[InstalledEncoder, ...]:
    """MiniLM, if its wheel is there."""
    size = minilm_bytes()
    return (InstalledEncoder(encoder_name(MINILM), size),) if size is not None else ()


def progress_context(encoder: TrainedEncoder | None) -> dict[str, object]:
    """What the progress panel shows; everything is on the row, so a reload loses nothing."""
    if encoder is None:
        return {"encoder": None}
    end = encoder.finished_at or timezone.now()
    return {
        "encoder": encoder,
        "elapsed": (end - encoder.started_at).total_seconds() if encoder.started_at else None,
    }


def latest_encoder(workspace: Workspace) -> TrainedEncoder | None:
    """The one that was asked for last."""
    return TrainedEncoder.objects.filter(workspace=workspace).order_by("-id").first()


def is_busy(workspace: Workspace) -> bool:
    """Whether anything heavy goes on in the workspace: no encoder can be trained then."""
    return heavy_run(workspace) is not None
