"""One intent a message, and messages that are about nothing the assistant knows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nlu.pipeline.calibration import expected_calibration_error
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset, intents_of, stratified_folds
from nlu.training.metrics import auroc, matthews
from nlu.types import OUT_OF_SCOPE, Example, Parse
from tests.bench.understanding.job import Job, Trained, parse_all
from tests.bench.understanding.measures import noise_floor
from tests.bench.understanding.plain import OneVsRest, hashed_bag
from tests.bench.understanding.results import Figures
from tests.bench.understanding.sets import SHOPS, Split

BQ_FOLDS = 5


def names(data: Dataset) -> list[str]:
    """The intent of each example."""
    return [intents_of(example)[0] for example in data.examples]


def texts(examples: Sequence[Example]) -> list[str]:
    """The text of each example."""
    return [example.text for example in examples]


def right(parses: Sequence[Parse], gold: Sequence[str]) -> np.ndarray:
    """Whether the most probable intent is the right one, bounds left aside."""
    return np.array([parse.intents[0].name == name for parse, name in zip(parses, gold, strict=True)])


def scope_scores(pipeline: NluPipeline, examples: Sequence[Example]) -> np.ndarray:
    """The detector's scores in 0-1."""
    return np.array([parse.scope_score for parse in parse_all(pipeline, examples)])


def accuracy_and_calibration(trained: Trained, judged: Dataset) -> Figures:
    """Accuracy without rejection, calibration error and its noise floor, all in 0-1; what the training took."""
    parses = parse_all(trained.pipeline, judged.examples)
    good = right(parses, names(judged))
    sure = np.array([parse.intents[0].confidence for parse in parses])
    return {
        "accuracy": float(good.mean()),
        "calibration_error": expected_calibration_error(sure, good),
        "noise_floor": noise_floor(sure),
        "training_seconds": trained.seconds,
        "training_cpu_seconds": trained.cpu_seconds,
        "megabytes": sum(file.stat().st_size for file in trained.folder.iterdir()) / 1e6,
    }


def banking77(job: Job) -> Figures:
    """All of the training part but the judged texts."""
    split = job.sets.banking77()
    return accuracy_and_calibration(job.train("banking77", split.train), split.judged)


def banking77_few(job: Job) -> Figures:
    """Ten and five examples an intent."""
    found: Figures = {}
    for shots in (10, 5):
        split = job.sets.banking77(f"banking77/fewshot_train_{shots}.jsonl")
        trained = job.train(f"banking77-{shots}", split.train)
        found |= {
            f"{key}_{shots}": value for key, value in accuracy_and_calibration(trained, split.judged).items()
        }
    return found


def hwu64(job: Job) -> Figures:
    """Training part, judged on the validation part."""
    split = job.sets.hwu64()
    return accuracy_and_calibration(job.train("hwu64", split.train), split.judged)


def clinc150(job: Job) -> Figures:
    """Half of the validation part and 100 strangers set the bounds; the other half and 100 others are judged."""
    setting, judging = job.sets.clinc150(job.seed)
    trained = job.train("clinc150", setting.train, validation=setting.judged, out_of_scope=setting.strangers)
    found = accuracy_and_calibration(trained, judging.judged)
    return found | scope_figures(trained.pipeline, judging.judged, judging.strangers)


def scope_figures(pipeline: NluPipeline, judged: Dataset, strangers: Sequence[Example]) -> Figures:
    """AUROC; at the model's own bound the share of strangers refused, and of friends kept and understood."""
    inside, outside = parse_all(pipeline, judged.examples), parse_all(pipeline, strangers)
    good = right(inside, names(judged))
    kept = np.array([parse.in_scope for parse in inside])
    return {
        "auroc": auroc(np.array([p.scope_score for p in inside]), np.array([p.scope_score for p in outside])),
        "in_scope_accuracy": float((good & kept).mean()),
        "strangers_refused": float(np.mean([not parse.in_scope for parse in outside])),
    }


def clinc150_few(job: Job) -> Figures:
    """Five examples an intent, with strangers; no stranger was seen before."""
    split = job.sets.clinc150_few()
    trained = job.train("clinc150-5", split.train)
    return accuracy_and_calibration(trained, split.judged) | scope_figures(
        trained.pipeline, split.judged, split.strangers
    )


