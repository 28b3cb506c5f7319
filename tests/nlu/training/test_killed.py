"""Trainings that are killed: nothing half is ever shown, and the same run comes to its end afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from nlu.actions.version_folders import LEFTOVER_AGE, sweep_leftovers
from nlu.actions.workspaces import create_workspace
from nlu.models import ModelVersion
from nlu.workshop import LOCK, remove_abandoned, this_machine, workshop

ROOT = Path(__file__).parents[3]


@pytest.mark.long
def test_killed_at_five_points(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "console.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/xiaoer.sqlite3",
        "XIAOER_VAR": str(tmp_path / "var"),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.nlu.training.killed_points"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert len(said["points"]) == 5
    for number, (name, found) in enumerate(said["points"].items(), start=1):
        assert found == {
            "signal": signal.SIGKILL,
            "between": {"status": "running", "versions": number},
            "status": "done",
            "versions": number + 1,
            "own": True,
            "loads": True,
            "active": 1,
        }, name
    # Half a folder, one not yet renamed, and a whole one of no version: none of them is ever looked at.
    assert len(said["left_behind"]) == 3


@pytest.mark.django_db
def test_what_a_killed_training_left_is_swept_away_after_a_day(tmp_path: Path, settings) -> None:
    settings.MODEL_DIR = tmp_path
    workspace = create_workspace(slug="swept", name="Swept", default_locale="en", actor=None)
    sweep_leftovers(workspace)
    old = (timezone.now() - LEFTOVER_AGE - timedelta(minutes=1)).timestamp()
    kept, left, half, young = (
        f"{dot}2026010{day}-010203-040506" for dot, day in (("", 1), ("", 2), (".", 3), ("", 4))
    )
    ModelVersion.objects.create(workspace=workspace, number=2, folder=f"swept/{kept}")
    for name in (kept, left, f"{half}.x1y2", young, "somebody's own"):
        (tmp_path / "swept" / name).mkdir(parents=True)
        (tmp_path / "swept" / name / "manifest.json").write_text("{}")
        if name != young:
            os.utime(tmp_path / "swept" / name, (old, old))
    sweep_leftovers(workspace)
    assert {entry.name for entry in (tmp_path / "swept").iterdir()} == {kept, young, "somebody's own"}


def test_a_workshop_of_a_killed_process_is_known_from_one_at_work(tmp_path: Path) -> None:
    goal = tmp_path / "model"
    at_work = "from nlu.workshop import workshop\nfrom pathlib import Path\nimport os, sys\n"
    killed = at_work + "with workshop(Path(sys.argv[1])) as f: (f / 'x').mkdir(); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", killed, str(goal)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    with workshop(tmp_path / "other") as own:
        assert remove_abandoned(left)
        assert not remove_abandoned(own)
        assert not remove_abandoned(tmp_path)
        assert sorted(tmp_path.iterdir()) == [own]
    assert sorted(tmp_path.iterdir()) == []

    # The next comparison for the same place does it as well.
    subprocess.run([sys.executable, "-c", killed, str(goal)], cwd=ROOT, check=False)
    with workshop(goal) as own:
        assert sorted(tmp_path.iterdir()) == [own]


@pytest.mark.django_db
def test_what_a_killed_comparison_left_goes_with_the_next_training(tmp_path: Path, settings) -> None:
    settings.MODEL_DIR = tmp_path
    workspace = create_workspace(slug="swept", name="Swept", default_locale="en", actor=None)
    with workshop(tmp_path / "swept" / "20260101-010203-040506") as at_work:
        left = tmp_path / "swept" / ".20260102-010203-040506.x1y2"
        left.mkdir()
        (left / LOCK).write_text(this_machine(), encoding="utf-8")
        sweep_leftovers(workspace)
        assert [entry.name for entry in (tmp_path / "swept").iterdir()] == [at_work.name]


@pytest.mark.parametrize(
    "said", ["", "elsewhere 5f0c\n", f"{this_machine().split()[0]} 5f0c\n", f"elsewhere {this_machine()}"]
)
def test_what_another_machine_left_is_not_judged_by_its_lock(tmp_path: Path, said: str) -> None:
    left = tmp_path / "left"
    left.mkdir()
    lock = left / LOCK
    lock.write_text(said, encoding="utf-8")
    assert not remove_abandoned(left)
    assert left.is_dir()
    lock.write_text(this_machine(), encoding="utf-8")
    assert remove_abandoned(left)
    assert not left.exists()


def test_a_lock_file_says_whose_it_is(tmp_path: Path) -> None:
    with workshop(tmp_path / "model") as own:
        assert (own / LOCK).read_text(encoding="utf-8") == this_machine()


def test_what_could_not_be_removed_is_said_to_be_there(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / LOCK).write_text(this_machine(), encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", lambda *_folder, **_how: None)
        assert not remove_abandoned(tmp_path)
    assert remove_abandoned(tmp_path)


@pytest.mark.django_db
def test_what_another_machine_left_goes_by_its_age(tmp_path: Path, settings) -> None:
    settings.MODEL_DIR = tmp_path
    workspace = create_workspace(slug="swept", name="Swept", default_locale="en", actor=None)
    old = (timezone.now() - LEFTOVER_AGE - timedelta(minutes=1)).timestamp()
    for name in (".20260102-010203-040506.x1y2", ".20260102-010203-040507.x1y2"):
        left = tmp_path / "swept" / name
        left.mkdir(parents=True)
        (left / LOCK).write_text("elsewhere 5f0c\n", encoding="utf-8")
    os.utime(left, (old, old))
    sweep_leftovers(workspace)
    assert [entry.name for entry in (tmp_path / "swept").iterdir()] == [".20260102-010203-040506.x1y2"]
