"""From a dataset to a model folder."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nlu.errors import TrainingRefused
from nlu.held_out import FILE as HELD_OUT_FILE
from nlu.held_out import HeldOutAnswer, write_answers
from nlu.pipeline.artifacts import write_folder
from nlu.pipeline.components import Components, components_to
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.entity_resolver import EntityCatalogue, EntityResolver
from nlu.pipeline.exact_matcher import ExactMatcher
from nlu.pipeline.nearest import TrainedTexts
from nlu.pipeline.network import Labels, NluNetwork
from nlu.pipeline.pipeline import NluPipeline
from nlu.pipeline.scope import script_of
from nlu.pipeline.sentence_encoder import SentenceEncoder
from nlu.pipeline.threads import one_thread
from nlu.pipeline.vocabulary import NgramVocabulary
from nlu.training.dataset import Dataset, intents_of, unrelated
from nlu.training.evaluation import Evaluation, Metrics, evaluate_in_detail
from nlu.training.fitted_bounds import Bounds, HeldOut, fit_bounds
from nlu.training.fitting import expert_logits, fit_network
from nlu.training.folds import folds_of
from nlu.training.held_out import held_out_answers
from nlu.training.model_card import model_card
from nlu.training.prepared import PreparedData, build_vocabulary, collect_labels, prepare
from nlu.training.progress import Reporter
from nlu.training.remembered import RememberingEncoder, token_size_within
from nlu.training.schedule import FEWEST_MESSAGES, crosses, planned_epochs, schedule_length
from nlu.training.several_bound import Rehearsal, rehearsal_of, with_several
from nlu.training.titles import title_examples
from nlu.types import OUT_OF_SCOPE, Example, TrainingProgress

LIBRARIES = ("torch", "numpy", "safetensors", "google-re2")


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A finished run: where the model lies, what it measured, seconds it took and bytes it fills.

    `evaluation` is of examples that the evaluated fit had not seen: the validation set, else the held-out part.
    """

    folder: Path
    version: str
    evaluation: Evaluation
    bounds: Bounds
    seconds: float
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Fit:
    network: NluNetwork
    vocabulary: NgramVocabulary
    trained: TrainedTexts
    best_epoch: int


@dataclass(frozen=True, slots=True)
class _Run:
    config: PipelineConfig
    labels: Labels
    titles: tuple[Example, ...]
    seed: int
    reporter: Reporter
    encoder: RememberingEncoder | None
    apart: bool
    entries: bool
    generated: tuple[Example, ...] = ()
    unlabelled: tuple[Example, ...] = ()

    @property
    def reserves(self) -> bool:
        """Whether only reserved texts can be judged by: the encoder has learned from the rest."""
        return self.encoder is not None and self.encoder.reserves

    def fit(
        self,
        examples: tuple[Example, ...],
        held_out: tuple[Example, ...],
        epochs: int,
        stage: str,
        hidden: tuple[Example, ...] = (),
    ) -> _Fit:
        """Fit on `examples`, the intents' titles and generated examples alone; choose the epoch on `held_out`.

        Vocabulary and network know nothing of `held_out`, nor of `hidden`: examples of the data set that what this
        fit makes of them is measured on. What was made from one of them does not take part.
        """
        examples = (*examples, *unrelated(self.generated, hidden))
        vocabulary = build_vocabulary((*examples, *self.titles), self.config)
        data = self._prepared(examples, vocabulary, titles=self.titles)
        fitted = fit_network(
            data,
            config=self.config,
            labels=self.labels,
            vocabulary_size=len(vocabulary),
            held_out=self._prepared(held_out, vocabulary) if held_out else None,
            epochs=epochs,
            seed=self.seed,
            reporter=self.reporter,
            stage=stage,
            unlabelled=self._messages(vocabulary),
            entries=self.entries,
        )
        # What was taught as out of scope is no neighbour to be close to.
        taught = data.targets[:, : self.labels.known].sum(1) > 0
        return _Fit(fitted.network, vocabulary, self._texts(data.sentences[taught]), fitted.best_epoch)

    def _texts(self, sentences: Tensor) -> TrainedTexts:
        return TrainedTexts.of(sentences, self.encoder.meaning_size if self.encoder is not None else None)

    def schedule(self, examples: int) -> int:
        """Epochs of the whole schedule of a fit on so many examples, the titles and the generated ones."""
        return schedule_length(examples + len(self.titles) + len(self.generated), self.config)

    def _prepared(
        self, examples: tuple[Example, ...], vocabulary: NgramVocabulary, titles: tuple[Example, ...] = ()
    ) -> PreparedData:
        reads = self.config.token_size > 0
        return prepare(examples, self.labels, vocabulary, self.encoder, titles=titles, reads_tokens=reads)

    def _messages(self, vocabulary: NgramVocabulary) -> PreparedData | None:
        if not self.unlabelled:
            return None
        return prepare(self.unlabelled, dataclasses.replace(self.labels, tags=()), vocabulary, self.encoder)

    def score(self, fit: _Fit, examples: tuple[Example, ...]) -> HeldOut:
        """What a fit makes of examples that it has not seen."""
        data = self._prepared(examples, fit.vocabulary)
        scripts = np.array([script_of(example.text) for example in examples], dtype=np.str_)
        closeness = fit.trained.closeness(data.sentences)
        return HeldOut(expert_logits(fit.network, data), data.targets, data.bags.coverage, closeness, scripts)

    def rehearse(
        self, fit: _Fit, examples: tuple[Example, ...], folds: int = 1
    ) -> list[tuple[Rehearsal, HeldOut]]:
        """Messages of several clauses, made of examples that a fit has not seen, and its scores of them."""
        rehearsal = None if self.config.multi_label else rehearsal_of(examples, folds=folds, seed=self.seed)
        return [(rehearsal, self.score(fit, rehearsal.examples()))] if rehearsal and rehearsal.messages else []


