"""The public sets, split so that nothing is judged on what trained or chose. Test parts are not here at all."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nlu.pipeline.features import feature_text
from nlu.training.dataset import Dataset, example_of, intents_of
from nlu.training.masked import Mask, default_mask, masked_dataset
from nlu.types import DialogueContext, Example

STRANGER = "oos"


@dataclass(frozen=True, slots=True)
class Split:
    """What a model learns from, what it is judged on, and strangers to tell from it; nothing is in two of them."""

    train: Dataset
    judged: Dataset
    strangers: tuple[Example, ...] = ()


class PublicSets:
    """Reads from the data folder. Texts are masked as a chat would mask them, as `train_nlu` does with files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mask: Mask = default_mask()

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of the files that are not there."""
        return [name for name in names if not (self.folder / name).is_file()]

    def records(self, name: str) -> list[dict]:
        """The JSON lines of a file, unpacked if its name ends in .gz."""
        path = self.folder / name
        opened: Callable = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]

    def dataset(self, name: str) -> Dataset:
        """A file of utterances. The sets' own name for out of scope becomes no intent; a few rows have no text."""
        records = [row for row in self.records(name) if row["text"].strip()]
        examples = [
            example_of({**row, "intent": "" if row.get("intent") == STRANGER else row.get("intent")}, name)
            for row in records
        ]
        marked = any("tags" in row or "entities" in row for row in records)
        return masked_dataset(Dataset(tuple(examples), marked), self._mask)

    def masked(self, examples: Iterable[Example]) -> Dataset:
        """Examples made here, masked like those of a file."""
        return masked_dataset(Dataset.of(examples), self._mask)

    def banking77(self, training: str = "banking77/train.jsonl") -> Split:
        """Train on a training file, judged on the 1,540 texts of `fewshot_valid`, which are taken out of it."""
        judged = self.dataset("banking77/fewshot_valid.jsonl")
        return Split(without(self.dataset(training), judged), judged)

    def hwu64(self) -> Split:
        """Train and validation part."""
        return Split(self.dataset("hwu64/train.jsonl"), self.dataset("hwu64/valid.jsonl"))

    def clinc150(self, seed: int) -> tuple[Split, Split]:
        """(what sets the bounds, what is judged): halves of the validation part, strangers of two files."""
        train, held = self.dataset("clinc150/train.jsonl"), self.dataset("clinc150/val.jsonl")
        chosen, judged = halves(held, seed)
        setting, strange = (self.dataset(f"clinc150/oos_{part}.jsonl").examples for part in ("train", "val"))
        return Split(train, chosen, setting), Split(train, judged, strange)

    def clinc150_few(self) -> Split:
        """Five examples an intent; judged on the whole validation part, with 200 strangers."""
        strangers = [
            *self.dataset("clinc150/oos_train.jsonl").examples,
            *self.dataset("clinc150/oos_val.jsonl").examples,
        ]
        return Split(
            self.dataset("clinc150/fewshot_train_5.jsonl"), self.dataset("clinc150/val.jsonl"), tuple(strangers)
        )

    def banking77_oos(self) -> tuple[Split, tuple[Example, ...]]:
        """Fifty intents with near strangers (27 other intents of the same bank), and the far ones beside."""
        near = self.dataset("banking77_oos/id-oos_valid.jsonl").examples
        far = self.dataset("banking77_oos/ood-oos_valid.jsonl").examples
        train, judged = self.dataset("banking77_oos/train.jsonl"), self.dataset("banking77_oos/valid.jsonl")
        return Split(without(train, judged), judged, near), far

    def hint3(self, shop: str, seed: int) -> tuple[Split, tuple[Example, ...]]:
        """A quarter of a shop's intents is hidden, its texts near strangers; of the rest a quarter is judged.

        Beside it the texts of the other shops, which are far strangers.
        """
        data = self.dataset(f"hint3/{shop}_train.jsonl")
        split = hidden_intents(data, seed)
        others = [name for name in SHOPS if name != shop]
        far = [example for name in others for example in self.dataset(f"hint3/{name}_train.jsonl").examples]
        return split, tuple(stranger(example) for example in far)

    def nlupp(self, domain: str) -> Split:
        """Folds 0 to 11 train, 12 to 15 are judged; several intents a text, or none. Slots are left aside."""
        parts: dict[bool, list[Example]] = {True: [], False: []}
        for row in self.records(f"nlupp/{domain}_train.jsonl"):
            example = Example(row["text"], intents=tuple(row.get("intents", ())))
            parts[row["fold"] < NLUPP_TRAINS].append(example)
        return Split(self.masked(parts[True]), self.masked(parts[False]))

    def crosswoz(self, seed: int) -> tuple[list[list[Turn]], list[list[Turn]]]:
        """Dialogues to learn from (four fifths) and to judge on."""
        dialogues = [visitor_turns(row["turns"]) for row in self.records("crosswoz_zh/valid.jsonl.gz")]
        random.Random(seed).shuffle(dialogues)
        cut = len(dialogues) // 5
        return dialogues[cut:], dialogues[:cut]


