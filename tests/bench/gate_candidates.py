"""Planted candidates before the gate: twenty ways to make a model worse, and twenty to make it better.

    python -m tests.bench.gate_candidates [--pack ecommerce] [--locale en] [--intents 20] [--only worse|better]

Every candidate is really trained on a pack's utterances (or really damaged after its training) and meets the same
evaluation set, which none of them learned from. Says one line each, then one JSON object; exit status 1 if the
gate lets a worse one pass or refuses a better one.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from chat.packs import Pack, read_pack
from nlu.gate_report import GateReport
from nlu.pipeline.artifacts import read_folder, write_folder
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.entity_resolver import EntityCatalogue, EntityList, ListValue
from nlu.training.dataset import Dataset
from nlu.training.gate import Knowledge, compare
from nlu.training.gate_evidence import Contender, FrozenCase, Questions, gather
from nlu.training.trainer import train
from nlu.types import OUT_OF_SCOPE, Example

CONFIG = PipelineConfig(epochs=11, folds=2)
"""As the first model of an installation is trained, with fewer folds."""
HELD_BACK = 0.3
"""Share of each intent's utterances that becomes the evaluation set."""
FEW = 6
"""Utterances per intent of a model that knows too little."""
SEEDS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Recipe:
    """What a candidate is trained on and how; `damage` changes the manifest of the finished folder."""

    name: str
    examples: tuple[Example, ...]
    config: PipelineConfig = CONFIG
    catalogue: EntityCatalogue | None = None
    seed: int = 0
    damage: Callable[[dict[str, object]], None] | None = None


def examples_of(pack: Pack, locale: str, most: int) -> list[Example]:
    """The pack's utterances of a language, of so many intents, and a third as many strangers.

    Fewer intents than a pack has keep forty trainings short.
    """
    names = sorted({intent.name for intent in pack.intents})[:most]
    taught = [
        Example(text=utterance.text, intent=intent.name, entities=utterance.entities, locale=locale)
        for intent in pack.intents
        if intent.locale == locale and intent.name in names
        for utterance in intent.utterances
    ]
    strangers = [Example(text=text, locale=locale) for own, text in pack.out_of_scope if own == locale]
    return taught + strangers[: len(taught) // 3]


def catalogue_of(pack: Pack, locale: str) -> EntityCatalogue:
    """The pack's lists of a language."""
    return EntityCatalogue(
        lists=tuple(
            EntityList(entity.name, tuple(ListValue(value, names) for value, names in entity.values.items()))
            for entity in pack.entities
            if entity.locale == locale and entity.values
        )
    )


def by_intent(examples: Iterable[Example]) -> dict[str, list[Example]]:
    """The examples of each intent, the strangers under the empty name."""
    groups: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.intent].append(example)
    return dict(groups)


