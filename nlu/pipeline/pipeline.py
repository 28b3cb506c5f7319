"""From a text to a `Parse`: exact match, model, scope, entities, several intents."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nlu.errors import CorruptArtifact, IncompatibleArtifact, InvalidData
from nlu.pipeline.artifacts import read_folder
from nlu.pipeline.calibration import Matrix, sigmoid, softmax
from nlu.pipeline.clauses import Clause, added_clauses, clauses_of
from nlu.pipeline.components import Components, components_from
from nlu.pipeline.encoder import BagTensors
from nlu.pipeline.entity_resolver import EntityCatalogue, EntityResolver
from nlu.pipeline.reader import NetworkReader
from nlu.pipeline.scope import Scores as ScopeScores
from nlu.pipeline.scope import script_of
from nlu.pipeline.several import divide
from nlu.pipeline.tagged_spans import tagged_spans
from nlu.pipeline.threads import one_thread
from nlu.pipeline.token_features import token_batch
from nlu.pipeline.token_vectors import ReadTexts
from nlu.pipeline.tokenization import Token, tokenize_text
from nlu.pipeline.vocabulary import BagBatch
from nlu.types import (
    EMPTY_CONTEXT,
    LONGEST_READ,
    DialogueContext,
    EntitySpan,
    IntentScore,
    IntentSpan,
    Parse,
    Stage,
    Thresholds,
)

# Intents of a parse, most probable first; the rest are never shown or used.
RANKED = 10


@dataclass(frozen=True, slots=True)
class _Scores:
    """probabilities: [texts, intents]; scope: [texts], in 0-1."""

    probabilities: Matrix
    scope: ScopeScores


def _surest(span: IntentSpan) -> float:
    return -span.confidence


class NluPipeline:
    """A loaded model version. Reading it (parsing) is safe from several threads at once."""

    def __init__(self, components: Components, *, version: str = "") -> None:
        self._parts = components
        self._reader = NetworkReader(components.network)
        self._resolver = EntityResolver(components.catalogue, components.vocabulary.knows)
        self.version = version
        components.network.eval()

    @classmethod
    def load(cls, folder: str | Path) -> NluPipeline:
        """Load and verify a model folder.

        Raises IncompatibleArtifact (another format or encoder) or CorruptArtifact (anything that is not as
        written).
        """
        path = Path(folder)
        content = read_folder(path)
        try:
            parts = components_from(content.manifest, content.documents, content.tensors)
            return cls(parts, version=str(content.manifest.get("version", "")) or path.name)
        except (IncompatibleArtifact, CorruptArtifact):
            raise
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, RuntimeError, InvalidData) as error:
            raise CorruptArtifact(f"{path.name}: {error}") from error

    @property
    def thresholds(self) -> Thresholds:
        """The bounds fitted with this model."""
        return self._parts.thresholds

    @property
    def intents(self) -> tuple[str, ...]:
        """All intents that this model knows, in the order of its output."""
        return self._parts.labels.intents[: self._parts.labels.known]

    @property
    def labels(self) -> tuple[str, ...]:
        """`intents`, and the reserved label if this model was taught what to leave alone."""
        return self._parts.labels.intents

    @property
    def catalogue(self) -> EntityCatalogue:
        """The entity data that the model was trained with."""
        return self._parts.catalogue

    @property
    def entity_types(self) -> frozenset[str]:
        """The entity types that this model can find, by its tagger, a list or a pattern."""
        catalogue = self._parts.catalogue
        tagged = {tag[2:] for tag in self._parts.labels.tags if tag != "O"}
        listed = {entry.type for entry in catalogue.lists} | {entry.type for entry in catalogue.patterns}
        return frozenset(tagged | listed)

    @property
    def learned_by_encoder(self) -> frozenset[int]:
        """`text_key` of every text that the sentence encoder was taught from; none without an encoder."""
        encoder = self._parts.encoder
        return frozenset(encoder.learned.tolist()) if encoder is not None else frozenset()

    def parse(
        self,
        text: str,
        *,
        locale: str = "",
        context: DialogueContext = EMPTY_CONTEXT,
        clock: datetime | None = None,
    ) -> Parse:
        """Understand one text. `locale` is noted in the result; the model itself serves all its languages."""
        return self.parse_many([text], [context], [locale], clock=clock)[0]

    def parse_many(
        self,
        texts: Sequence[str],
        contexts: Sequence[DialogueContext] | None = None,
        locales: Sequence[str] | None = None,
        *,
        clock: datetime | None = None,
    ) -> list[Parse]:
        """Understand several texts in one forward pass, in which the clauses of a message are read as well.

        Contexts and locales, if given, are one per text (ValueError otherwise). `clock` is what tomorrow is
        counted from, by default now in the process's time zone. `milliseconds` of each parse is its share of the
        batch's time.
        """
        contexts = contexts if contexts is not None else [EMPTY_CONTEXT] * len(texts)
        locales = locales if locales is not None else [""] * len(texts)
        if not len(texts) == len(contexts) == len(locales):
            raise ValueError("one context and one locale per text")
        if not texts:
            return []
        # Once for all steps: entering it costs as much as one of them.
        with one_thread(), torch.inference_mode():
            return self._parse_all(texts, contexts, locales, clock)

    def _parse_all(
        self,
        texts: Sequence[str],
        contexts: Sequence[DialogueContext],
        locales: Sequence[str],
        clock: datetime | None,
    ) -> list[Parse]:
        begun = time.perf_counter()
        read = [text[:LONGEST_READ] for text in texts]
        lines = [tokenize_text(text) for text in read] if self._parts.labels.tags else [[] for _ in read]
        seen = self._read(read, lines)
        tagged = self._tag(read, lines, seen.tokens)
        entities = [
            self._resolver.resolve(read[i], tagged[i], clock=clock, locale=locales[i]) for i in range(len(texts))
        ]
        cuts = [self._clauses(text, spans) for text, spans in zip(read, entities, strict=True)]
        owners = [row for row, clauses in enumerate(cuts) for _ in clauses]
        pieces = [read[row][start:end] for row, clauses in enumerate(cuts) for start, end in clauses]
        sentences = torch.cat([seen.sentences, self._sentences(pieces)]) if pieces else seen.sentences
        scores = self._score([*read, *pieces], sentences, [*contexts, *(contexts[row] for row in owners)])
        bound = self.thresholds.scope
        drafts = [
            self._decide(read[i], scores.probabilities[i], float(scores.scope[i])) for i in range(len(texts))
        ]
        several: list[tuple[IntentSpan, ...]] = []
        first = len(texts)
        for row, clauses in enumerate(cuts):
            _, scope, stage = drafts[row]
            labelled = self._parts.config.multi_label and stage != "exact" and scope >= bound
            several.append(
                self._present(scores.probabilities[row])
                if labelled
                else self._several(read[row], clauses, scores, row, first)
            )
            first += len(clauses)
        each = (time.perf_counter() - begun) * 1000 / len(texts)
        return [
            Parse(
                text=text,
                locale=locale,
                intents=intents,
                entities=spans,
                in_scope=score >= bound,
                scope_score=score,
                scope_threshold=bound,
                matched_by=stage,
                model_version=self.version,
                milliseconds=each,
                several=found,
            )
            for text, locale, (intents, score, stage), spans, found in zip(
                texts, locales, drafts, entities, several, strict=True
            )
        ]

    def found(self, parse: Parse) -> frozenset[str]:
        """All intents that the model takes to be in a message that it parsed, as evaluations count them.

        A model of several intents may find none; what it finds is counted before any rejection, like accuracy. One
        of one intent a message finds none in what it rejects.
        """
        if self._parts.config.multi_label:
            bound = self.thresholds.present
            return frozenset(score.name for score in parse.intents if score.confidence >= bound)
        return frozenset(span.name for span in parse.several) or frozenset(filter(None, [parse.understood]))

    def probabilities(self, logits: Matrix) -> Matrix:
        """Calibrated probabilities [texts, labels] of logits; rows sum to 1 unless the model is multi-label."""
        scaled = logits / self._parts.temperature
        if self._parts.config.multi_label:
            return sigmoid(scaled)
        return softmax(scaled)

    def _score(self, texts: Sequence[str], sentences: Tensor, contexts: Sequence[DialogueContext]) -> _Scores:
        """What the heads and the scope model say; sentences: [texts, vector size]."""
        bags = self._parts.vocabulary.bags(texts)
        logits = self._logits(sentences, bags, contexts)
        probabilities = self.probabilities(logits)[:, : self._parts.labels.known]
        scripts = [script_of(text) for text in texts]
        closeness = self._parts.trained.closeness(sentences)
        sure = probabilities.max(axis=1, initial=0.0)
        return _Scores(probabilities, self._parts.scope.scores(sure, bags.coverage, closeness, scripts))

    def _clauses(self, text: str, entities: Sequence[EntitySpan]) -> list[Clause]:
        """The clauses to read by themselves; none of a message that training saw, which has one intent."""
        if self._parts.config.multi_label or self.thresholds.several >= 1 or self._parts.labels.known < 2:
            return []
        clauses = clauses_of(text, [(span.start, span.end) for span in entities])
        return clauses if clauses and self._parts.exact.match(text) is None else []

    def _present(self, probabilities: Matrix) -> tuple[IntentSpan, ...]:
        """The intents that a model of several finds in a message in scope, surest first; none of a single one."""
        names = self._parts.labels.intents
        found = np.flatnonzero(probabilities >= self.thresholds.present)
        sure = sorted((IntentSpan(names[i], float(probabilities[i])) for i in found), key=_surest)
        return tuple(sure[:RANKED]) if len(sure) > 1 else ()

    def _several(
        self, text: str, clauses: Sequence[Clause], scores: _Scores, row: int, first: int
    ) -> tuple[IntentSpan, ...]:
        """The intents of a message that says several; its clauses' scores lie from the row `first` on."""
        names = self._parts.labels.intents
        if not clauses:
            return ()
        rows = slice(first, first + len(clauses))
        # Not what training says of a clause word for word: the bound was learned without.
        bounds = self.thresholds
        inside = [bool(score >= bounds.scope) for score in scores.scope[rows]]
        says = [bounds.added_says if added else bounds.whole_says for added in added_clauses(text, clauses)]
        division = divide(scores.probabilities[row], scores.probabilities[rows], inside, bounds.confidence, says)
        if division is None or division.score <= bounds.several:
            return ()
        return tuple(
            IntentSpan(names[one.intent], one.confidence, clauses[one.first][0], clauses[one.last][1])
            for one in division.concerns
        )

    def _read(self, texts: Sequence[str], lines: Sequence[Sequence[Token]]) -> ReadTexts:
        """The vectors of the texts and, if the tagger reads them, of their tokens, from one pass of the encoder.

        No columns without a sentence encoder, or without vectors of tokens.
        """
        encoder = self._parts.encoder
        if encoder is not None and self._parts.config.token_size:
            return encoder.read(texts, lines)
        return ReadTexts(self._sentences(texts), tuple(torch.zeros(len(line), 0) for line in lines))

    def _sentences(self, texts: Sequence[str]) -> Tensor:
        """The sentence vectors, [texts, vector size]; no columns without a sentence encoder."""
        encoder = self._parts.encoder
        return encoder.encode(texts) if encoder is not None else torch.zeros(len(texts), 0)

    def _logits(self, sentences: Tensor, bags: BagBatch, contexts: Sequence[DialogueContext]) -> Matrix:
        before = bags
        if self._parts.labels.previous_message:
            before = self._parts.vocabulary.bags([context.previous_message[:LONGEST_READ] for context in contexts])
        logits = self._reader.logits(BagTensors.of(bags), sentences, BagTensors.of(before), contexts)
        return logits.double().numpy()

    def _decide(
        self, text: str, probabilities: Matrix, scope: float
    ) -> tuple[tuple[IntentScore, ...], float, Stage]:
        names = self._parts.labels.intents
        order = np.argsort(-probabilities, kind="stable")[:RANKED]
        ranked = [IntentScore(names[i], float(probabilities[i])) for i in order]
        known = self._parts.exact.match(text)
        if known is None:
            return tuple(ranked), scope, "model"
        if known >= len(probabilities):
            return tuple(ranked), 0.0, "exact"
        others = [IntentScore(score.name, 0.0) for score in ranked if score.name != names[known]]
        return (IntentScore(names[known], 1.0), *others[: RANKED - 1]), 1.0, "exact"

    def _tag(
        self, texts: Sequence[str], lines: Sequence[Sequence[Token]], vectors: Sequence[Tensor]
    ) -> list[list[EntitySpan]]:
        tagger = self._parts.network.tagger
        found: list[list[EntitySpan]] = [[] for _ in texts]
        if tagger is None:
            return found
        rows = [row for row, line in enumerate(lines) if line]
        if not rows:
            return found
        written, tokens = [texts[row] for row in rows], [lines[row] for row in rows]
        batch = token_batch(tokens, written, self._parts.vocabulary)
        said = vectors[rows[0]] if len(rows) == 1 else torch.cat([vectors[row] for row in rows])
        emissions = self._reader.emissions(batch, said).numpy()
        path = tagger.crf.decode_all(emissions, batch.lengths)
        for row, spans in zip(rows, tagged_spans(written, tokens, tagger.tags, path, emissions), strict=True):
            found[row] = spans
        return found
