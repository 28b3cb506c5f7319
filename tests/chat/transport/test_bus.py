"""Hints through a real Redis, with its death and return."""

from __future__ import annotations

import threading

import pytest

from chat.bus import Publisher, Subscriber, connect
from chat.hints import ConversationHint, Hint, MessageHint, TurnHint
from tests.servers import Redis

pytestmark = pytest.mark.scaled


class Ears:
    """Collects what a subscriber hears, and lets a test wait for it."""

    def __init__(self) -> None:
        self.hints: list[Hint] = []
        self.gaps = 0
        self._changed = threading.Condition()

    def on_hints(self, hints: list[Hint]) -> None:
        with self._changed:
            self.hints += hints
            self._changed.notify_all()

    def on_gap(self) -> None:
        with self._changed:
            self.gaps += 1
            self._changed.notify_all()

    def wait(self, *, hints: int = 0, gaps: int = 0, seconds: float = 15.0) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.hints) >= hints and self.gaps >= gaps, seconds)


@pytest.fixture
def redis():
    server = Redis()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ears(redis):
    made = Ears()
    subscriber = Subscriber(redis.url, on_hints=made.on_hints, on_gap=made.on_gap)
    assert made.wait(gaps=1)  # subscribed
    yield made
    subscriber.close()


def test_hints_of_another_process_arrive_in_order(redis, ears):
    publisher = Publisher(redis.url)
    sent = [MessageHint("c", number) for number in range(1, 101)]
    publisher.send(sent)
    assert ears.wait(hints=100)
    assert ears.hints == sent
    publisher.send([ConversationHint("c"), TurnHint()])
    publisher.close()
    assert ears.wait(hints=102)


def test_own_hints_do_not_come_back(redis):
    publisher, made = Publisher(redis.url), Ears()
    subscriber = Subscriber(redis.url, on_hints=made.on_hints, on_gap=made.on_gap, own_origin=publisher.origin)
    assert made.wait(gaps=1)
    publisher.send([ConversationHint("mine")])
    other = Publisher(redis.url)
    other.send([ConversationHint("theirs")])
    assert made.wait(hints=1)
    assert made.hints == [ConversationHint("theirs")]
    for one in (subscriber, publisher, other):
        one.close()


def test_what_is_not_ours_is_passed_over(redis, ears):
    client = connect(redis.url)
    client.publish("xiaoer.hints", "nonsense")
    client.close()
    publisher = Publisher(redis.url)
    publisher.send([ConversationHint("c")])
    assert ears.wait(hints=1)
    publisher.close()


def test_dead_redis_is_told_and_its_return_as_well(redis, ears):
    redis.stop()
    known = ears.gaps
    assert ears.wait(gaps=known + 1)
    publisher = Publisher(redis.url)
    publisher.send([ConversationHint("lost")])
    redis.start()
    assert ears.wait(gaps=ears.gaps + 1)
    publisher.send([ConversationHint("heard")])
    assert ears.wait(hints=1)
    assert ConversationHint("heard") in ears.hints
    publisher.close()