def _nothing(progress: TrainingProgress) -> None:
    return None


def _never() -> bool:
    return False


def train(
    dataset: Dataset,
    *,
    output_dir: str | Path,
    config: PipelineConfig | None = None,
    validation: Dataset | None = None,
    out_of_scope: tuple[Example, ...] = (),
    generated: tuple[Example, ...] = (),
    unlabelled: Sequence[str] = (),
    catalogue: EntityCatalogue | None = None,
    encoder: SentenceEncoder | None = None,
    progress: Callable[[TrainingProgress], None] = _nothing,
    should_cancel: Callable[[], bool] = _never,
    seed: int = 0,
    version: str = "",
    apart: bool = False,
) -> TrainingResult:
    """Train both heads jointly and write a complete model folder to `output_dir` (replacing what is there).

    With a sentence encoder the model is an ensemble of n-grams and its vectors. What the intents are called is one
    more example of each. Epochs, temperatures, thresholds
    and the heads' shares come from held-out examples: `validation` if
    given, else cross-validation (below `config.cross_validate_below` examples) or a held-out tenth; the final
    network is then fitted on the whole of `dataset`. Its examples without an intent teach a class of their own,
    what to leave alone; `out_of_scope` examples set the scope bound only, they never train; `generated` ones, and
    those of `dataset` that say so, train only: no epoch, bound or measure is ever taken from them, and a fit that
    is measured on a text has seen nothing that was made from it (`Example.made_from`). `unlabelled` messages,
    masked, at least `FEWEST_MESSAGES`, train adversarially (`nlu.training.adversary`).

    An encoder that learned from labels of the workspace (`SentenceEncoder.reserves`) is judged on reserved texts
    alone; NotJudged if they are fewer than `FEWEST_JUDGED`. `apart` makes a large data set hold out reserved texts
    also for other encoders, so that both can be compared on them.

    Data with entities may have one intent or none; such a model finds entities only, and without an intent
    everything is out of scope to it.

    The same data, configuration and seed give the same model on the same machine. Raises TrainingRefused when
    there is too little to learn, InvalidData for an invalid pattern, TrainingCancelled soon after `should_cancel`
    says so; then nothing is written.
    """
    begun = time.monotonic()
    config = config or PipelineConfig()
    generated = (*dataset.generated, *generated)
    dataset = dataset.real()
    validation = validation.real() if validation is not None else None
    if encoder is not None:
        config = dataclasses.replace(config, encoder="ensemble", sentence_size=encoder.size)
    catalogue = catalogue or EntityCatalogue()
    EntityResolver(catalogue)
    if any(len(example.intents) > 1 for example in dataset.examples):
        config = dataclasses.replace(config, multi_label=True)
    if unlabelled and (len(unlabelled) < FEWEST_MESSAGES or config.multi_label):
        raise TrainingRefused(
            f"unlabelled messages teach from {FEWEST_MESSAGES} on, and only where each example has one intent"
        )
    taught = dataclasses.replace(dataset, examples=(*dataset.examples, *generated))
    labels = collect_labels(taught, multi_label=config.multi_label)
    if encoder is not None and labels.tags:
        judged = validation.examples if validation is not None else ()
        texts = [example.text for example in (*taught.examples, *judged)]
        config = dataclasses.replace(config, token_size=token_size_within(encoder, texts))
    if labels.known < 2:
        if not labels.tags:
            raise TrainingRefused("training needs examples of at least two intents, or with entities")
        # Nothing to choose between: only the tagger learns, and it reads with one member's encoder.
        config = dataclasses.replace(config, members=1)
    known = (*(example.text for example in taught.examples), *dataset.withheld)
    titles = title_examples(labels.intents, dataset.titles, known)
    besides = len(titles) + len(generated)
    one_fold = validation is not None or (encoder is not None and encoder.reserves)
    planned = planned_epochs(len(dataset), config, one_fold=one_fold, besides=besides)
    reporter = Reporter(planned, progress, should_cancel)
    remembering = RememberingEncoder(encoder, reporter.check) if encoder is not None else None
    messages = tuple(map(Example, unlabelled))
    # Which way to learn a table does better was measured (decision 0017); Adam takes more time.
    entries = remembering is not None and not crosses(len(dataset), config)
    run = _Run(config, labels, titles, seed, reporter, remembering, apart, entries, generated, messages)
    with one_thread():
        held, order, epochs, probe, rehearsed = _held_out(run, dataset, validation)
        # Only where `validation` is given, the final network is measured as well.
        final = run.fit(dataset.examples, (), epochs, "final", validation.examples if validation else ())
        outside = run.score(final, out_of_scope) if out_of_scope else None
    in_context = bool(labels.context_symbols) or labels.previous_message
    bounds = fit_bounds(held, config, outside, labels.known, in_context=in_context)
    bounds = with_several(bounds, rehearsed, labels.known)
    parts = _components(run, final, bounds, taught, catalogue)
    name = version or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{taught.fingerprint()[:8]}"
    pipeline = NluPipeline(parts, version=name)
    evaluation = _evaluate(run, pipeline, probe, bounds, catalogue, out_of_scope)
    answers = held_out_answers(order, held, bounds, labels.intents, config)
    seconds = time.monotonic() - begun
    reporter.check()
    folder = Path(output_dir)
    _write(
        folder,
        parts,
        name,
        taught,
        seed,
        bounds,
        evaluation.metrics,
        seconds,
        answers,
        (len(generated), len(unlabelled)),
    )
    size = sum(file.stat().st_size for file in folder.iterdir())
    return TrainingResult(folder, name, evaluation, bounds, seconds, size)


