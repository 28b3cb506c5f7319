"""The page that tells a person what a model version is, after Mitchell et al. 2019."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlu.training.evaluation import Metrics

_ENCODERS = {
    "ngram": "hashed character and word n-grams, trained from nothing on the examples above. It knows only what "
    "these examples show; words that never occurred in them mean nothing to it.",
    "ensemble": "hashed character and word n-grams, trained from nothing on the examples above, beside the "
    "vectors of a sentence encoder that was trained before and is a part of this folder.",
}

_TOKENS = " Entities are found with its vectors of single words, too."


def model_card(manifest: Mapping[str, Any], metrics: Metrics) -> str:
    """Markdown from the manifest's fields and the metrics; holds no text of the training data."""
    labels = manifest["labels"]
    thresholds = manifest["thresholds"]
    kinds = sorted({tag[2:] for tag in labels["tags"] if tag != "O"})
    lines = [
        f"# Understanding model {manifest['version']}",
        "",
        f"Trained {manifest['created_at']} in {manifest['training_seconds']} s from "
        f"{manifest['examples']} examples with seed {manifest['seed']}.",
        *_beside(manifest),
        "",
        "## What it does",
        "",
        f"Gives a visitor's message one of {len(labels['intents'])} intents with a calibrated probability"
        + (f", finds entities of {len(kinds)} types ({', '.join(kinds)})" if kinds else "")
        + ", and says whether the message is in scope at all. It reads masked text only.",
        "",
        f"Encoder `{manifest['encoder']}`: {_ENCODERS[manifest['encoder']]}"
        + (_TOKENS if manifest["token_size"] else ""),
        "",
        "## How well",
        "",
        *_measured(metrics, manifest["held_out"]),
        "",
        "## Bounds",
        "",
        f"Acts from a confidence of {thresholds['confidence']} and a lead of {thresholds['margin']}, asks from "
        f"{thresholds['confirm']}, and treats a scope score below {thresholds['scope']} as out of scope.",
        "",
        "## Origin",
        "",
        f"- data `{manifest['data_fingerprint']}`",
        f"- configuration `{manifest['config_fingerprint']}`",
        *(f"- {name} {version}" for name, version in sorted(manifest["libraries"].items())),
        "",
    ]
    return "\n".join(lines)


def _beside(manifest: Mapping[str, Any]) -> list[str]:
    lines = []
    if generated := manifest["generated"]:
        lines.append(
            f"{generated} of them are generated and were accepted by a person. They taught; nothing below was "
            "measured on them."
        )
    if messages := manifest["unlabelled"]:
        lines.append(f"{messages} messages without labels taught beside them (adversarially).")
    return lines


def _measured(metrics: Metrics, held_out: Mapping[str, float]) -> list[str]:
    lines = [
        f"- accuracy on examples held out of the fit that chose the bounds: {held_out['intent_accuracy']:.1%}",
        f"- calibration error there: {held_out['calibration_error']:.1%}",
    ]
    if metrics.n:
        shown = {
            "accuracy": metrics.intent_accuracy,
            "macro F1": metrics.macro_f1,
            "entity F1": metrics.entity_f1,
            "everything right": metrics.exact_match,
        }
        lines += [
            f"- {name} on {metrics.n} validation examples: {v:.1%}" for name, v in shown.items() if v is not None
        ]
    if metrics.out_of_scope is not None:
        lines.append(f"- out-of-scope AUROC: {metrics.out_of_scope.auroc:.3f}")
    return lines
