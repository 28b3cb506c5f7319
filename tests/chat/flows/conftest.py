"""A flow that reads and writes, a trained model that starts it, a business system of its own, a turn worker."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from chat.actions.flows import create_flow, publish_flow
from chat.dialogue.flow_text import load_yaml
from chat.live.turn_worker import TurnWorker, prepare_models
from chat.models import BusinessAction, Connection, Flow, WorkerHeartbeat
from chat.models.workers import WorkerRole
from nlu.actions.workspaces import create_workspace
from nlu.inference import version_dir
from nlu.models import Intent, IntentTitle, ModelVersion, Workspace
from nlu.training.dataset import Dataset
from nlu.training.trainer import train
from tests.chat.business.backend import base_url
from tests.nlu.egress.canary import Canary, Seen, answer
from tests.nlu.pipeline.corpus import QUICK, shop_examples

FLOW = """
name: refund_order
title: {en: Refund, zh-hans: 退款}
triggers: [refund]
slots:
  day: {type: date, title: {en: day of the order, zh-hans: 下单日期}}
  reason: {type: text, title: {en: reason, zh-hans: 原因}}
steps:
  - {id: which, ask: day, text: {en: "Which day did you order?", zh-hans: 哪天下的单？}}
  - id: find
    action: find_order
    with: {day: "{day}"}
    save: order
    outcomes: {not_found: unknown}
  - {id: why, ask: reason, text: {en: "Why do you want {order.total} back?", zh-hans: "为什么要退{order.total}？"}}
  - {id: sure, confirm: {en: "Refund {order.total}?", zh-hans: "退{order.total}，对吗？"}}
  - {id: do, action: refund, with: {day: "{day}"}, save: done, outcomes: {too_late: late, failed: broken}}
  - {id: bye, end: {en: "Done: {done.number}.", zh-hans: "好了：{done.number}。"}}
  - {id: late, end: {en: "It is too late.", zh-hans: 太晚了。}, outcome: refused}
  - {id: broken, handoff: {en: "A colleague looks into it.", zh-hans: 同事会看。}}
  - {id: unknown, say: {en: "There is none of that day.", zh-hans: 那天没有订单。}, clear: [day], next: which}
"""
FIND = {
    "name": "find_order",
    "title": {"en": "Find"},
    "method": "GET",
    "path": "/orders",
    "query": {"day": "{day}"},
    "inputs": {"day": {"required": "true"}},
    "retries": "0",
    "outputs": {"total": "total", "phone": "phone", "lines": {"list": "lines", "fields": {"name": "name"}}},
    "outcomes": [{"status": "404", "outcome": "not_found"}],
}
REFUND = {
    "name": "refund",
    "title": {"en": "Refund"},
    "method": "POST",
    "path": "/refunds",
    "body": {"day": "{day}"},
    "inputs": {"day": {"required": "true"}},
    "effect": "write",
    "retries": "0",
    "outputs": {"number": "number"},
    "outcomes": [{"status": "409", "outcome": "too_late"}],
}
DAY = "2026-03-02"


@pytest.fixture
def workspace(db) -> Workspace:
    made = create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)
    for name in ("refund", "invoice", "human", "delivery_time", "hello"):
        intent = Intent.objects.create(workspace=made, name=name)
        IntentTitle.objects.create(intent=intent, locale="en", title=name)
    return made


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_user("op")


@pytest.fixture
def backend(settings) -> Iterator[Canary]:
    """Orders of any day but the first of a month, and refunds of all of them."""

    def script(seen: Seen, _socket: object) -> bytes:
        if seen.line.startswith("POST"):
            return answer(b'{"number": "R1"}', headers=("Content-Type: application/json",))
        if "day=2026-03-01" in seen.line:
            return answer(b"{}", status="404 Not Found", headers=("Content-Type: application/json",))
        body = b'{"total": "50", "phone": "13800138000", "lines": [{"name": "tea"}]}'
        return answer(body, headers=("Content-Type: application/json",))

    with Canary(script) as listening:
        settings.EGRESS_ALLOW = [f"127.0.0.1:{listening.port}"]
        yield listening


@pytest.fixture
def flow(workspace: Workspace, operator: User, backend: Canary) -> Flow:
    connection = Connection.objects.create(workspace=workspace, name="erp", base_url=base_url(backend))
    for definition in (FIND, REFUND):
        BusinessAction.objects.create(
            workspace=workspace, connection=connection, name=definition["name"], definition=definition
        )
    made = create_flow(workspace=workspace, definition=load_yaml(FLOW), actor=operator)
    publish_flow(flow=made, actor=operator)
    made.refresh_from_db()
    return made


@pytest.fixture(scope="package")
def trained_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    train(Dataset.of(shop_examples()), output_dir=root / "1", config=QUICK)
    return root


@pytest.fixture
def model(settings, workspace: Workspace, trained_folder: Path) -> ModelVersion:
    settings.MODEL_DIR = trained_folder
    version = ModelVersion(workspace=workspace, number=1, status="active", folder="1", dataset_fingerprint="0")
    version.manifest_hash = hashlib.sha256((version_dir(version) / "manifest.json").read_bytes()).hexdigest()
    version.save()
    return version


@pytest.fixture
def worker(model: ModelVersion) -> Iterator[TurnWorker]:
    """A turn worker as an installation has it."""
    running = TurnWorker(prepare=prepare_models, poll_seconds=0.02)
    running.start()
    while not WorkerHeartbeat.objects.alive(WorkerRole.TURNS).exists():
        running.stopping.wait(0.02)
    yield running
    assert running.stop(15)
