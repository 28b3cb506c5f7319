"""Files of encoders: uploads of pairs and folders, who may delete them, and what is left of a killed process."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from nlu.actions import encoders, training
from nlu.actions.encoder_sources import FOLDER, keep_pairs, pairs_of
from nlu.errors import EncoderInUse, InvalidData
from nlu.models import ModelVersion, TrainedEncoder, TrainingRun, Workspace
from nlu.training_plans import encoder_dir
from tests.nlu.actions.encoder_scene import make_ready, make_workspace, request

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(settings, tmp_path: Path) -> Iterator[Workspace]:
    settings.MODEL_DIR = tmp_path / "models"
    with translation.override("en"):
        yield make_workspace()


def pairs_file(count: int) -> io.StringIO:
    lines = (f"call me on 138001380{number:02d} now,ring {number} please,{number % 2}" for number in range(count))
    return io.StringIO("q1,q2,label\n" + "\n".join(lines), newline="")


def test_a_file_of_pairs_is_masked_and_forgotten_when_it_has_been_learned_from(
    workspace: Workspace, settings, django_capture_on_commit_callbacks
) -> None:
    place = keep_pairs(workspace=workspace, file=pairs_file(100), is_csv=True)
    path = settings.MODEL_DIR / place
    assert path.is_file()
    encoder = request(workspace, sources=("file", "utterances"), pairs_file=place)
    pairs = pairs_of(encoder)
    texts = [pair.first for pair in (*pairs.learned, *pairs.held_out)]
    assert not any("13800" in text for text in texts)
    assert any("call me on [" in text for text in texts)
    with django_capture_on_commit_callbacks(execute=True):
        encoders.cancel_encoder(encoder=encoder, actor=None)
    assert not path.exists()
    place = keep_pairs(workspace=workspace, file=pairs_file(5), is_csv=True)
    with pytest.raises(InvalidData, match="pairs"):
        request(workspace, sources=("file",), pairs_file=place)
    assert not (settings.MODEL_DIR / place).exists()
    with pytest.raises(InvalidData):
        keep_pairs(workspace=workspace, file=io.StringIO("q1,q2\n"), is_csv=True)


def test_a_file_that_cannot_be_kept_or_asked_for_leaves_nothing(
    workspace: Workspace, settings, monkeypatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no room")

    folder = settings.MODEL_DIR / FOLDER / workspace.slug
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="no room"):
            keep_pairs(workspace=workspace, file=pairs_file(5), is_csv=True)
    assert not list(folder.iterdir())
    place = keep_pairs(workspace=workspace, file=pairs_file(5), is_csv=True)
    assert [path.name for path in folder.iterdir()] == [Path(place).name]
    with monkeypatch.context() as patch:
        patch.setattr(encoders, "pairs_of", fail)
        with pytest.raises(OSError, match="no room"):
            request(workspace, sources=("file",), pairs_file=place)
    assert not list(folder.iterdir())


def test_what_dead_processes_left_is_swept_when_the_next_training_begins(workspace: Workspace, settings) -> None:
    place = keep_pairs(workspace=workspace, file=pairs_file(5), is_csv=True)
    kept, encoder = make_ready(workspace, folder="_encoders/small/kept"), request(workspace, name="Next")
    TrainedEncoder.objects.filter(pk=kept.pk).update(pairs_file=place)
    folder = settings.MODEL_DIR / FOLDER / workspace.slug
    for name in ("kept", "half", "young"):
        (folder / name).mkdir()
    (folder / "upload.gz").touch()
    for path in (folder / "kept", folder / "half", folder / "upload.gz", settings.MODEL_DIR / place):
        os.utime(path, (0, 0))
    encoders.cancel_encoder(encoder=encoder, actor=None)
    assert encoders.train_encoder(encoder.pk) is None
    assert (folder / "half").exists()
    again = request(workspace, name="Next")
    TrainedEncoder.objects.filter(pk=again.pk).update(cancel_requested=True)
    assert encoders.train_encoder(again.pk) is None
    assert {path.name for path in folder.iterdir()} == {"kept", "young", Path(place).name}


def test_only_the_worker_that_has_the_training_now_ends_it(
    workspace: Workspace, settings, django_capture_on_commit_callbacks
) -> None:
    place = keep_pairs(workspace=workspace, file=pairs_file(100), is_csv=True)
    encoder = request(workspace, sources=("file", "utterances"), pairs_file=place)
    first, second = encoders.start(encoder.pk), encoders.start(encoder.pk)
    assert first is not None
    assert second is not None
    with django_capture_on_commit_callbacks(execute=True):
        assert not encoders.finish(first, {"folder": "first"})
        encoders.end(first, "failed", error="lost its job")
    encoder.refresh_from_db()
    assert (encoder.status, encoder.folder, encoder.error) == ("running", "", "")
    assert (settings.MODEL_DIR / place).is_file()
    with django_capture_on_commit_callbacks(execute=True):
        assert encoders.finish(second, {"folder": "second"})
        encoders.end(second, "failed", error="too late")
    encoder.refresh_from_db()
    assert (encoder.status, encoder.folder, encoder.error) == ("ready", "second", "")
    assert not (settings.MODEL_DIR / place).exists()


def test_a_file_that_is_gone_fails_the_training_in_words(workspace: Workspace, settings) -> None:
    place = keep_pairs(workspace=workspace, file=pairs_file(200), is_csv=True)
    encoder = request(workspace, sources=("file", "utterances"), pairs_file=place)
    shutil.rmtree(settings.MODEL_DIR)
    assert encoders.train_encoder(encoder.pk) is None
    encoder.refresh_from_db()
    assert encoder.status == "failed"
    assert "gone or damaged" in encoder.error


def test_deleting_takes_the_files_along(
    workspace: Workspace, settings, django_capture_on_commit_callbacks
) -> None:
    encoder = make_ready(workspace, folder="_encoders/small/1")
    encoder_dir(encoder).mkdir(parents=True)
    retired = ModelVersion.objects.create(
        workspace=workspace, number=1, status="candidate", folder="small/1", sentence_encoder=encoder
    )
    with pytest.raises(EncoderInUse):
        encoders.delete_encoder(encoder=encoder, actor=None)
    training.retire_version(version=retired, actor=None)
    with django_capture_on_commit_callbacks(execute=True):
        encoders.delete_encoder(encoder=encoder, actor=None)
    assert not (settings.MODEL_DIR / "_encoders/small/1").exists()
    retired.refresh_from_db()
    assert retired.sentence_encoder is None
    assert not TrainingRun.objects.exists()
