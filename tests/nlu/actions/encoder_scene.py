"""A workspace with enough utterances for an encoder of its own."""

from __future__ import annotations

import json
from typing import Any

from nlu.actions.encoders import request_encoder
from nlu.actions.importing import import_utterances
from nlu.actions.workspaces import create_workspace
from nlu.models import TrainedEncoder, Workspace
from tests.nlu.training.test_encoders import FRAMES, MEANINGS

TEXTS = {
    name: [frame.format(word) for word in words for frame in FRAMES]
    for name, words in MEANINGS.items()
    if name in ("refund", "delivery", "human")
}


def make_workspace(slug: str = "small") -> Workspace:
    """Three intents of forty utterances, in both languages."""
    made = create_workspace(slug=slug, name="Small", default_locale="en", actor=None)
    lines = [json.dumps({"text": text, "intent": name}) for name, texts in TEXTS.items() for text in texts]
    import_utterances(workspace=made, lines=lines, file_format="jsonl", actor=None)
    return made


def make_ready(workspace: Workspace, *, name: str = "Ours", folder: str = "") -> TrainedEncoder:
    """A row as a training leaves it; without a folder unless there is one."""
    return TrainedEncoder.objects.create(
        workspace=workspace,
        name=name,
        status="ready",
        folder=folder,
        sources=["utterances"],
        locales=["en", "zh-hans"],
        pairs=321,
        figure=0.91,
        figure_before=0.7,
        fingerprint="ab" * 32,
        size_bytes=1_200_000,
    )


def request(
    workspace: Workspace, name: str = "Ours", sources: tuple[str, ...] = ("utterances",), **options: Any
) -> TrainedEncoder:
    """Nobody asks for an encoder of that name."""
    return request_encoder(workspace=workspace, name=name, sources=sources, actor=None, **options)
