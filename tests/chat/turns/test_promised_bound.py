"""A turn is decided by the promise of the version that answers it, and its trace says so."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from chat.actions.replies import set_replies
from chat.actions.turns import explain
from chat.answering import TurnAnswer, TurnInput, answer
from chat.dialogue.state import DialogueState
from chat.explanations import explain_turn
from chat.models import Conversation, Turn
from nlu.actions.intents import create_intent
from nlu.actions.promises import save_promise, withdraw_promise
from nlu.inference import PipelineCache, version_dir
from nlu.models import ModelVersion, Workspace
from nlu.promise import ErrorPromise
from nlu.risk_coverage import NOTHING_ALONE
from nlu.training.dataset import Dataset
from nlu.training.trainer import train
from tests.nlu.pipeline.corpus import QUICK, shop_examples

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(settings, tmp_path: Path, workspace: Workspace) -> ModelVersion:
    settings.MODEL_DIR = tmp_path
    examples = shop_examples()
    version = ModelVersion(
        workspace=workspace, number=1, status="active", folder="shop/1", dataset_fingerprint="0"
    )
    train(Dataset.of(examples), output_dir=version_dir(version), config=QUICK)
    manifest = (version_dir(version) / "manifest.json").read_bytes()
    version.manifest_hash = hashlib.sha256(manifest).hexdigest()
    version.save()
    for name in {example.intent for example in examples}:
        intent = create_intent(workspace=workspace, name=name, actor=None)
        set_replies(intent=intent, kind="reply", replies={"en": [f"About {name}."]}, quick_replies={}, actor=None)
    return version


def test_answers_to_parts_rest_on_no_promise(workspace: Workspace, version: ModelVersion) -> None:
    promise = ErrorPromise(percent=5.0, bound=0.5, shown=True, answered=9, wrong=0, held_out=9)
    ModelVersion.objects.filter(pk=version.pk).update(promise=promise.to_json())
    texts = ("I want my money back and send me an invoice", "send me an invoice")
    inputs = [
        TurnInput(number, workspace.pk, "en", text, text, DialogueState()) for number, text in enumerate(texts)
    ]
    parts, whole = answer(inputs, models=PipelineCache())
    assert (parts.decision.answered, parts.promised_error) == (("refund", "invoice"), None)
    assert (whole.decision.answered, whole.decision.intent, whole.promised_error) == ((), "invoice", 5.0)


def test_the_bound_moves_between_two_turns(
    workspace: Workspace, version: ModelVersion, conversation: Conversation
) -> None:
    models = PipelineCache()

    def ask(text: str) -> TurnAnswer:
        turn = TurnInput(1, workspace.pk, "en", text, text, DialogueState())
        return answer([turn], models=models)[0]

    text = "please, when will the parcel reach Oslo?"
    before = ask(text)
    assert (before.decision.kind, before.promised_error) == ("reply", None)
    save_promise(version=version, percent=0.5, actor=None)
    after = ask(text)
    assert (after.decision.kind, after.promised_error) == ("confirm", 0.5)
    assert after.thresholds.confidence == NOTHING_ALONE
    assert after.thresholds.margin == before.thresholds.margin
    assert after.parse.intents == before.parse.intents
    assert ask("I want my money back").decision.kind == "reply"

    turn = Turn(workspace=workspace, conversation=conversation, status="done", outcome="confirm")
    explain(turn, after)
    turn.save()
    trace = explain_turn(Turn.objects.select_related("model_version").get(pk=turn.pk))
    assert trace.promised_error == 0.5
    assert next(one.value for one in trace.thresholds if one.name == "confidence") == NOTHING_ALONE

    version.refresh_from_db()
    withdraw_promise(version=version, actor=None)
    again = ask(text)
    assert (again.decision.kind, again.promised_error) == ("reply", None)
    explain(turn, again)
    assert explain_turn(turn).promised_error is None
