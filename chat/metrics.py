"""Counters of the live transport, for `/metrics`. They count; they never hold a name or a text."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SOCKETS = Gauge("xiaoer_sockets", "Open sockets", ["kind"])
FRAMES_REFUSED = Counter("xiaoer_frames_refused_total", "Client frames answered with an error", ["code"])
SOCKETS_CLOSED = Counter("xiaoer_sockets_closed_total", "Sockets that the server closed", ["code"])
HUB_OVERFLOWS = Counter(
    "xiaoer_hub_overflows_total", "Mailboxes that were full and sent a consumer to the database"
)
BUS_FAILURES = Counter("xiaoer_bus_failures_total", "Batches of hints that did not reach Redis")
WRITER_BATCH = Histogram(
    "xiaoer_writer_batch_messages", "Messages committed together", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500)
)
WRITER_QUEUE = Gauge("xiaoer_writer_queue", "Messages that wait to be stored")
ACKNOWLEDGE_SECONDS = Histogram(
    "xiaoer_acknowledge_seconds",
    "From a message's arrival to its commit",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
TURNS_ENDED = Counter("xiaoer_turns_ended_total", "Turns that this process finished, by outcome", ["outcome"])
TURN_SECONDS = Histogram(
    "xiaoer_turn_seconds",
    "From a turn's first message to its answer",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
)