def near_and_far(job: Job) -> Figures:
    """Fifty intents of a bank against 27 others of the same bank, and against other trades.

    One-vs-rest beside it: its greatest probability is its score.
    """
    split, far = job.sets.banking77_oos()
    trained = job.train("banking77-oos", split.train)
    peer = OneVsRest(
        texts(split.train.examples), [frozenset([name]) for name in names(split.train)], hold_out=False
    )
    inside = peer.probabilities(texts(split.judged.examples))
    good = [peer.names[place] == name for place, name in zip(inside.argmax(1), names(split.judged), strict=True)]
    found = {
        "accuracy": accuracy_and_calibration(trained, split.judged)["accuracy"],
        "plain_accuracy": float(np.mean(good)),
    }
    for kind, strangers in (("near", split.strangers), ("far", far)):
        figures = scope_figures(trained.pipeline, split.judged, strangers)
        found |= {f"{kind}_auroc": figures["auroc"], f"{kind}_refused": figures["strangers_refused"]}
        found["in_scope_accuracy"] = figures["in_scope_accuracy"]
        outside = peer.probabilities(texts(strangers)).max(1)
        found[f"plain_{kind}_auroc"] = auroc(inside.max(1), outside)
    return found


def hint3(job: Job) -> Figures:
    """Mean of three shops; strangers are texts of intents that were hidden (near) or of the other shops (far)."""
    rows: list[Figures] = []
    for shop in SHOPS:
        split, far = job.sets.hint3(shop, job.seed)
        trained = job.train(f"hint3-{shop}", split.train)
        rows.append(hint3_figures(trained.pipeline, split, far))
    return {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}


def hint3_figures(pipeline: NluPipeline, split: Split, far: Sequence[Example]) -> Figures:
    """Matthews correlation over friends and near strangers at the bounds that the model was trained to."""
    inside, near = parse_all(pipeline, split.judged.examples), parse_all(pipeline, split.strangers)
    gold = names(split.judged)
    said = [parse.intents[0].name if parse.in_scope else OUT_OF_SCOPE for parse in (*inside, *near)]
    scores = np.array([parse.scope_score for parse in inside])
    return {
        "accuracy": float(right(inside, gold).mean()),
        "mcc": matthews([*gold, *[OUT_OF_SCOPE] * len(near)], said),
        "near_auroc": auroc(scores, np.array([parse.scope_score for parse in near])),
        "far_auroc": auroc(scores, scope_scores(pipeline, far)),
        "near_refused": float(np.mean([not parse.in_scope for parse in near])),
    }


def bank_questions(job: Job) -> Figures:
    """Four of five examples an intent train, the fifth is judged, five times over; open-domain strangers."""
    data = job.sets.dataset("bq_intents_zh/train.jsonl")
    strangers = job.sets.dataset("bq_intents_zh/oos_valid.jsonl").examples
    folds = stratified_folds(data.examples, BQ_FOLDS, seed=job.seed)
    good: list[float] = []
    areas: list[float] = []
    for number, rows in enumerate(folds):
        hidden = set(rows)
        kept = data.select(row for row in range(len(data)) if row not in hidden)
        judged = data.select(rows)
        trained = job.train(f"bq-{number}", kept)
        parses = parse_all(trained.pipeline, judged.examples)
        good += right(parses, names(judged)).tolist()
        inside = np.array([parse.scope_score for parse in parses])
        areas.append(auroc(inside, scope_scores(trained.pipeline, strangers)))
    return {"accuracy": float(np.mean(good)), "auroc": float(np.mean(areas))}


def training_time(job: Job) -> Figures:
    """The default's training on BANKING77, calibration included, against a plain hashed bag with MLP."""
    split = job.sets.banking77()
    trained = job.train("banking77", split.train)
    found = accuracy_and_calibration(trained, split.judged)
    peer = hashed_bag(
        (texts(split.train.examples), names(split.train)),
        (texts(split.judged.examples), names(split.judged)),
        seed=job.seed,
    )
    return {
        "ratio": trained.cpu_seconds / peer.cpu_seconds,
        "seconds": trained.seconds,
        "cpu_seconds": trained.cpu_seconds,
        "plain_seconds": peer.seconds,
        "plain_cpu_seconds": peer.cpu_seconds,
        "accuracy": found["accuracy"],
        "plain_accuracy": peer.accuracy,
    }
