"""Is it alive, is it ready, and what does it count: for supervisors, load balancers and Prometheus."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chat.models import Conversation, Turn, WorkerHeartbeat
from chat.models.turns import TurnStatus
from chat.models.workers import WorkerRole
from nlu.models import Job, ModelVersion
from nlu.models.jobs import JobStatus
from nlu.models.training import VersionStatus

OPEN_TURNS: Final = (TurnStatus.PENDING, TurnStatus.CLAIMED)
OPEN_JOBS: Final = (JobStatus.QUEUED, JobStatus.SENT, JobStatus.RUNNING)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 only if a customer would be answered.

    Database, a model that a living turn worker has loaded, dispatcher.
    """
    checks = {name: passes(check) for name, check in CHECKS.items()}
    ready = all(checks.values())
    state = "ready" if ready else "waiting"
    return JsonResponse({"status": state, "checks": checks}, status=200 if ready else 503)


def passes(check: Callable[[], bool]) -> bool:
    """The check's answer; no if the database fails under it."""
    try:
        return check()
    except DatabaseError:
        return False


def database_answers() -> bool:
    """The smallest question there is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() is not None


def turn_worker_alive() -> bool:
    """Somebody answers messages."""
    return WorkerHeartbeat.objects.alive(WorkerRole.TURNS).exists()


def model_loaded() -> bool:
    """A living turn worker has a model of some workspace whose version is in service."""
    active = ModelVersion.objects.filter(status=VersionStatus.ACTIVE)
    wanted = {str(workspace_id) for workspace_id in active.values_list("workspace_id", flat=True)}
    workers = WorkerHeartbeat.objects.alive(WorkerRole.TURNS)
    return any(wanted & set(loaded) for loaded in workers.values_list("models_loaded", flat=True))


def dispatcher_alive() -> bool:
    """Somebody hands out jobs."""
    return WorkerHeartbeat.objects.alive(WorkerRole.DISPATCHER).exists()


CHECKS: Final[dict[str, Callable[[], bool]]] = {
    "database": database_answers,
    "turn_worker": turn_worker_alive,
    "model": model_loaded,
    "dispatcher": dispatcher_alive,
}


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for this machine or for the bearer of METRICS_TOKEN."""
    if not may_read_metrics(request):
        return HttpResponseForbidden()
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    """With a token configured, only the token counts: behind a proxy everybody seems to come from this machine."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if settings.TRUSTED_PROXIES:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class QueueCollector(Collector):
    """What all processes share, read from the database at each scrape with indexed queries."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: registering must not touch the database."""
        yield from ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Lengths and ages of the queues, jobs and conversations by status."""
        now = timezone.now()
        waiting = Turn.objects.filter(status__in=OPEN_TURNS).aggregate(count=Count("id"), oldest=Min("created_at"))
        yield GaugeMetricFamily("xiaoer_turns_open", "Turns that wait for an answer", waiting["count"])
        age = (now - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0.0
        yield GaugeMetricFamily("xiaoer_turns_oldest_seconds", "Age of the oldest open turn", age)
        told = "Jobs that are not done, without those planned for later"
        jobs = GaugeMetricFamily("xiaoer_jobs_open", told, labels=["status"])
        planned = Q(status=JobStatus.QUEUED, attempts=0, run_after__gt=now)
        rows = Job.objects.filter(status__in=OPEN_JOBS).exclude(planned).values_list("status")
        counts = dict(rows.annotate(Count("id")).order_by("status"))
        for status in OPEN_JOBS:
            jobs.add_metric([status.value], counts.get(status, 0))
        yield jobs
        conversations = GaugeMetricFamily("xiaoer_conversations", "Conversations by status", labels=["status"])
        by_status = Conversation.objects.values_list("status").annotate(Count("id")).order_by("status")
        for status, count in by_status:
            conversations.add_metric([status], count)
        yield conversations
        workers = GaugeMetricFamily("xiaoer_workers_alive", "Background processes heard lately", labels=["role"])
        for role in WorkerRole:
            workers.add_metric([role.value], WorkerHeartbeat.objects.alive(role).count())
        yield workers


REGISTRY.register(QueueCollector())
