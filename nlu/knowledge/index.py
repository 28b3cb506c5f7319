"""The keyword index of one language of one workspace: candidates by BM25, then ranked by how well titles match.

`tantivy` finds candidate passages (pre-cut tokens, the title and the questions boosted). Each candidate article
is then scored by its best single line - its title or one of its questions - because a customer's question
resembles one of those more than the text that answers it; the text breaks ties. All parts of the score are
relative to the query, so scores of different queries compare.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tantivy

from nlu.knowledge.tokens import tokenize

# Candidate passages taken from the index before ranking.
CANDIDATES = 60
LONGEST_QUERY = 400
_TITLE_BOOST, _QUESTIONS_BOOST = 2.5, 2.0
_BODY_WEIGHT, _COVERAGE_WEIGHT = 0.15, 0.2
_K1, _B = 1.2, 0.75

# P(the best article answers the question), a logistic model of three parts, fitted on the development parts of
# StackFAQ, CovidFAQ and Chatopera and on own questions about the shop pack, with removed articles and off-topic
# questions as negatives.
_INTERCEPT, _SIMILARITY, _COVERAGE, _LEAD = -4.2, 4.9, 2.1, 2.5


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """One passage as it is indexed."""

    passage_id: int
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class IndexedArticle:
    """One article as it is indexed; `questions` are other ways to ask for it."""

    article_id: int
    title: str
    questions: tuple[str, ...]
    passages: tuple[IndexedPassage, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found, its best passage, the score that ranked it, and the relevance in 0-1."""

    article_id: int
    passage_id: int
    score: float
    relevance: float


@dataclass(frozen=True, slots=True)
class _Line:
    counts: Mapping[str, int]
    length: int


@dataclass(frozen=True, slots=True)
class _Query:
    counts: Counter[str]
    weight: float
    title_weight: float


@dataclass(frozen=True, slots=True)
class _Scored:
    article_id: int
    passage_id: int
    score: float
    similarity: float
    coverage: float


