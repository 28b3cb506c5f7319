"""The statistics of the drift watch: exact values, streams that change, streams that do not."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from chat.drift_rules import (
    ALIKE,
    BLOCK,
    ENOUGH,
    Change,
    Seen,
    Tally,
    chance_of_chi_square,
    chance_of_shares,
    changes_between,
    far_cut,
    spread_of,
    spreads_of,
    unlike_training,
)
from chat.drift_stream import Drift, Stream
from tests.bench.bench_drift import SOON, Crowd, World, drifting_run, shifted, stable_run, zipf

SHOP = World(zipf(30))


def tally(intents: dict[str, int], *, rejected: int = 0, locale: str = "en", familiarity: float = 0.9) -> Tally:
    counted = Tally()
    for name, count in {**intents, "": rejected}.items():
        for _ in range(count):
            counted.add(Seen(1, 1, name, locale, familiarity if name else 0.1))
    return counted


def feed(stream: Stream, world: World, count: int, seed: int = 1) -> list[Drift]:
    messages = world.messages(random.Random(seed))
    found = (stream.add(next(messages)) for _ in range(count))
    return [drift for drift in found if drift is not None]


def test_the_exact_test_gives_fishers_values() -> None:
    # Fisher's tea: 3 of 4 against 1 of 4; the upper tail is 17/70.
    assert chance_of_shares(1, 4, 3, 4) == pytest.approx(2 * 17 / 70)
    assert chance_of_shares(0, 10, 10, 10) == pytest.approx(2 / 184756)
    assert chance_of_shares(5, 100, 5, 100) == 1.0
    assert chance_of_shares(0, 0, 3, 4) == 1.0
    assert chance_of_shares(10, 400, 40, 400, spread=2) > chance_of_shares(10, 400, 40, 400)


def test_the_tail_of_chi_square_is_near_the_tables() -> None:
    assert chance_of_chi_square(18.307, 10) == pytest.approx(0.05, rel=0.02)
    assert chance_of_chi_square(29.588, 10) == pytest.approx(0.001, rel=0.1)
    assert chance_of_chi_square(5.0, 0) == 1.0


def test_equal_shares_are_no_change_and_growth_is() -> None:
    before = tally({"refund": 200, "track": 200, "pay": 100})
    assert changes_between(before, tally({"refund": 160, "track": 160, "pay": 80}), {}) == []
    found = changes_between(before, tally({"refund": 40, "track": 160, "pay": 200}), {})
    assert {(one.kind, one.name) for one in found} == {("intent", "pay"), ("intent", "refund"), ("mix", "")}
    pay = next(one for one in found if one.name == "pay")
    assert (pay.before, pay.after, pay.messages) == (pytest.approx(0.2), pytest.approx(0.5), 200)


def test_a_certain_but_tiny_change_is_none() -> None:
    before = tally({"refund": 970, "pay": 30})
    assert changes_between(before, tally({"refund": 375, "pay": 25}), {}) == []


def test_rejections_distance_and_language_each_have_their_reason() -> None:
    before = tally({"refund": 475}, rejected=25)
    more = changes_between(before, tally({"refund": 320}, rejected=80), {})
    assert {one.kind for one in more} == {"rejected", "far"}
    fewer = changes_between(tally({"refund": 320}, rejected=80), tally({"refund": 399}, rejected=1), {})
    assert [one.kind for one in fewer] == ["rejected"]
    foreign = changes_between(before, tally({"refund": 380}, rejected=20, locale="zh-hans"), {})
    assert {(one.kind, one.name) for one in foreign} == {("language", "en"), ("language", "zh-hans")}
    odd = changes_between(before, tally({"refund": 380}, rejected=20, familiarity=0.05), {})
    assert {one.kind for one in odd} == {"far"}


def test_far_is_what_a_tenth_of_the_reference_is() -> None:
    before = Tally.of([tally({"a": 90}, familiarity=0.9), tally({"a": 10}, familiarity=0.31)])
    assert before.far(far_cut(before)) == 10
    assert far_cut(tally({"a": 100}, familiarity=0.01)) == 0


def test_messages_that_stick_together_spread_more() -> None:
    together: list[dict[str, int]] = [{"a": BLOCK} if place % 2 else {"b": BLOCK} for place in range(6)]
    assert spread_of(together) > 3
    assert spread_of([{"a": BLOCK // 2, "b": BLOCK // 2}] * 6) == 1.0
    assert spread_of([{"a": BLOCK}]) == 1.0
    assert spread_of([{}, {"a": 0}]) == 1.0


def test_each_kind_has_its_own_spread() -> None:
    rejecting = [tally({"a": 25, "b": 25}), tally({"a": 10, "b": 10}, rejected=30)] * 3
    found = spreads_of(rejecting, 10)
    assert found["rejected"] > 2
    assert found["far"] > 2
    assert (found["intent"], found["language"]) == (1.0, 1.0)
    sticking = spreads_of([tally({"a": 40, "b": 10}), tally({"a": 10, "b": 40})] * 3, 10)
    assert sticking["intent"] > 2
    assert sticking["rejected"] == sticking["far"] == sticking["intent"]
    before, after = tally({"a": 450}, rejected=50), tally({"a": 300}, rejected=100)
    assert [one.kind for one in changes_between(before, after, {"far": 4.0})] == ["rejected"]
    assert [one.kind for one in changes_between(before, after, {"rejected": 4.0, "far": 4.0})] == []


def test_a_language_counts_once_a_conversation() -> None:
    stream = Stream()
    for number in range(30):
        conversation = number % 3
        locale = "zh-hans" if conversation == 2 else "en"
        stream.add(Seen(number, conversation, f"intent_{number}", locale, 0.9))
    assert stream.block.total == 30
    assert stream.block.locales == {"en": 2, "zh-hans": 1}
    stream.add(Seen(31, 0, "other", "zh-hans", 0.9))
    stream.add(Seen(32, 0, "another", "en", 0.9))
    assert stream.block.locales == {"en": 2, "zh-hans": 2}


def test_before_there_is_a_reference_only_training_can_be_contradicted() -> None:
    assert unlike_training(3, 100, tally({"a": 30}, rejected=70))[0].kind == "unlike_training"
    assert unlike_training(3, 100, tally({"a": 85}, rejected=15)) == []
    assert unlike_training(0, 0, tally({}, rejected=100)) == []
    stream = Stream(held_out_rejected=3, held_out=100)
    found = feed(stream, World(zipf(8), new=0.9), 200)
    assert [one.changes[0].kind for one in found] == ["unlike_training"]
    assert found[0].recent.total == 2 * BLOCK
    assert feed(Stream(held_out_rejected=3, held_out=100), World(zipf(8)), 200) == []


def test_messages_in_a_row_of_one_conversation_count_as_one_in_four() -> None:
    stream = Stream()
    for number in range(2 * ALIKE):
        stream.add(Seen(number, 7, "refund", "en", 0.9))
    assert stream.block.total == 2
    for number, name in enumerate(("pay", "refund", "pay")):
        stream.add(Seen(number, 7, name, "en", 0.9))
    assert stream.block.total == 5
    stream.add(Seen(1, 8, "pay", "en", 0.9))
    assert stream.block.total == 6


def test_a_stream_learns_alarms_once_and_learns_anew_when_it_is_closed() -> None:
    stream = Stream()
    assert feed(stream, SHOP, ENOUGH) == []
    assert stream.reference is not None
    changed = World(shifted(SHOP.weights, 0.4, 6))
    found = feed(stream, changed, SOON)
    assert len(found) == 1
    assert ("intent", "intent_6") in {(one.kind, one.name) for one in found[0].changes}
    assert feed(stream, changed, 1_000) == []
    stream.start_anew()
    assert feed(stream, changed, 1_500, seed=2) == []
    back = feed(stream, SHOP, SOON, seed=3)
    assert len(back) == 1
    shrunk = next(one for one in back[0].changes if one.name == "intent_6")
    assert shrunk.after < shrunk.before


def test_an_alarm_that_was_open_for_long_leaves_a_reference() -> None:
    stream = Stream(alarmed=True)
    feed(stream, SHOP, ENOUGH - 1)
    stream.start_anew()
    assert (stream.reference, stream.learned) == (None, ENOUGH - 1)
    feed(stream, SHOP, 1, seed=2)
    assert stream.reference is not None
    stream = Stream(alarmed=True)
    feed(stream, SHOP, 1_020)
    stream.start_anew()
    assert stream.reference is not None
    assert (stream.learned, stream.blocks, stream.block.total) == (400, [], 20)
    assert stream.spreads


def test_a_mix_that_changed_all_over_names_what_moved_most() -> None:
    stream = Stream()
    feed(stream, World((1.0,) * 20), 1_500)
    found = feed(stream, World(tuple(3.0 if place % 2 else 1.0 for place in range(20))), SOON)
    kinds = [one.kind for one in found[0].changes]
    assert kinds[0] == "mix"
    assert kinds.count("intent") == 3


def test_what_it_remembers_survives_being_written_down() -> None:
    whole, written = Stream(held_out_rejected=1, held_out=50), Stream(held_out_rejected=1, held_out=50)
    messages = SHOP.messages(random.Random(4))
    for number in range(1_200):
        seen = next(messages)
        whole.add(seen)
        written.add(seen)
        if number % 70 == 0:
            written = Stream.from_json(json.loads(json.dumps(written.to_json())))
    assert written.to_json() == whole.to_json()
    change = Change("intent", "pay", 0.1, 0.25, 30, 1e-9)
    assert Change.from_json(json.loads(json.dumps(change.to_json()))) == change


@pytest.mark.parametrize(
    "drift",
    [
        World(shifted(SHOP.weights, 0.25, 6)),
        World(SHOP.weights, new=0.25),
        World(SHOP.weights, foreign=0.2),
        World(SHOP.weights, odd=1.0, new=0.1),
    ],
    ids=["intents", "topic", "language", "style"],
)
def test_a_drifted_stream_alarms_within_500_messages(drift: World) -> None:
    delays = [drifting_run(SHOP, drift, seed) for seed in range(3)]
    assert all(delay is not None and delay <= SOON for delay in delays), delays


def test_stable_streams_do_not_alarm_in_5000_messages() -> None:
    assert [stable_run(world, 11) for world in (SHOP, World(zipf(8)), World(zipf(30), stay=0.5))] == [None] * 3


@pytest.mark.parametrize(
    "crowd",
    [
        Crowd(zipf(30), foreign=0.3, length=6),
        Crowd(zipf(30), foreign=0.3, vague=0.3, strangers=0.05, length=6),
    ],
    ids=["languages", "all"],
)
def test_customers_who_differ_are_no_drift_however_their_messages_interleave(crowd: Crowd) -> None:
    assert [stable_run(crowd, seed) for seed in range(4)] == [None] * 4


def test_customers_who_change_alarm() -> None:
    before = Crowd(zipf(30), foreign=0.3, vague=0.3, strangers=0.05)
    for after in (replace(before, foreign=0.7), replace(before, strangers=0.6)):
        delays = [drifting_run(before, after, seed) for seed in range(3)]
        assert all(delay is not None and delay <= SOON for delay in delays), delays