SHOPS = ("curekart", "powerplay11", "sofmattress")
NLUPP_TRAINS = 12


@dataclass(frozen=True, slots=True)
class Turn:
    """What a visitor said, what that asked for, and what the assistant had said and done before."""

    text: str
    labels: tuple[str, ...]
    bot_text: str
    bot_acts: str


def visitor_turns(turns: Sequence[dict]) -> list[Turn]:
    """The visitor's turns of a CrossWOZ dialogue; a label is an act with its domain."""
    found, before = [], {"text": "", "acts": []}
    for turn in turns:
        if turn["role"] == "usr":
            found.append(
                Turn(turn["text"], labels_of(turn["acts"]), before["text"], "+".join(labels_of(before["acts"])))
            )
        else:
            before = turn
    return found


def labels_of(acts: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Each act with its domain once, in alphabetical order."""
    return tuple(sorted({f"{act[0]}-{act[1]}" for act in acts}))


def in_context(dialogue: Sequence[Turn]) -> list[Example]:
    """The turns as examples that know what came before them."""
    examples, previous, message = [], (), ""
    for turn in dialogue:
        context = DialogueContext(previous_intents=previous, last_bot_act=turn.bot_acts, previous_message=message)
        examples.append(Example(turn.text, intents=turn.labels, context=context))
        previous, message = turn.labels, turn.text
    return examples


def without(data: Dataset, others: Dataset) -> Dataset:
    """The examples whose text, case and punctuation aside, does not occur among the others."""
    known = {feature_text(example.text) for example in others.examples}
    return data.select(row for row, example in enumerate(data.examples) if feature_text(example.text) not in known)


def halves(data: Dataset, seed: int) -> tuple[Dataset, Dataset]:
    """Two halves, chosen at random by seed."""
    rows = list(range(len(data)))
    random.Random(seed).shuffle(rows)
    cut = len(rows) // 2
    return data.select(sorted(rows[:cut])), data.select(sorted(rows[cut:]))


def stranger(example: Example) -> Example:
    """The example without its intent."""
    return replace(example, intent="", intents=())


def hidden_intents(data: Dataset, seed: int, share: int = 4) -> Split:
    """One of `share` intents becomes strangers; one of `share` examples of each other intent is judged."""
    chance = random.Random(seed)
    names = sorted({intents_of(example)[0] for example in data.examples})
    hidden = set(chance.sample(names, len(names) // share))
    train, judged, strangers = [], [], []
    for name in names:
        rows = [row for row, example in enumerate(data.examples) if intents_of(example)[0] == name]
        if name in hidden:
            strangers += rows
            continue
        chance.shuffle(rows)
        cut = len(rows) // share
        judged += rows[:cut]
        train += rows[cut:]
    kept = data.select(sorted(train))
    return Split(
        kept,
        without(data.select(sorted(judged)), kept),
        tuple(stranger(example) for example in without(data.select(sorted(strangers)), kept).examples),
    )