class KeywordIndex:
    """An index in memory, built once and never changed, so that threads may share it."""

    def __init__(self, articles: Iterable[IndexedArticle]) -> None:
        self._lines: dict[int, list[_Line]] = {}
        self._tokens: dict[int, np.ndarray] = {}
        self._first_passage: dict[int, int] = {}
        self._vocabulary: dict[str, int] = {}
        self._frequency: Counter[str] = Counter()
        self._title_frequency: Counter[str] = Counter()
        self._index = tantivy.Index(_schema())
        writer = self._index.writer(heap_size=15_000_000, num_threads=1)
        for article in articles:
            self._add(writer, article)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()
        lengths = [line.length for lines in self._lines.values() for line in lines]
        self._mean_length = sum(lengths) / len(lengths) if lengths else 1.0

    def __len__(self) -> int:
        """How many articles there are."""
        return len(self._lines)

    def search(self, query: str, limit: int = 5) -> list[Hit]:
        """The best articles, best first, each once with its best passage. Empty if no word is known."""
        counts = Counter(tokenize(query[:LONGEST_QUERY]))
        known = sorted(token for token in counts if token in self._vocabulary)
        if not known or limit < 1:
            return []
        asked = _Query(
            counts,
            sum(count * self._idf(token) for token, count in counts.items()),
            sum(count * self._title_idf(token) for token, count in counts.items()),
        )
        scored = [
            self._score(article_id, passage_id, body, asked)
            for article_id, (passage_id, body) in self._candidates(known, counts).items()
        ]
        scored.sort(key=lambda hit: (-hit.score, hit.article_id))
        hits: list[Hit] = []
        for place, hit in enumerate(scored[:limit]):
            relevance = _relevance(hit, scored[1:2] if not place else ())
            if hits:  # an article ranked lower never claims to be more relevant
                relevance = min(relevance, hits[-1].relevance)
            hits.append(Hit(hit.article_id, hit.passage_id, hit.score, relevance))
        return hits

    def _add(self, writer: tantivy.IndexWriter, article: IndexedArticle) -> None:
        lines = [tokenize(line) for line in (article.title, *article.questions)]
        self._lines[article.article_id] = [_Line(Counter(line), len(line)) for line in lines if line]
        title = " ".join(lines[0])
        questions = " ".join(token for line in lines[1:] for token in line)
        known = {token for line in lines for token in line}
        self._title_frequency.update(known)
        for number, passage in enumerate(article.passages):
            body = tokenize(f"{passage.heading}\n{passage.text}")
            known.update(body)
            if not number:
                self._first_passage[article.article_id] = passage.passage_id
            document = tantivy.Document()
            document.add_unsigned("article", article.article_id)
            document.add_unsigned("passage", passage.passage_id)
            document.add_text("title", title)
            document.add_text("questions", questions)
            document.add_text("body", " ".join(body))
            writer.add_document(document)
        self._frequency.update(known)
        ids = sorted(self._vocabulary.setdefault(token, len(self._vocabulary)) for token in known)
        self._tokens[article.article_id] = np.array(ids, dtype=np.int32)

    def _candidates(self, known: Sequence[str], counts: Mapping[str, int]) -> dict[int, tuple[int, float]]:
        """Article -> its passage whose text matches best, and that text's BM25 score (0 if only lines match)."""
        body = _any_of("body", known, counts)
        found: dict[int, tuple[int, float]] = {}
        for score, article_id, passage_id in self._run(body):
            if article_id not in found or score > found[article_id][1]:
                found[article_id] = (passage_id, score)
        everywhere = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.boost_query(_any_of("title", known, counts), _TITLE_BOOST)),
                (
                    tantivy.Occur.Should,
                    tantivy.Query.boost_query(_any_of("questions", known, counts), _QUESTIONS_BOOST),
                ),
                (tantivy.Occur.Should, body),
            ]
        )
        candidates: dict[int, tuple[int, float]] = {}
        for _, article_id, _ in self._run(everywhere):
            candidates.setdefault(article_id, found.get(article_id, (self._first_passage[article_id], 0.0)))
        return candidates

    def _run(self, query: tantivy.Query) -> list[tuple[float, int, int]]:
        found = []
        for score, address in self._searcher.search(query, CANDIDATES, count=False).hits:
            document = self._searcher.doc(address)
            found.append((float(score), int(document["article"][0]), int(document["passage"][0])))
        return found

    def _score(self, article_id: int, passage_id: int, body: float, asked: _Query) -> _Scored:
        similarity = best_line = 0.0
        for line in self._lines[article_id]:
            cosine, match = self._compare(line, asked)
            similarity = max(similarity, cosine)
            best_line = max(best_line, cosine * math.sqrt(match))
        tokens = [token for token in asked.counts if token in self._vocabulary]
        present = np.isin([self._vocabulary[token] for token in tokens], self._tokens[article_id])
        covered = sum(
            asked.counts[token] * self._idf(token)
            for token, is_present in zip(tokens, present, strict=True)
            if is_present
        )
        coverage = covered / asked.weight
        score = best_line + _BODY_WEIGHT * body / asked.weight + _COVERAGE_WEIGHT * coverage
        return _Scored(article_id, passage_id, score, similarity, coverage)

    def _compare(self, line: _Line, asked: _Query) -> tuple[float, float]:
        """Cosine of the shared words weighted by rarity, and BM25 of the line relative to the whole query."""
        shared = match = 0.0
        for token, count in asked.counts.items():
            here = line.counts.get(token)
            if here:
                shared += min(count, here) * self._idf(token)
                norm = _K1 * (1 - _B + _B * line.length / self._mean_length)
                match += count * self._title_idf(token) * here * (_K1 + 1) / (here + norm)
        if not shared:
            return 0.0, 0.0
        weight = sum(count * self._idf(token) for token, count in line.counts.items())
        return shared / math.sqrt(asked.weight * weight), match / asked.title_weight

    def _idf(self, token: str) -> float:
        return _rarity(self._frequency[token], len(self._lines))

    def _title_idf(self, token: str) -> float:
        return _rarity(self._title_frequency[token], len(self._lines))


def _rarity(frequency: int, articles: int) -> float:
    return math.log(1 + (articles - frequency + 0.5) / (frequency + 0.5))


def _relevance(hit: _Scored, next_best: Sequence[_Scored]) -> float:
    lead = 1 - next_best[0].score / hit.score if next_best and hit.score else 0.0
    z = _INTERCEPT + _SIMILARITY * hit.similarity + _COVERAGE * hit.coverage + _LEAD * lead
    return 1 / (1 + math.exp(-z))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("article", "passage"):
        builder.add_unsigned_field(name, stored=True)
    for name in ("title", "questions", "body"):
        builder.add_text_field(name, stored=False, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _any_of(field: str, tokens: Sequence[str], counts: Mapping[str, int]) -> tantivy.Query:
    schema = _SCHEMA
    return tantivy.Query.boolean_query(
        [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(schema, field, token, index_option="freq"), counts[token]
                ),
            )
            for token in tokens
        ]
    )


_SCHEMA = _schema()
