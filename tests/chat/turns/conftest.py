"""A conversation with the assistant, and an assistant that decides what the test wants."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chat.actions.messages import visitor_message
from chat.actions.storing import store_message
from chat.actions.visitors import create_visitor
from chat.answering import TurnAnswer, TurnInput
from chat.dialogue.decision import Citation, Decision
from chat.live.shadow_worker import ShadowWorker
from chat.models import Conversation, Message, Site
from nlu.actions.workspaces import create_workspace
from nlu.inference import PipelineCache, version_dir
from nlu.models import ModelVersion, Workspace
from nlu.training.dataset import Dataset
from nlu.training.trainer import train
from nlu.types import Example, IntentScore, Parse, Thresholds
from tests.nlu.pipeline.corpus import QUICK, shop_examples


@pytest.fixture
def workspace(db) -> Workspace:
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


@pytest.fixture
def site(workspace) -> Site:
    return Site.objects.create(workspace=workspace, key="shop", name="Shop", locale="en")


@pytest.fixture
def conversation(site) -> Conversation:
    return create_visitor(site=site, locale="en").conversation


@dataclass
class Writes:
    """Lets the visitor of a conversation write, as the writer does."""

    count: int = 0

    def __call__(self, conversation: Conversation, text: str) -> Message:
        self.count += 1
        return store_message(
            visitor_message(
                conversation_id=conversation.pk,
                workspace_id=conversation.site.workspace_id,
                client_id=f"c{self.count}",
                text=text,
            )
        ).message


@pytest.fixture
def visitor_writes() -> Writes:
    return Writes()


@dataclass
class ScriptedAssistant:
    """Answers `Answer to <text>`; `handoff`, `raises` and `during` change that for texts that contain the key."""

    handoff: dict[str, str] = field(default_factory=dict)
    raises: dict[str, Exception] = field(default_factory=dict)
    during: list = field(default_factory=list)
    seen: list[TurnInput] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def __call__(self, inputs) -> list[TurnAnswer]:
        self.batches.append(len(inputs))
        self.seen.extend(inputs)
        while self.during:
            self.during.pop(0)()
        return [self.answer(one) for one in inputs]

    def answer(self, one: TurnInput) -> TurnAnswer:
        for word, error in self.raises.items():
            if word in one.text:
                raise error
        reason = next((reason for word, reason in self.handoff.items() if word in one.text), "")
        return TurnAnswer(
            turn_id=one.turn_id,
            parse=Parse(
                text=one.text,
                locale=one.locale,
                intents=(IntentScore("greeting", 0.9), IntentScore("goodbye", 0.1)),
                entities=(),
                in_scope=True,
                scope_score=0.8,
                scope_threshold=0.3,
                matched_by="model",
                model_version="v1",
                milliseconds=1.0,
            ),
            passages=(),
            decision=Decision(
                kind="handoff" if reason else "reply",
                text=f"Answer to {one.text}",
                state=one.state.understood(intent="greeting", act="reply", message=one.text),
                intent="greeting",
                citations=(Citation("Opening hours", "/help/shop/en/opening-hours/"),),
                quick_replies=("Thank you",),
                handoff_reason=reason,
            ),
            thresholds=Thresholds(),
            locale=one.locale,
            model_version_id=None,
            milliseconds=2.0,
        )


@pytest.fixture
def assistant() -> ScriptedAssistant:
    return ScriptedAssistant()


def renamed(example: Example) -> Example:
    """As somebody labelled it who mixes up two intents."""
    swap = {"refund": "invoice", "invoice": "refund"}
    return Example(example.text, swap.get(example.intent, example.intent), example.entities)


@pytest.fixture(scope="package")
def shadow_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two trained folders: `1`, and `2` that learned two intents the other way round."""
    root = tmp_path_factory.mktemp("models")
    train(Dataset.of(shop_examples()), output_dir=root / "1", config=QUICK)
    train(Dataset.of([renamed(one) for one in shop_examples()]), output_dir=root / "2", config=QUICK)
    return root


def version_of(workspace: Workspace, number: int, status: str) -> ModelVersion:
    version = ModelVersion(
        workspace=workspace, number=number, status=status, folder=str(number), dataset_fingerprint="0"
    )
    version.manifest_hash = hashlib.sha256((version_dir(version) / "manifest.json").read_bytes()).hexdigest()
    version.save()
    return version


@pytest.fixture
def active(settings, shadow_models: Path, workspace: Workspace) -> ModelVersion:
    settings.MODEL_DIR = shadow_models
    return version_of(workspace, 1, "active")


@pytest.fixture
def candidate(active: ModelVersion, workspace: Workspace) -> ModelVersion:
    return version_of(workspace, 2, "candidate")


@pytest.fixture
def cache() -> PipelineCache:
    return PipelineCache()


@pytest.fixture
def shadows() -> ShadowWorker:
    """A companion whose turn worker, `turns`, has nothing to do."""
    quiet = threading.Event()
    quiet.set()
    return ShadowWorker(worker="turns", quiet=quiet)
