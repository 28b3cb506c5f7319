"""Every part of the benchmark: what it needs, with which encoders it is measured, and its rows on the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.understanding import cost, intents, joined, several, spans
from tests.bench.understanding.job import PAIRS, Job
from tests.bench.understanding.results import Figures
from tests.bench.understanding.sets import SHOPS

ENGLISH, CHINESE, BARE = ("ngram", "minilm"), ("ngram", "pairs"), ("ngram",)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page: keys of figures, shown side by side, and what issue 3 asks of the held-out tests.

    unit: `%` (of figures in 0-1) or what is written behind a plain number.
    """

    title: str
    keys: tuple[str, ...]
    asked: str
    unit: str = "%"


@dataclass(frozen=True, slots=True)
class Part:
    """files: in the data folder; variants: encoders to measure with; once: training takes too long for seeds."""

    name: str
    measure: Callable[[Job], Figures]
    files: tuple[str, ...]
    variants: tuple[str, ...]
    rows: tuple[Row, ...]
    once: bool = False

    @property
    def protocol(self) -> str:
        """How the figures come about, from the function that measures."""
        return " ".join((self.measure.__doc__ or "").split())


def _in(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}.jsonl" for name in names)


PARTS = (
    Part(
        "recognizers",
        spans.recognizers,
        (),
        ("rules",),
        (
            Row("dates, numbers, money and so on: F1 of span and value, zh / en", ("zh-hans_f1", "en_f1"), "92"),
            Row("traps kept, zh / en", ("zh-hans_traps", "en_traps"), "95"),
        ),
        once=True,
    ),
    Part(
        "bank-questions-zh",
        intents.bank_questions,
        _in("bq_intents_zh", "train", "oos_valid"),
        CHINESE,
        (Row("accuracy / AUROC of strangers", ("accuracy", "auroc"), "56 (60 better) / 97, with pairs"),),
    ),
    Part(
        "xsid-zh",
        spans.xsid,
        _in("xsid", "zh_valid"),
        CHINESE,
        (Row("slot F1", ("f1",), "60"),),
    ),
    *(
        Part(
            f"joined-{name}",
            measure,
            files,
            BARE,
            (
                Row("both intents found / both right / F1", ("recall", "exact", "f1"), "-"),
                Row("the same, connectors that nothing knows", ("other_recall", "other_exact", "other_f1"), "-"),
                Row(
                    "one intent said to be several, of all / of those with a cut", ("alarms", "alarms_of_cut"), "-"
                ),
            ),
        )
        for name, measure, files in (
            ("bank-questions-zh", joined.bank_questions, _in("bq_intents_zh", "train")),
            ("hint3", joined.hint3, _in("hint3", *(f"{shop}_train" for shop in SHOPS))),
            ("banking77", joined.banking77, _in("banking77", "fewshot_train_10", "fewshot_valid")),
            ("clinc150", joined.clinc150, _in("clinc150", "fewshot_train_5", "val", "oos_train", "oos_val")),
            ("hwu64", joined.hwu64, _in("hwu64", "train", "valid")),
        )
    ),
    Part(
        "nlupp",
        several.nlupp,
        _in("nlupp", "banking_train", "hotels_train"),
        ENGLISH,
        (
            Row("several intents: micro-F1 / one-vs-rest", ("f1", "plain_f1"), "above one-vs-rest"),
            Row("all of a message's intents: exact / one-vs-rest", ("exact", "plain_exact"), "-"),
        ),
    ),
    Part(
        "banking77-few",
        intents.banking77_few,
        _in("banking77", "fewshot_train_10", "fewshot_train_5", "fewshot_valid"),
        ENGLISH,
        (
            Row(
                "accuracy with 10 / 5 examples an intent",
                ("accuracy_10", "accuracy_5"),
                "88.0 / 82.0 (best); 77 / - (n-grams against DIET)",
            ),
        ),
    ),
    Part(
        "hint3",
        intents.hint3,
        tuple(f"hint3/{shop}_train.jsonl" for shop in SHOPS),
        ENGLISH,
        (
            Row("MCC at the shipped bounds, near strangers", ("mcc",), ".53", ""),
            Row("AUROC of near / far strangers", ("near_auroc", "far_auroc"), "84"),
            Row("accuracy without rejection / near strangers refused", ("accuracy", "near_refused"), "-"),
        ),
    ),
    Part(
        "clinc150-few",
        intents.clinc150_few,
        _in("clinc150", "fewshot_train_5", "val", "oos_train", "oos_val"),
        BARE,
        (
            Row("accuracy with 5 examples an intent / AUROC", ("accuracy", "auroc"), "75 / 90 (against DIET)"),
            Row("calibration error / its noise floor", ("calibration_error", "noise_floor"), "floor + 2"),
            Row("core time of the training", ("training_cpu_seconds",), "1/20 of DIET's 460 s: 23", "s"),
        ),
    ),
    Part(
        "crosswoz",
        several.crosswoz,
        ("crosswoz_zh/valid.jsonl.gz",),
        BARE,
        (
            Row(
                "acts and domains of a turn: exact, with / without context",
                ("exact", "exact_alone"),
                "83, gain told",
            ),
            Row("one-vs-rest, with / without the words before", ("plain_exact", "plain_exact_alone"), "-"),
        ),
    ),
    Part(
        "banking77-strangers",
        intents.near_and_far,
        _in("banking77_oos", "train", "valid", "id-oos_valid", "ood-oos_valid"),
        ENGLISH,
        (
            Row("AUROC of near / far strangers", ("near_auroc", "far_auroc"), "above one-vs-rest"),
            Row("the same by one-vs-rest", ("plain_near_auroc", "plain_far_auroc"), "-"),
            Row("refused at the shipped bound, near / far", ("near_refused", "far_refused"), "-"),
        ),
        once=True,
    ),
    Part(
        "hwu64",
        intents.hwu64,
        _in("hwu64", "train", "valid"),
        ENGLISH,
        (
            Row("accuracy", ("accuracy",), "92.6 (best)"),
            Row("calibration error / its noise floor", ("calibration_error", "noise_floor"), "at most 3"),
        ),
        once=True,
    ),
    Part(
        "banking77",
        intents.banking77,
        _in("banking77", "train", "fewshot_valid"),
        ENGLISH,
        (
            Row("accuracy", ("accuracy",), "93.3 n-grams; 94.3 (94.7 better) best"),
            Row("calibration error / its noise floor", ("calibration_error", "noise_floor"), "at most 3"),
        ),
        once=True,
    ),
    Part(
        "training-time",
        intents.training_time,
        _in("banking77", "train", "fewshot_valid"),
        BARE,
        (
            Row("core time against a hashed bag with MLP", ("ratio",), "at most 1", ""),
            Row("core seconds: ours / theirs", ("cpu_seconds", "plain_cpu_seconds"), "-", "s"),
            Row("accuracy: ours / theirs", ("accuracy", "plain_accuracy"), "better"),
        ),
        once=True,
    ),
    Part(
        "clinc150",
        intents.clinc150,
        _in("clinc150", "train", "val", "oos_train", "oos_val"),
        ENGLISH,
        (
            Row("accuracy without rejection", ("accuracy",), "94.0 n-grams; 96.5 (96.9 better) best"),
            Row("AUROC of strangers", ("auroc",), "98.5"),
            Row("right and kept / strangers refused", ("in_scope_accuracy", "strangers_refused"), "93.5 / 94.0"),
            Row("calibration error / its noise floor", ("calibration_error", "noise_floor"), "at most 3"),
        ),
        once=True,
    ),
    Part(
        "ecsa-zh",
        spans.ecsa,
        ("ecsa_zh/train.jsonl.gz", "ecsa_zh/valid.jsonl"),
        BARE,
        (Row("slot F1", ("f1",), "44"),),
        once=True,
    ),
    Part(
        "snips",
        spans.snips,
        _in("snips", "train", "valid"),
        ENGLISH,
        (Row("slot F1 / whole sentences", ("f1", "whole"), "93.0 n-grams; 95.5 best"),),
        once=True,
    ),
    Part(
        "parse",
        cost.parse_cost,
        _in("snips", "train", "valid"),
        ENGLISH,
        (
            Row(
                "a message with entities, p50 / p99 of the clock",
                ("p50_ms", "p99_ms"),
                "1 n-grams; 15 MiniLM",
                "ms",
            ),
            Row("a message with entities, core time", ("cpu_ms",), "-", "ms"),
            Row(
                "parses a core second in batches of 64, times one at a time",
                ("speedup",),
                "3 n-grams; 2 MiniLM",
                "",
            ),
            Row("start to first answer", ("start_seconds",), "at most 8 (against DIET)", "s"),
            Row("memory after the first answer", ("memory_mib",), "at most 406 (against DIET)", "MiB"),
        ),
        once=True,
    ),
)
NEEDS_PAIRS = PAIRS