@dataclass(frozen=True, slots=True)
class _Probe:
    """Examples to measure on, and the fit that has not seen them; None when that is the final one."""

    shown: Dataset
    kept: Dataset
    fit: _Fit | None


def _held_out(
    run: _Run, dataset: Dataset, validation: Dataset | None
) -> tuple[HeldOut, tuple[Example, ...], int, _Probe, list[tuple[Rehearsal, HeldOut]]]:
    """Honest scores, the examples they are of, the number of epochs that did best, what to measure on, and
    what was rehearsed."""
    config = run.config
    if validation is not None:
        epochs = run.schedule(len(dataset))
        fit = run.fit(dataset.examples, validation.examples, epochs, "validation", validation.examples)
        scores = run.score(fit, validation.examples)
        rehearsed = run.rehearse(fit, validation.examples)
        return scores, validation.examples, fit.best_epoch, _Probe(validation, dataset, None), rehearsed
    crossed = crosses(len(dataset), config)
    folds = folds_of(dataset, config, seed=run.seed, crossed=crossed, reserves=run.reserves, apart=run.apart)
    parts, best, rehearsed = [], [], []
    order: list[Example] = []
    for number, fold in enumerate(folds, start=1):
        hidden = set(fold)
        kept = dataset.select(row for row in range(len(dataset)) if row not in hidden)
        shown = dataset.select(fold)
        # With few examples the best epoch of a fold is luck: the whole schedule is run and nothing is chosen.
        watched = () if crossed else shown.examples
        stage = f"validation {number}/{len(folds)}"
        fit = run.fit(kept.examples, watched, run.schedule(len(kept)), stage, shown.examples)
        parts.append(run.score(fit, shown.examples))
        rehearsed += run.rehearse(fit, shown.examples, len(folds))
        order += shown.examples
        best.append(fit.best_epoch)
        probe = _Probe(shown, kept, fit)
    epochs = run.schedule(len(dataset)) if crossed else best[0]
    return HeldOut.joined(parts), tuple(order), epochs, probe, rehearsed


