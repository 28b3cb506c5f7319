"""The page that tells a person what a sentence encoder is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def encoder_card(manifest: Mapping[str, Any]) -> str:
    """Markdown from the fields of an encoder's manifest; holds no text of the training data."""
    measured = manifest["measured"]
    lines = [
        "# Sentence encoder",
        "",
        f"Trained {manifest['created_at']} in {measured['seconds']} s from {measured['pairs']} pairs of questions "
        f"with seed {manifest['seed']}. Use it with `train_nlu --encoder FOLDER`.",
        "",
        "Turns a text into a vector so that texts of one meaning lie close together. It knows the wordings of the "
        "questions above; the closer they are to what customers ask, the more it helps.",
        "",
        "## How well",
        "",
    ]
    if measured.get("epochs", 0) < measured.get("planned_epochs", 0):
        lines += [f"Time was up after {measured['epochs']} of {measured['planned_epochs']} passes.", ""]
    if measured["same_meaning_auroc"] is None:
        lines.append("Not measured: among the pairs held out there were not both kinds, same meaning and not.")
    else:
        lines.append(
            f"Area under the ROC curve on {measured['held_out_pairs']} pairs held out, same meaning against not: "
            f"{measured['same_meaning_auroc']:.3f} (before training {measured['same_meaning_auroc_before']:.3f})."
        )
    return "\n".join([*lines, ""])
