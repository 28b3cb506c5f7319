"""/healthz, /readyz, /metrics."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.actions.workers import beat
from chat.models import WorkerHeartbeat
from chat.models.workers import WorkerRole
from nlu.actions import jobs
from nlu.actions.workspaces import create_workspace
from nlu.models import ModelVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(db):
    """All that /readyz asks for."""
    workspace = create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)
    ModelVersion.objects.create(
        workspace=workspace, number=1, status="active", folder="shop/1", manifest_hash="", dataset_fingerprint=""
    )
    beat(name="t", role=WorkerRole.TURNS, models_loaded={str(workspace.pk): "v1"})
    beat(name="d", role=WorkerRole.DISPATCHER)
    return workspace


def silent(name: str) -> None:
    """The process was last heard eleven seconds ago."""
    WorkerHeartbeat.objects.filter(name=name).update(seen_at=timezone.now() - timedelta(seconds=11))


def failing(client) -> set[str]:
    """The checks of /readyz that say no."""
    response = client.get("/readyz")
    checks = response.json()["checks"]
    assert (response.status_code == 200) == all(checks.values())
    return {name for name, good in checks.items() if not good}


def test_alive_means_that_it_answers(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


def test_ready_with_everything_there(client, everything):
    assert failing(client) == set()


def test_not_ready_without_a_turn_worker(client, everything):
    silent("t")
    assert failing(client) == {"turn_worker", "model"}


def test_not_ready_without_a_dispatcher(client, everything):
    silent("d")
    assert failing(client) == {"dispatcher"}


def test_not_ready_before_the_model_is_loaded(client, everything):
    beat(name="t", role=WorkerRole.TURNS, models_loaded={})
    assert failing(client) == {"model"}


def test_not_ready_without_an_active_model(client, everything):
    ModelVersion.objects.update(status="retired")
    assert failing(client) == {"model"}


def test_metrics_for_this_machine_only(client, everything):
    jobs.enqueue(task="nlu.run_training", arguments={"run": 1})
    jobs.enqueue(task="nlu.sweep_imports", arguments={}, run_after=timezone.now() + timedelta(days=1))
    response = client.get("/metrics", REMOTE_ADDR="127.0.0.1")
    assert response.status_code == 200
    body = response.content.decode()
    assert 'xiaoer_jobs_open{status="queued"} 1.0' in body
    assert 'xiaoer_workers_alive{role="turns"} 1.0' in body
    assert "xiaoer_turns_open 0.0" in body
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.1").status_code == 403


def test_metrics_with_a_token_need_the_token_even_here(client, settings):
    settings.METRICS_TOKEN = "correct horse"
    good = {"Authorization": "Bearer correct horse"}
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.1", headers=good).status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403


def test_metrics_behind_a_proxy_need_a_token(client, settings):
    settings.TRUSTED_PROXIES = 1
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 403


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_nothing_is_changed_by_asking(client, path):
    assert client.post(path).status_code == 405
