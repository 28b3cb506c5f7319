"""The terminal understands, learns and measures masked texts, as a chat does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from nlu.actions.direct_training import train_now
from nlu.actions.importing import import_utterances
from nlu.actions.masking import create_rule
from nlu.actions.workspaces import create_workspace
from nlu.models import Workspace
from nlu.training.dataset import load_dataset
from nlu.training.masked import default_mask, masked_dataset

MOBILE = "13800138000"
MEMBER = "会员123456"
TEXTS = [MOBILE, f"打电话给我{MOBILE}", f"请拨{MOBILE}", f"{MOBILE}是我的电话"]
# Nothing to mask, but more like other numbers than any text above is.
CODES = ["139123456", "912345678", "1391234567", "39123456"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Every text of one intent has a number in it: a model that read it would know the number."""
    rows = [{"text": text, "intent": "call"} for text in TEXTS]
    rows += [{"text": text, "intent": "code"} for text in CODES]
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def workspace(settings, tmp_path: Path, data: Path) -> Workspace:
    settings.MODEL_DIR = tmp_path / "models"
    made = create_workspace(slug="small", name="Small", default_locale="zh-hans", actor=None)
    create_rule(
        workspace=made, name="会员号", recognizer="pattern", label="会员号", pattern="会员[0-9]{6}", actor=None
    )
    import_utterances(workspace=made, lines=data.read_text().splitlines(), file_format="jsonl", actor=None)
    train_now(workspace_slug="small", activate=True, quick=True)
    return made


def test_a_model_from_files_never_sees_a_number(data: Path, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "model"
    call_command("train_nlu", data=str(data), output=str(folder), validation=str(data))
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert MOBILE.encode() not in content, file
            assert b"0013" not in content or file.suffix == ".safetensors", file
    trained_on = masked_dataset(load_dataset(data), default_mask()).fingerprint()
    assert trained_on != load_dataset(data).fingerprint()
    assert trained_on in (folder / "manifest.json").read_text()
    capsys.readouterr()
    # Another number is the same text to a model that learned and is measured masked.
    others = tmp_path / "others.jsonl"
    others.write_text(json.dumps({"text": "13912345678", "intent": "call"}), encoding="utf-8")
    call_command("evaluate_nlu", data=str(others), model=str(folder), out_of_scope=str(others))
    assert json.loads(capsys.readouterr().out)["intent_accuracy"] == 1.0


@pytest.mark.django_db
def test_the_terminal_masks_by_the_rules_of_the_workspace(workspace: Workspace, tmp_path: Path, capsys) -> None:
    capsys.readouterr()
    call_command("parse_text", f"{MEMBER}，请拨{MOBILE}", workspace="small")
    parse = json.loads(capsys.readouterr().out)
    assert parse["text"] == "[会员号#1]，请拨[手机号#1]"
    call_command("parse_text", CODES[0], workspace="small")
    assert json.loads(capsys.readouterr().out)["text"] == CODES[0]
    others = tmp_path / "others.jsonl"
    others.write_text(json.dumps({"text": "13912345678", "intent": "call"}), encoding="utf-8")
    call_command("evaluate_nlu", data=str(others), workspace="small")
    assert json.loads(capsys.readouterr().out)["intent_accuracy"] == 1.0