def _components(run: _Run, fit: _Fit, bounds: Bounds, dataset: Dataset, catalogue: EntityCatalogue) -> Components:
    with torch.no_grad():
        fit.network.shares.copy_(torch.tensor(bounds.shares))
        fit.network.temperatures.copy_(torch.tensor(bounds.temperatures))
    places = {name: index for index, name in enumerate(run.labels.intents)}
    exact = ExactMatcher.build(
        (example.text, places[names[0]])
        for example in dataset.examples
        if len(names := intents_of(example) or (OUT_OF_SCOPE,)) == 1 and names[0] in places
    )
    return Components(
        config=run.config,
        labels=run.labels,
        vocabulary=fit.vocabulary,
        network=fit.network,
        exact=exact,
        catalogue=catalogue,
        scope=bounds.scope,
        temperature=bounds.temperature,
        thresholds=bounds.thresholds,
        trained=fit.trained,
        # Not the one that remembers: what a message costs is measured with this model.
        encoder=run.encoder.encoder if run.encoder is not None else None,
    )


def _evaluate(
    run: _Run,
    pipeline: NluPipeline,
    probe: _Probe,
    bounds: Bounds,
    catalogue: EntityCatalogue,
    out_of_scope: tuple[Example, ...],
) -> Evaluation:
    """Measure with the model's own bounds on examples that the measured fit has not seen."""
    if probe.fit is not None:
        pipeline = NluPipeline(_components(run, probe.fit, bounds, probe.kept, catalogue))
    return evaluate_in_detail(pipeline, probe.shown, out_of_scope)


def _write(
    folder: Path,
    parts: Components,
    name: str,
    dataset: Dataset,
    seed: int,
    bounds: Bounds,
    metrics: Metrics,
    seconds: float,
    answers: tuple[HeldOutAnswer, ...],
    beside: tuple[int, int],
) -> None:
    """`beside`: how many of the examples are generated, and how many unlabelled messages there were."""
    fields, documents, tensors = components_to(parts)
    manifest = {
        **fields,
        "version": name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "data_fingerprint": dataset.fingerprint(),
        "config_fingerprint": parts.config.fingerprint(),
        "libraries": {library: installed(library) for library in LIBRARIES},
        "seed": seed,
        "examples": len(dataset),
        "generated": beside[0],
        "unlabelled": beside[1],
        "token_size": parts.config.token_size,
        "training_seconds": round(seconds, 1),
        "held_out": {
            "intent_accuracy": bounds.held_out_accuracy,
            "calibration_error": bounds.calibration_error,
            "shares": list(bounds.shares),
        },
    }
    documents["metrics.json"] = json.dumps(metrics.to_json(), indent=2) + "\n"
    documents["MODEL_CARD.md"] = model_card(manifest, metrics)
    documents[HELD_OUT_FILE] = write_answers(answers)
    write_folder(folder, manifest=manifest, documents=documents, tensors=tensors)
