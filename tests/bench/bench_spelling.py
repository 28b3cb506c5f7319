"""Listed values with generated errors: how many are found, how many guesses are wrong, what a text costs.

    python -m tests.bench.bench_spelling --values FILE --known FILE --texts FILE

`--values` has one value a line; `--known` JSON lines whose texts stand for the training data; `--texts` JSON lines
whose texts name none of the values: every guess in them counts as false (some are typing errors of real people).
The errors are the same in every run.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections import Counter
from pathlib import Path

from nlu.pipeline.entity_resolver import EntityCatalogue, EntityList, EntityResolver, ListValue
from nlu.pipeline.features import NgramSpec
from nlu.pipeline.normalizer import canonical
from nlu.pipeline.vocabulary import NgramVocabulary
from nlu.types import EntitySpan

TRIED = 2000
CARRIERS = {"en": ("{}", "i want {} please", "do you have {} in stock?"), "zh": ("{}", "我想要{}", "请问{}在哪里")}
SHOWN = 12


def damaged(value: str, alphabet: str, generator: random.Random) -> str:
    """The value with one error: a letter wrong, missing, doubled, extra, or swapped with the next."""
    places = [place for place, character in enumerate(value) if character.isalpha()]
    place = generator.choice(places)
    before, letter, after = value[:place], value[place], value[place + 1 :]
    match generator.choice(("wrong", "missing", "doubled", "extra", "swapped")):
        case "wrong":
            return before + generator.choice(alphabet) + after
        case "missing":
            return before + after
        case "doubled":
            return before + letter * 2 + after
        case "extra":
            return before + letter + generator.choice(alphabet) + after
        case _:
            return before + after[:1] + letter + after[1:]


def is_chinese(text: str) -> bool:
    """Whether it holds a Chinese character."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def long_enough(value: str) -> bool:
    """Whether a misspelt form of it may be found at all."""
    han = sum(map(is_chinese, value))
    return han >= 4 or (not han and sum(map(str.isalpha, value)) >= 5)


def guesses(resolver: EntityResolver, text: str) -> list[EntitySpan]:
    """What was guessed in a text."""
    return [span for span in resolver.resolve(text) if span.source == "fuzzy"]


def found_again(resolver: EntityResolver, values: list[str]) -> Counter[str]:
    """Outcomes of damaged values in short sentences: right, wrong or none."""
    generator = random.Random(3)
    known = {canonical(value) for value in values}
    alphabets = {
        "zh": sorted({c for value in values for c in value if is_chinese(c)}) or ["的"],
        "en": list("abcdefghijklmnopqrstuvwxyz"),
    }
    outcomes: Counter[str] = Counter()
    for _ in range(TRIED):
        value = generator.choice(values)
        language = "zh" if is_chinese(value) else "en"
        bad = damaged(value, "".join(alphabets[language]), generator)
        if canonical(bad) in known:
            continue
        carrier = generator.choice(CARRIERS[language])
        start = carrier.index("{")
        named = [s for s in guesses(resolver, carrier.format(bad)) if s.start < start + len(bad) and start < s.end]
        if not named:
            outcomes["none"] += 1
        else:
            right = all(canonical(span.value) == canonical(value) for span in named)
            outcomes["right" if right else "wrong"] += 1
    return outcomes


def texts_of(path: str) -> list[str]:
    """The texts of JSON lines."""
    return [
        json.loads(line)["text"] for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def milliseconds(resolver: EntityResolver, texts: list[str]) -> list[float]:
    """What each text costs, the best of three."""
    costs = []
    for text in texts:
        tries = []
        for _ in range(3):
            begun = time.perf_counter()
            resolver.resolve(text)
            tries.append((time.perf_counter() - begun) * 1000)
        costs.append(min(tries))
    return costs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", required=True)
    parser.add_argument("--known", required=True)
    parser.add_argument("--texts", required=True)
    options = parser.parse_args()
    lines = Path(options.values).read_text(encoding="utf-8").splitlines()
    values = sorted({line.strip() for line in lines if long_enough(line.strip())})
    vocabulary = NgramVocabulary.build(texts_of(options.known), NgramSpec())
    begun = time.perf_counter()
    catalogue = EntityCatalogue(lists=(EntityList("value", tuple(map(ListValue, values))),))
    resolver = EntityResolver(catalogue, vocabulary.knows)
    print(f"{len(values)} values, index in {time.perf_counter() - begun:.2f} s")
    outcomes = found_again(resolver, values)
    total, said = outcomes.total(), outcomes["right"] + outcomes["wrong"]
    print(
        f"one error each: recall {outcomes['right'] / total:.3f}, precision {outcomes['right'] / max(1, said):.3f}"
    )
    texts = texts_of(options.texts)
    false = Counter((span.text, span.value) for text in texts for span in guesses(resolver, text))
    share = 100 * false.total() / len(texts)
    print(f"{len(texts)} texts without values: {false.total()} guesses ({share:.2f} per 100)")
    for (written, value), count in false.most_common(SHOWN):
        print(f"  {count} x {written} -> {value}")
    costs = milliseconds(resolver, texts[:2000])
    print(f"a text: p50 {statistics.median(costs):.3f} ms, p99 {sorted(costs)[int(len(costs) * 0.99)]:.3f} ms")


if __name__ == "__main__":
    main()
