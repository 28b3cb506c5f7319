"""New utterances from old ones: other values, other wordings, two utterances crossed.

Nothing here is trained by gradients. With five utterances an intent there is too little for that, while the ways
in which people vary what they say are there to be read off: in pairs of questions of one meaning, and in
utterances of one intent. What comes out is ranked by how likely the site's language finds it and by how much it
differs from what is there.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from nlu.generation.edits import EditBook, within
from nlu.generation.language_model import BEGIN, SiteLanguage
from nlu.generation.pieces import Piece, Typesetter, keys_of, pieces_of
from nlu.generation.proposals import Method, Proposal, Proposer, grouped, ignore_progress, never_cancel
from nlu.generation.values import ValueBook
from nlu.pipeline.entity_resolver import EntityCatalogue
from nlu.pipeline.tokenization import tokenize_text
from nlu.training.progress import Reporter
from nlu.training.question_pairs import QuestionPair
from nlu.types import Example, TrainingProgress

MOST_TAUGHT = 40
"""Utterances of an intent whose differences are learned; the work grows with the square."""
MOST_CANDIDATES = 1500
CHANGED_AGAIN = 12
"""Candidates of a source that are changed once more."""
LIKENESS_COST = 2.0
"""Natural log units that a candidate pays for being all of the same pairs of tokens as a text that is there."""
SEAM_COST = 0.4
"""Share of its least likely token's log probability that a candidate pays on top: that is where a seam shows."""
SHORTENED, WIDENED = 0.6, 1.5
"""How long a candidate may be, in lengths of the shortest and the longest utterance of its intent."""