def divided(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """(what may teach, the evaluation set), every intent in both."""
    chance = random.Random(0)
    kept: list[Example] = []
    shown: list[Example] = []
    for _name, group in sorted(by_intent(examples).items()):
        chance.shuffle(group)
        cut = round(len(group) * HELD_BACK)
        shown += group[:cut]
        kept += group[cut:]
    return kept, shown


def fewer(examples: Iterable[Example], most: int) -> list[Example]:
    """At most so many of each intent; all strangers."""
    groups = by_intent(examples)
    return [example for name, group in sorted(groups.items()) for example in group[: most if name else None]]


def relabelled(examples: Iterable[Example], share: float, seed: int = 1) -> list[Example]:
    """This share of the utterances gets another intent."""
    chance = random.Random(seed)
    given = list(examples)
    names = sorted({example.intent for example in given if example.intent})
    return [
        dataclasses.replace(example, intent=chance.choice([name for name in names if name != example.intent]))
        if example.intent and chance.random() < share
        else example
        for example in given
    ]


def renamed(examples: Iterable[Example], names: dict[str, str]) -> list[Example]:
    """The same utterances under other intents."""
    return [dataclasses.replace(e, intent=names.get(e.intent, e.intent)) for e in examples]


def cut_short(examples: Iterable[Example], words: int) -> list[Example]:
    """Only the first words of each utterance."""
    return [dataclasses.replace(e, text=" ".join(e.text.split()[:words]), entities=()) for e in examples]


def scrambled(examples: Iterable[Example]) -> list[Example]:
    """The letters of each word in another order, as if read in a wrong encoding."""
    chance = random.Random(2)

    def mixed(text: str) -> str:
        return " ".join("".join(chance.sample(word, len(word))) for word in text.split())

    return [dataclasses.replace(e, text=mixed(e.text), entities=()) for e in examples]


def misplaced(examples: Iterable[Example]) -> list[Example]:
    """Every entity marked on the first word instead: what a mixed-up column in an import does."""

    def moved(example: Example) -> Example:
        first = len(example.text.split()[0])
        spans = tuple((0, first, kind) for _start, _end, kind in example.entities[:1])
        return dataclasses.replace(example, entities=spans)

    return [moved(example) for example in examples]


def setting(part: str, **values: object) -> Callable[[dict[str, object]], None]:
    """A damage that sets fields of a part of the manifest."""

    def change(manifest: dict[str, object]) -> None:
        fields = manifest[part]
        assert isinstance(fields, dict)
        fields.update(values)

    return change


def scaled(name: str, factor: float) -> Callable[[dict[str, object]], None]:
    """A damage that multiplies a number of the manifest."""

    def change(manifest: dict[str, object]) -> None:
        manifest[name] = float(str(manifest[name])) * factor

    return change


def worse(pool: Sequence[Example], catalogue: EntityCatalogue) -> Iterator[Recipe]:
    """Twenty candidates, each worse than a model of the whole pool in its own way."""
    every = tuple(pool)
    known = [example for example in pool if example.intent]
    names = sorted({example.intent for example in known})
    strangers = [example for example in pool if not example.intent]
    halves = dict(zip(names[::2], names[1::2], strict=False))

    def recipe(name: str, examples: Iterable[Example] = every, **changes: object) -> Recipe:
        base = Recipe(name, tuple(examples), catalogue=catalogue)
        return dataclasses.replace(base, **changes)  # type: ignore[arg-type]  # fields of Recipe, by name

    yield recipe("labels shuffled", relabelled(pool, 1.0))
    yield recipe("a third of the labels wrong", relabelled(pool, 0.35))
    yield recipe("one intent dropped", [e for e in pool if e.intent != names[0]])
    yield recipe("five intents dropped", [e for e in pool if e.intent not in names[:5]])
    yield recipe(
        "intents swapped in pairs",
        renamed(pool, halves | {b: a for a, b in halves.items()}),
    )
    yield recipe("two intents swapped", renamed(pool, {names[1]: names[2], names[2]: names[1]}))
    yield recipe(
        "an intent's utterances under its neighbour",
        [
            *renamed((e for e in pool if e.intent == names[3]), {names[3]: names[4]})[2:],
            *(e for e in pool if e.intent != names[3]),
            *[e for e in pool if e.intent == names[3]][:2],
        ],
    )
    yield recipe("two utterances an intent", fewer(pool, 2))
    yield recipe(
        "one intent as large as the rest",
        [*fewer(pool, 3), *(dataclasses.replace(e, intent=names[5]) for e in known if e.intent not in names[:3])],
    )
    yield recipe("no out-of-scope examples", known)
    yield recipe("strangers taught as an intent", renamed(pool, {"": names[6]}))
    yield recipe(
        "utterances taught as strangers",
        [*pool, *(dataclasses.replace(e, text=f"{e.text} ", intent="", entities=()) for e in known), *strangers],
    )
    yield recipe("first word only", cut_short(pool, 1))
    yield recipe("letters scrambled", scrambled(pool))
    yield recipe("entities not annotated", [dataclasses.replace(e, entities=()) for e in pool], catalogue=None)
    yield recipe("entities marked on another word", misplaced(pool), catalogue=None)
    yield recipe("one epoch", config=dataclasses.replace(CONFIG, epochs=1, least_steps=1, linear_strength=1e-3))
    yield recipe(
        "slow", config=dataclasses.replace(CONFIG, members=16, hidden_size=16384, epochs=1, least_steps=1)
    )
    yield recipe("overconfident", damage=scaled("temperature", 0.25))
    yield recipe("answers whatever it is asked", damage=setting("scope", bias=50.0, biases=[]))


def better(pool: Sequence[Example], catalogue: EntityCatalogue) -> Iterator[tuple[Recipe, list[Recipe]]]:
    """Active models with a weakness, and candidates without it: twenty in all."""
    weak = {
        "knew few utterances": fewer(pool, FEW),
        "a quarter of the labels wrong": relabelled(pool, 0.25),
        "no out-of-scope examples": [example for example in pool if example.intent],
        "six intents never taught": [
            e for e in pool if e.intent not in sorted({e.intent for e in pool if e.intent})[:6]
        ],
    }
    for name, examples in weak.items():
        yield (
            Recipe(f"active: {name}", tuple(examples), catalogue=catalogue),
            [
                Recipe(f"mended: {name}, seed {seed}", tuple(pool), catalogue=catalogue, seed=seed)
                for seed in range(SEEDS)
            ],
        )


def build(recipe: Recipe, folder: Path) -> Path:
    """Train the recipe's model into the folder."""
    train(
        Dataset.of(recipe.examples),
        output_dir=folder,
        config=recipe.config,
        catalogue=recipe.catalogue,
        seed=recipe.seed,
        version=folder.name,
    )
    if recipe.damage is not None:
        content = read_folder(folder)
        recipe.damage(content.manifest)
        write_folder(folder, manifest=content.manifest, documents=content.documents, tensors=content.tensors)
    return folder


def verdict(candidate: Path, active: Path, shown: Sequence[Example]) -> GateReport:
    """What the gate says of two folders on the evaluation set."""
    cases = tuple(
        FrozenCase(number, example, marked=bool(example.entities)) for number, example in enumerate(shown)
    )
    intents = frozenset({example.intent for example in shown} - {""}) | {OUT_OF_SCOPE}
    kinds = frozenset(kind for example in shown for _start, _end, kind in example.entities)
    questions = Questions(
        cases=cases,
        recent=[Example(text=example.text) for example in shown[::3]],
        timed=tuple(example.text for example in shown[::7]),
        wanted=Knowledge(intents, kinds),
    )
    evidence = gather(Contender(candidate), Contender(active), questions, active_number=1)
    assert evidence is not None
    return compare(evidence)


def said(report: GateReport) -> str:
    """The checks that refuse, and the accuracies, in short."""
    failed = ", ".join(f"{check.name} {check.reason}" for check in report.checks if not check.passed)
    accuracy = report.checks[0]
    return f"{accuracy.active:.3f} -> {accuracy.candidate:.3f}  {failed or 'passes'}"


def main() -> int:
    """Train, ask the gate, say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", default="ecommerce")
    parser.add_argument("--locale", default="en")
    parser.add_argument("--intents", type=int, default=20)
    parser.add_argument("--only", choices=("worse", "better"))
    options = parser.parse_args()
    pack = read_pack(options.pack)
    catalogue = catalogue_of(pack, options.locale)
    pool, shown = divided(examples_of(pack, options.locale, options.intents))
    lines: list[dict[str, object]] = []

    def note(kind: str, name: str, report: GateReport, *, expected: bool) -> None:
        lines.append(
            {"kind": kind, "name": name, "passed": report.passed, "as_expected": report.passed == expected}
        )
        print(
            f"{'ok ' if report.passed == expected else 'NOT'} {kind}: {name}: {said(report)}",
            file=sys.stderr,
            flush=True,
        )

    with tempfile.TemporaryDirectory(prefix="gate-candidates-") as place:
        workshop = Path(place)
        if options.only != "better":
            active = build(Recipe("active", tuple(pool), catalogue=catalogue), workshop / "active")
            for number, recipe in enumerate(worse(pool, catalogue)):
                report = verdict(build(recipe, workshop / f"worse-{number}"), active, shown)
                note("worse", recipe.name, report, expected=False)
        if options.only != "worse":
            mended: dict[int, Path] = {}
            for number, (weak, candidates) in enumerate(better(pool, catalogue)):
                active = build(weak, workshop / f"weak-{number}")
                for recipe in candidates:
                    if recipe.seed not in mended:
                        mended[recipe.seed] = build(recipe, workshop / f"mended-{recipe.seed}")
                    note("better", recipe.name, verdict(mended[recipe.seed], active, shown), expected=True)
    wrong = [line for line in lines if not line["as_expected"]]
    print(json.dumps({"cases": len(shown), "candidates": len(lines), "wrongly_judged": len(wrong), "of": lines}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
