"""How often the drift watch alarms without a reason, and how soon with one: `python -m tests.bench.bench_drift`.

Streams are drawn, not recorded, so that the truth is known: intents by Zipf's law, familiarity by beta
distributions that resemble those of a trained shop (about 4 % of known messages rejected), conversations of
several messages that stay with their intent where it says "in conversations". "Side by side": six of them at a
time, three messages each, and customers differ: in language, in wording, some ask about other things throughout.
One JSON line for each scenario.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from chat.drift_rules import Seen
from chat.drift_stream import Stream

STABLE = 5_000
SOON = 500


@dataclass(frozen=True)
class World:
    """What customers write: intents with weights, and how many in a hundred are new, foreign, or worded oddly.

    stay: the chance that the next message is of the same conversation and keeps to its intent.
    """

    weights: tuple[float, ...]
    new: float = 0.0
    foreign: float = 0.0
    odd: float = 0.0
    stay: float = 0.0

    def messages(self, chance: random.Random) -> Iterator[Seen]:
        """An endless stream."""
        names = range(len(self.weights))
        weights = tuple(accumulate(self.weights))
        intent = conversation = number = 0
        while True:
            number += 1
            if number == 1 or chance.random() >= self.stay:
                intent = chance.choices(names, cum_weights=weights)[0]
                conversation += 1
            unknown = chance.random() < self.new
            odd = chance.random() < self.odd
            familiarity = chance.betavariate(2, 2.5) if unknown else chance.betavariate(4 if odd else 6, 1.5)
            meant = chance.choices(names, cum_weights=weights)[0] if unknown else intent
            foreign = chance.random() < self.foreign
            understood = f"intent_{meant}" if familiarity >= 0.5 else ""
            yield Seen(number, conversation, understood, "zh-hans" if foreign else "en", familiarity)


@dataclass(frozen=True)
class Crowd:
    """Conversations side by side; `foreign`, `vague` and `strangers` are shares of the customers, who stay so.

    vague: all of it worded oddly. strangers: eight of ten messages are about other things. together: conversations
    at a time. length: messages of one, on average. stay: the chance that the next one keeps to its intent.
    """

    weights: tuple[float, ...]
    foreign: float = 0.0
    vague: float = 0.0
    strangers: float = 0.0
    together: int = 6
    length: float = 3.0
    stay: float = 0.5

    def messages(self, chance: random.Random) -> Iterator[Seen]:
        """An endless stream."""
        names = range(len(self.weights))
        weights = tuple(accumulate(self.weights))
        going: list[tuple[int, str, float, float]] = []
        intents: dict[int, int] = {}
        number = conversation = 0
        while True:
            while len(going) < self.together:
                conversation += 1
                locale = "zh-hans" if chance.random() < self.foreign else "en"
                known = 3.5 if chance.random() < self.vague else 6.0
                going.append((conversation, locale, known, 0.8 if chance.random() < self.strangers else 0.0))
            number += 1
            place = chance.randrange(self.together)
            customer, locale, known, new = going[place]
            if customer not in intents or chance.random() >= self.stay:
                intents[customer] = chance.choices(names, cum_weights=weights)[0]
            unknown = chance.random() < new
            familiarity = chance.betavariate(2, 2.5) if unknown else chance.betavariate(known, 1.5)
            meant = chance.choices(names, cum_weights=weights)[0] if unknown else intents[customer]
            yield Seen(number, customer, f"intent_{meant}" if familiarity >= 0.5 else "", locale, familiarity)
            if chance.random() < 1 / self.length:
                del going[place], intents[customer]


def zipf(count: int) -> tuple[float, ...]:
    return tuple(1 / (place + 1) for place in range(count))


def shifted(weights: tuple[float, ...], share: float, place: int) -> tuple[float, ...]:
    """One intent grows to this share of all."""
    rest = sum(weights) - weights[place]
    return tuple(rest * share / (1 - share) if one == place else weight for one, weight in enumerate(weights))


def tilted(weights: tuple[float, ...], factor: float) -> tuple[float, ...]:
    """Every second intent grows by the factor."""
    return tuple(weight * (factor if place % 2 else 1) for place, weight in enumerate(weights))


def stable_run(world: World | Crowd, seed: int) -> int | None:
    """The message that raised an alarm, of `STABLE`; None for none."""
    stream = Stream()
    for number, seen in enumerate(world.messages(random.Random(seed)), start=1):
        if stream.add(seen) is not None:
            return number
        if number >= STABLE:
            return None
    return None


def drifting_run(before: World | Crowd, after: World | Crowd, seed: int) -> int | None:
    """Messages from the change to the alarm, of at most 2,000. The change comes after 500 to 2,500 messages.

    None without an alarm; an alarm before the change begins again with another seed.
    """
    chance = random.Random(seed)
    turning = chance.randint(500, 2_500)
    stream = Stream()
    early = before.messages(chance)
    for _ in range(turning):
        if stream.add(next(early)) is not None:
            return drifting_run(before, after, seed + 1_000_003)
    late = after.messages(chance)
    for number in range(1, 2_001):
        if stream.add(next(late)) is not None:
            return number
    return None


def report(name: str, delays: list[int | None], *, stable: bool) -> None:
    found = sorted(delay for delay in delays if delay is not None)
    row: dict[str, object] = {"scenario": name, "streams": len(delays)}
    if stable:
        row["false_alarms"] = len(found)
    else:
        row |= {
            f"within_{SOON}": round(sum(delay <= SOON for delay in found) / len(delays), 3),
            "ever": round(len(found) / len(delays), 3),
            "median": statistics.median(found) if found else None,
            "p95": found[int(0.95 * (len(found) - 1))] if found else None,
        }
    print(json.dumps(row), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--parts", nargs="+", choices=("worlds", "crowds"), default=("worlds", "crowds"))
    options = parser.parse_args()
    shops = {"8 intents": World(zipf(8)), "30 intents": World(zipf(30)), "77 intents": World(zipf(77))}
    crowd = Crowd(zipf(30), foreign=0.3, vague=0.3, strangers=0.05)
    stable: dict[str, World] = {
        **shops,
        "77 alike": World((1.0,) * 77),
        "30 in conversations": World(zipf(30), stay=0.5),
        "30 in long conversations": World(zipf(30), stay=0.7),
        "30, a tenth out of scope": World(zipf(30), new=0.1),
    }
    side_by_side = {
        "alike": Crowd(zipf(30)),
        "30 % Chinese": Crowd(zipf(30), foreign=0.3),
        "30 % vague": Crowd(zipf(30), vague=0.3),
        "5 % strangers": Crowd(zipf(30), strangers=0.05),
        "15 % strangers": Crowd(zipf(30), strangers=0.15),
        "all of it": crowd,
        "all of it, 6 messages each": replace(crowd, length=6.0),
        "15 % strangers, 6 messages each": Crowd(zipf(30), strangers=0.15, length=6.0),
        "6 messages each that stay with their intent": Crowd(zipf(30), length=6.0, stay=0.9),
    }
    drifts_of_a_crowd = {
        "an intent of 2-4 % grows to 15 %": replace(crowd, weights=shifted(crowd.weights, 0.15, 6)),
        "an intent of 2-4 % grows to 25 %": replace(crowd, weights=shifted(crowd.weights, 0.25, 6)),
        "30 to 45 % Chinese": replace(crowd, foreign=0.45),
        "30 to 60 % Chinese": replace(crowd, foreign=0.6),
        "5 to 15 % strangers": replace(crowd, strangers=0.15),
        "5 to 30 % strangers": replace(crowd, strangers=0.3),
        "5 to 50 % strangers": replace(crowd, strangers=0.5),
        "30 to 100 % vague": replace(crowd, vague=1.0),
    }
    drifts: dict[str, Callable[[World], World]] = {
        "an intent of 2-4 % grows to 15 %": lambda w: World(shifted(w.weights, 0.15, 6), stay=w.stay),
        "an intent of 2-4 % grows to 25 %": lambda w: World(shifted(w.weights, 0.25, 6), stay=w.stay),
        "an intent of 2-4 % grows to 10 %": lambda w: World(shifted(w.weights, 0.10, 6), stay=w.stay),
        "every second intent doubles": lambda w: World(tilted(w.weights, 2), stay=w.stay),
        "every second intent triples": lambda w: World(tilted(w.weights, 3), stay=w.stay),
        "a new topic, 10 %": lambda w: World(w.weights, new=0.10, stay=w.stay),
        "a new topic, 20 %": lambda w: World(w.weights, new=0.20, stay=w.stay),
        "a new topic, 40 %": lambda w: World(w.weights, new=0.40, stay=w.stay),
        "another language, 10 %": lambda w: World(w.weights, foreign=0.10, stay=w.stay),
        "half of it worded oddly": lambda w: World(w.weights, odd=0.5, stay=w.stay),
        "all of it worded oddly": lambda w: World(w.weights, odd=1.0, stay=w.stay),
    }
    seeds = range(options.seed, options.seed + options.streams)
    if "crowds" in options.parts:
        for name, customers in side_by_side.items():
            report(f"stable: side by side, {name}", [stable_run(customers, seed) for seed in seeds], stable=True)
        for name, after in drifts_of_a_crowd.items():
            report(f"side by side: {name}", [drifting_run(crowd, after, seed) for seed in seeds], stable=False)
    if "worlds" not in options.parts:
        return
    for name, world in stable.items():
        report(f"stable: {name}", [stable_run(world, seed) for seed in seeds], stable=True)
    for shop in ("30 intents", "77 intents", "30 in conversations"):
        for name, drift in drifts.items():
            delays = [drifting_run(stable[shop], drift(stable[shop]), seed) for seed in seeds]
            report(f"{shop}: {name}", delays, stable=False)


if __name__ == "__main__":
    main()