@dataclass(frozen=True, slots=True)
class _Source:
    """An example in pieces; entities: (first token, token behind the last, type).

    others: texts that had a part in it, if it has been changed already.
    """

    example: Example
    pieces: tuple[Piece, ...]
    entities: tuple[tuple[int, int, str], ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    pieces: tuple[Piece, ...]
    entities: tuple[tuple[int, int, str], ...]
    source: _Source
    others: tuple[str, ...] = ()


class ParaphraseProposer(Proposer):
    """Retrieval and editing. `pairs`: questions of one meaning; `texts`: more of the site's language, unlabelled;
    `catalogue`: listed values and synonyms that entities may take."""

    method: ClassVar[Method] = "paraphrase"

    def __init__(
        self,
        *,
        catalogue: EntityCatalogue | None = None,
        pairs: Sequence[QuestionPair] = (),
        texts: Sequence[str] = (),
    ) -> None:
        self._catalogue = catalogue or EntityCatalogue()
        self._pairs = [pair for pair in pairs if pair.same]
        self._texts = texts

    def propose(
        self,
        examples: Sequence[Example],
        *,
        intents: Sequence[str],
        count: int,
        seed: int,
        progress: Callable[[TrainingProgress], None] = ignore_progress,
        should_cancel: Callable[[], bool] = never_cancel,
    ) -> tuple[Proposal, ...]:
        groups = grouped(examples, intents)
        reporter = Reporter(len(intents) + 1, progress, should_cancel)
        chance = random.Random(seed)  # noqa: S311  # draws examples, keeps no secret
        sources = {name: [_source(example) for example in rows] for name, rows in groups.items()}
        paired = [(pieces_of(pair.first), pieces_of(pair.second)) for pair in self._pairs]
        known = [source.pieces for rows in sources.values() for source in rows]
        others = [pieces_of(text) for text in self._texts]
        language = SiteLanguage(
            keys_of(one) for one in (*known, *others, *(side for pair in paired for side in pair))
        )
        reporter.check()
        book = EditBook()
        within(
            ((name, [(one.example.text, one.pieces) for one in rows]) for name, rows in sources.items()),
            book,
            MOST_TAUGHT,
        )
        for number, (pair, (first, second)) in enumerate(zip(self._pairs, paired, strict=True)):
            book.learn(first, second, f"pair {number}", (pair.first, pair.second))
        reporter.check()
        maker = _Maker(
            chance,
            book,
            ValueBook.of([source.example for rows in sources.values() for source in rows], self._catalogue),
        )
        setter = Typesetter([example.text for example in examples] + list(self._texts))
        reporter.epoch("edits", 0.0, None)
        proposals: list[Proposal] = []
        for name in dict.fromkeys(intents):
            candidates = list(_limited(maker.candidates(name, sources[name]), chance))
            reporter.check()
            proposals += _ranked(name, candidates, sources[name], language, setter, count)
            reporter.epoch(name, 0.0, None)
        return tuple(proposals)


def _source(example: Example) -> _Source:
    pieces, spans, entities = pieces_of(example.text), _places(example.text), []
    for start, end, kind in example.entities:
        inside = [i for i, (left, right) in enumerate(spans) if left < end and start < right]
        if inside:
            entities.append((inside[0], inside[-1] + 1, kind))
    return _Source(example, pieces, tuple(entities))


def _places(text: str) -> list[tuple[int, int]]:
    return [(token.start, token.end) for token in tokenize_text(text)]


def _limited(candidates: Iterator[_Candidate], chance: random.Random) -> list[_Candidate]:
    """At most `MOST_CANDIDATES`, every one with the same chance (reservoir sampling), no text twice."""
    kept: list[_Candidate] = []
    seen: set[tuple[str, ...]] = set()
    for candidate in candidates:
        keys = keys_of(candidate.pieces)
        if keys in seen:
            continue
        seen.add(keys)
        if len(kept) < MOST_CANDIDATES:
            kept.append(candidate)
        elif (place := chance.randrange(len(seen))) < MOST_CANDIDATES:
            kept[place] = candidate
    return kept


class _Maker:
    """Everything that can be made of the utterances of one intent."""

    def __init__(self, chance: random.Random, book: EditBook, values: ValueBook) -> None:
        self._chance = chance
        self._book = book
        self._values = values

    def candidates(self, intent: str, sources: Sequence[_Source]) -> Iterator[_Candidate]:
        """Candidates that are none of the sources, in a fixed order, some more than once."""
        known = {keys_of(source.pieces) for source in sources}
        lengths = [len(source.pieces) for source in sources]
        least, most = max(2.0, SHORTENED * min(lengths)), WIDENED * max(lengths)
        for source in sources:
            once = [*self._reworded(source, intent), *self._other_values(source)]
            once += [made for other in sources if other is not source for made in _crossed(source, other)]
            once = [made for made in once if least <= len(made.pieces) <= most]
            yield from (made for made in once if keys_of(made.pieces) not in known)
            # One change more takes a text further from where it came from than one alone.
            for made in self._chance.sample(once, min(CHANGED_AGAIN, len(once))):
                again = _Source(source.example, made.pieces, made.entities, made.others)
                for twice in (*self._reworded(again, intent), *self._other_values(again)):
                    if keys_of(twice.pieces) not in known and least <= len(twice.pieces) <= most:
                        yield _Candidate(twice.pieces, twice.entities, source, twice.others)

    def _reworded(self, source: _Source, intent: str) -> Iterator[_Candidate]:
        for start, end, edit in self._book.apply(source.pieces, intent):
            if not any(start < right and left < max(end, start + 1) for left, right, _ in source.entities):
                yield _replaced(source, start, end, edit.added, others=edit.seen_in)

    def _other_values(self, source: _Source) -> Iterator[_Candidate]:
        for start, end, kind in source.entities:
            for value, named_in in self._values.others(kind, keys_of(source.pieces[start:end])):
                yield _replaced(source, start, end, value, kind, others=(named_in,))


def _replaced(
    source: _Source, start: int, end: int, added: Sequence[Piece], kind: str = "", *, others: tuple[str, ...] = ()
) -> _Candidate:
    """`added` in the place of tokens [start, end); the entity that was there stays one of `kind`."""
    moved = len(added) - (end - start)
    entities = []
    for left, right, name in source.entities:
        if (left, right, name) == (start, end, kind):
            entities.append((start, start + len(added), kind))
        else:
            shift = moved if left >= end else 0
            entities.append((left + shift, right + shift, name))
    pieces = (*source.pieces[:start], *added, *source.pieces[end:])
    return _Candidate(pieces, tuple(entities), source, (*source.others, *others))


def _crossed(one: _Source, other: _Source) -> Iterator[_Candidate]:
    """The beginning of one and the end of the other, where both say the same word (two characters of Chinese)."""
    first, second = keys_of(one.pieces), keys_of(other.pieces)
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for j in range(1, len(second) - 1):
        places[_pivot(other.pieces, second, j)].append(j)
    for i in range(1, len(first) - 1):
        for j in places.get(_pivot(one.pieces, first, i), ()):
            if first[:i] == second[:j] or first[i:] == second[j:]:
                continue
            if any(left < i < right for left, right, _ in one.entities):
                continue
            if any(left < j < right for left, right, _ in other.entities):
                continue
            kept = [span for span in one.entities if span[1] <= i]
            kept += [(a - j + i, b - j + i, kind) for a, b, kind in other.entities if a >= j]
            yield _Candidate((*one.pieces[:i], *other.pieces[j:]), tuple(kept), one, (other.example.text,))


def _pivot(pieces: Sequence[Piece], keys: tuple[str, ...], place: int) -> tuple[str, ...]:
    return keys[place : place + 2] if pieces[place].kind == "cjk" else keys[place : place + 1]


def _pairs_of(keys: Sequence[str]) -> frozenset[tuple[str, str]]:
    return frozenset(zip((BEGIN, *keys), keys, strict=False))


def _ranked(
    intent: str,
    candidates: Sequence[_Candidate],
    sources: Sequence[_Source],
    language: SiteLanguage,
    setter: Typesetter,
    count: int,
) -> list[Proposal]:
    """The best by likelihood less likeness to what is there and what was chosen before (Carbonell & Goldstein
    1998), at most `count`."""
    surprises = [language.log_probabilities(keys_of(one.pieces)) for one in candidates]
    likely = [sum(each) / len(each) for each in surprises]
    worth = [mean + SEAM_COST * min(each) for mean, each in zip(likely, surprises, strict=True)]
    pairs = [_pairs_of(keys_of(one.pieces)) for one in candidates]
    like = [0.0] * len(candidates)

    def compare(text: frozenset[tuple[str, str]]) -> None:
        for place, mine in enumerate(pairs):
            shared = len(mine & text) / max(1, len(mine | text))
            like[place] = max(like[place], shared)

    for source in sources:
        compare(_pairs_of(keys_of(source.pieces)))
    left = set(range(len(candidates)))
    chosen: list[Proposal] = []
    while left and len(chosen) < count:
        best = max(left, key=lambda place: (worth[place] - LIKENESS_COST * like[place], -place))
        left.discard(best)
        candidate = candidates[best]
        joined = setter.join(candidate.pieces)
        spans = tuple((joined.places[a][0], joined.places[b - 1][1], kind) for a, b, kind in candidate.entities)
        example = candidate.source.example
        others = tuple(dict.fromkeys(text for text in candidate.others if text and text != example.text))
        chosen.append(
            Proposal(joined.text, intent, "paraphrase", likely[best], example.text, spans, example.locale, others)
        )
        compare(pairs[best])
    return chosen
