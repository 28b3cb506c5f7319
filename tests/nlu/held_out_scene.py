"""Held-out answers of made-up models whose true errors are known, and version folders that hold them."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path

from nlu.held_out import FILE, HeldOutAnswer, write_answers
from nlu.pipeline.exact_matcher import text_key
from nlu.types import OUT_OF_SCOPE, Thresholds

OWN = Thresholds(confidence=0.6, confirm=0.25, margin=0.1, scope=0.5)


def answer(
    confidence: float,
    *,
    right: bool = True,
    gold: str = "track",
    said: str = "",
    lead: float | None = 0.9,
    key: int = 0,
) -> HeldOutAnswer:
    """One answer; a wrong one says `refund`."""
    intent = gold if right else "refund"
    return HeldOutAnswer(key, gold, said or intent, intent, confidence, confidence >= OWN.confidence, lead)


def stranger(confidence: float, *, key: int = 0) -> HeldOutAnswer:
    """Something out of scope that is taken for an intent."""
    return HeldOutAnswer(key, OUT_OF_SCOPE, "track", "track", confidence, False, 0.9)


def calibrated(count: int, seed: int) -> list[HeldOutAnswer]:
    """Confidences spread evenly over 0.5-1, each right as often as it says.

    The true share of wrong answers from a bound b on is (1 - b) / 2.
    """
    chance = random.Random(seed)
    found = []
    for key in range(count):
        confidence = chance.uniform(0.5, 1)
        found.append(answer(confidence, right=chance.random() < confidence, key=key))
    return found


def of_texts(texts: Sequence[str], gold: str, confidences: Sequence[float]) -> list[HeldOutAnswer]:
    """Right answers to these texts."""
    return [
        answer(confidence, gold=gold, key=text_key(text))
        for text, confidence in zip(texts, confidences, strict=True)
    ]


def write_version_folder(
    folder: Path, answers: Sequence[HeldOutAnswer] | str | None, own: Thresholds = OWN
) -> str:
    """A folder as far as promises look at it; the manifest's hash. A text is written as it is, None not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    checksums = {}
    if answers is not None:
        content = answers if isinstance(answers, str) else write_answers(answers)
        (folder / FILE).write_text(content, encoding="utf-8")
        checksums[FILE] = hashlib.sha256(content.encode()).hexdigest()
    manifest = json.dumps({"format_version": 3, "thresholds": own.to_json(), "checksums": checksums}).encode()
    (folder / "manifest.json").write_bytes(manifest)
    return hashlib.sha256(manifest).hexdigest()
