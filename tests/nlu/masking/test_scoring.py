"""How masking is measured, and the two commands."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from nlu.masking.scoring import MaskingScore


def test_a_span_counts_when_every_letter_and_digit_is_masked() -> None:
    score = MaskingScore()
    score.add("138-0013-8000", [(0, 13, "MOBILE")], [(0, 3, "MOBILE"), (4, 8, "MOBILE"), (9, 13, "MOBILE")])
    score.add("13800138000", [(0, 11, "MOBILE")], [(0, 10, "MOBILE")])
    assert (score.overall.found, score.overall.labelled) == (1, 2)


def test_masking_far_too_much_or_nothing_labelled_is_wrong() -> None:
    score = MaskingScore()
    score.add("a" * 30, [(10, 20, "MOBILE")], [(8, 22, "MOBILE")])
    score.add("a" * 30, [(10, 20, "MOBILE")], [(5, 20, "MOBILE")])
    score.add("a" * 30, [], [(5, 20, "MOBILE")])
    assert (score.overall.right, score.overall.masked, score.overall.found) == (1, 3, 2)


def test_by_type_the_type_must_be_the_same() -> None:
    score = MaskingScore()
    score.add("4111111111111111", [(0, 16, "BANK_CARD")], [(0, 16, "MOBILE")])
    assert score.overall.to_json()["recall"] == 1
    assert score.by_type["BANK_CARD"].to_json()["recall"] == 0
    assert score.by_type["MOBILE"].to_json()["precision"] == 0


def test_mask_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [{"text": "打13800138000\na@b.cn"}, {"text": "好的"}]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(json.dumps(line) for line in lines) + "\n\n"))
    call_command("mask_text")
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"masked": "打[手机号#1]\n[邮箱#1]", "spans": [[1, 12, "MOBILE"], [13, 19, "EMAIL"]]},
        {"masked": "好的", "spans": []},
    ]


def test_mask_text_masks_the_types_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"text": "13800138000 a@b.cn"}\n'))
    call_command("mask_text", types="EMAIL")
    assert json.loads(capsys.readouterr().out)["masked"] == "13800138000 [邮箱#1]"


@pytest.mark.parametrize("line", ["x", "[]", "{}", '{"text": 3}', "null"])
def test_mask_text_names_the_bad_line(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"text": "a"}\n' + line + "\n"))
    with pytest.raises(CommandError, match="line 2"):
        call_command("mask_text")


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(CommandError, match="SHOE_SIZE"):
        call_command("mask_text", types="MOBILE,SHOE_SIZE")


def test_evaluate_masking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text(
        '{"text": "打13800138000谢谢", "spans": [[1, 12, "MOBILE"]]}\n'
        '{"text": "LM20260318001234", "spans": []}\n'
        '{"text": "张三", "entities": [[0, 2, "NAME"]]}\n',
        encoding="utf-8",
    )
    call_command("evaluate_masking", data=file)
    result = json.loads(capsys.readouterr().out)
    assert (result["precision"], result["recall"]) == (1.0, 0.5)
    assert result["by_type"]["MOBILE"]["f1"] == 1.0
    assert result["by_type"]["NAME"]["recall"] == 0.0


@pytest.mark.parametrize(
    "line", ['{"text": "a", "spans": [[0, 2, "MOBILE"]]}', '{"text": "a", "spans": [[1]]}', "x"]
)
def test_evaluate_masking_names_the_bad_line(line: str, tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(CommandError, match="line 1"):
        call_command("evaluate_masking", data=file)
