"""The health of a workspace's training data: what the rules of `nlu.data_health` find in its rows.

The rules are quick (under a second for 15,000 utterances) and need no model, so screens ask for them directly; the
last answers are kept in memory as long as the rows say the same.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from nlu.data_health.balance import Imbalance, find_imbalance
from nlu.data_health.doubts import Doubt, Opinion, find_doubts
from nlu.data_health.marks import Contradiction, ListOverlap, find_contradictions, find_overlaps
from nlu.data_health.settling import Settleable, content_key
from nlu.data_health.similar import Conflict, Repetition, find_similar
from nlu.data_health.texts import OUTSIDE, TaughtText
from nlu.export import ENOUGH_UTTERANCES, entity_catalogue
from nlu.held_out import FILE, by_key, read_answers
from nlu.inference import version_dir
from nlu.models import Article, EntityAnnotation, ModelVersion, SettledFinding, Utterance, Workspace
from nlu.models.intents import UtteranceSource
from nlu.pipeline.entity_resolver import EntityList
from nlu.pipeline.exact_matcher import text_key
from nlu.types import OUT_OF_SCOPE

KEPT: Final = 4


@dataclass(frozen=True, slots=True)
class HealthReport:
    """Everything that was found in `texts` (by id).

    judged_by: number of the version whose training had the doubts; None without one.
    keys: what each conflict and doubt is called where it is answered (`content_key`), answered or not.
    named: the same the other way round; of several rows that say the same, each is in a finding of its own.
    settled: conflicts and doubts that somebody has let stand, with the answer, newest answers first; they are not
    among the others.
    """

    texts: Mapping[int, TaughtText]
    conflicts: tuple[Conflict, ...]
    repetitions: tuple[Repetition, ...]
    imbalances: tuple[Imbalance, ...]
    contradictions: tuple[Contradiction, ...]
    overlaps: tuple[ListOverlap, ...]
    doubts: tuple[Doubt, ...]
    judged_by: int | None
    keys: Mapping[Settleable, str] = field(default_factory=dict)
    named: Mapping[str, tuple[Settleable, ...]] = field(default_factory=dict)
    settled: Mapping[Settleable, SettledFinding] = field(default_factory=dict)

    def key_of(self, finding: Settleable) -> str:
        """What the finding is called where it is answered."""
        return self.keys[finding]

    @property
    def repeated(self) -> int:
        """How many utterances say what another one says already."""
        return sum(len(one.others) for one in self.repetitions)


@dataclass(frozen=True, slots=True)
class HealthCounts:
    """How many findings of each kind there are; `repeated` counts utterances."""

    conflicts: int
    repeated: int
    imbalances: int
    contradictions: int
    doubts: int

    @property
    def total(self) -> int:
        """All together."""
        return self.conflicts + self.repeated + self.imbalances + self.contradictions + self.doubts


_reports: OrderedDict[int, tuple[str, HealthReport]] = OrderedDict()
_lock = threading.Lock()


def health_report(workspace: Workspace) -> HealthReport:
    """What is found in the rows as they are now, and which of it people have let stand."""
    return with_answers(workspace, found_in(workspace))


def with_answers(workspace: Workspace, found: HealthReport) -> HealthReport:
    """What was found (`found_in`), and which of it people have let stand by now."""
    answers = workspace.settled_findings.select_related("settled_by").order_by("-pk")
    settled = {one: row for row in answers for one in found.named.get(row.content, ())}
    if not settled:
        return found
    return replace(
        found,
        conflicts=tuple(one for one in found.conflicts if one not in settled),
        doubts=tuple(one for one in found.doubts if one not in settled),
        settled=settled,
    )


def found_in(workspace: Workspace) -> HealthReport:
    """What the rules find, whatever people have said of it."""
    texts = taught_texts(workspace)
    articles = article_texts(workspace)
    intents = dict(workspace.intents.order_by("name").values_list("name", "id"))
    lists = entity_catalogue(workspace).lists
    version = latest_judge(workspace)
    fingerprint = fingerprint_of((*texts, *articles), intents, lists, workspace.default_locale, version)
    with _lock:
        kept = _reports.get(workspace.pk)
        if kept is not None and kept[0] == fingerprint:
            _reports.move_to_end(workspace.pk)
            return kept[1]
    conflicts, repetitions = find_similar((*texts, *articles))
    doubts = find_doubts(texts, opinions_on(texts, version_dir(version)), intents) if version else ()
    by_id = {text.id: text for text in (*texts, *articles)}
    settleable: tuple[Settleable, ...] = (*conflicts, *doubts)
    keys = {one: content_key(one, by_id) for one in settleable}
    named: dict[str, tuple[Settleable, ...]] = {}
    for one, key in keys.items():
        named[key] = (*named.get(key, ()), one)
    report = HealthReport(
        texts=by_id,
        conflicts=conflicts,
        repetitions=repetitions,
        imbalances=find_imbalance(
            [text for text in texts if not text.generated],
            tuple(intents.values()),
            default_locale=workspace.default_locale,
            enough=ENOUGH_UTTERANCES,
        ),
        contradictions=find_contradictions(texts, lists),
        overlaps=find_overlaps(lists),
        doubts=doubts,
        judged_by=version.number if version else None,
        keys=keys,
        named=named,
    )
    with _lock:
        _reports[workspace.pk] = (fingerprint, report)
        _reports.move_to_end(workspace.pk)
        while len(_reports) > KEPT:
            _reports.popitem(last=False)
    return report


def counts_of(report: HealthReport) -> HealthCounts:
    """The numbers of the report."""
    return HealthCounts(
        conflicts=len(report.conflicts),
        repeated=report.repeated,
        imbalances=len(report.imbalances),
        contradictions=len(report.contradictions) + len(report.overlaps),
        doubts=len(report.doubts),
    )


def forget_reports() -> None:
    """Drop what is kept in memory."""
    with _lock:
        _reports.clear()


def taught_texts(workspace: Workspace) -> tuple[TaughtText, ...]:
    """The utterances with their marks, oldest first."""
    spans: dict[int, list[tuple[int, int, str]]] = {}
    annotations = EntityAnnotation.objects.filter(utterance__workspace=workspace).order_by("utterance_id", "start")
    for utterance_id, start, end, name in annotations.values_list(
        "utterance_id", "start", "end", "entity_type__name"
    ):
        spans.setdefault(utterance_id, []).append((start, end, name))
    rows = Utterance.objects.filter(workspace=workspace).order_by("id")
    return tuple(
        TaughtText(
            pk,
            text,
            intent or OUTSIDE,
            locale,
            tuple(spans.get(pk, ())),
            generated=source == UtteranceSource.GENERATED,
        )
        for pk, text, intent, locale, source in rows.values_list("id", "text", "intent_id", "locale", "source")
    )


def article_texts(workspace: Workspace) -> tuple[TaughtText, ...]:
    """What published articles with an intent teach: titles and questions, numbered downwards from -1."""
    rows = Article.objects.filter(workspace=workspace, status="published", intent__isnull=False).order_by("id")
    found: list[TaughtText] = []
    for pk, intent, locale, title, questions in rows.values_list(
        "id", "intent_id", "locale", "published_revision__title", "published_revision__questions"
    ):
        lines = dict.fromkeys(line.strip() for line in (title or "", *(questions or "").splitlines()))
        found += [
            TaughtText(-number, line, intent, locale, article=pk)
            for number, line in enumerate(filter(None, lines), start=len(found) + 1)
        ]
    return tuple(found)


def fingerprint_of(
    texts: Sequence[TaughtText],
    intents: dict[str, int],
    lists: Sequence[EntityList],
    default_locale: str,
    version: ModelVersion | None,
) -> str:
    """A hash of everything that the report depends on."""
    digest = hashlib.sha256()
    for text in texts:
        row = [text.id, text.text, text.intent, text.locale, text.spans, text.article, text.generated]
        digest.update(json.dumps(row, separators=(",", ":")).encode())
    listed = [[entry.type, [[value.value, value.synonyms] for value in entry.values]] for entry in lists]
    rest = [intents, listed, default_locale, version.manifest_hash if version else "", ENOUGH_UTTERANCES]
    digest.update(json.dumps(rest).encode())
    return digest.hexdigest()


def latest_judge(workspace: Workspace) -> ModelVersion | None:
    """The newest version whose folder says what its training's models made of examples that they had not seen."""
    versions = ModelVersion.objects.filter(workspace=workspace).order_by("-number")
    return next((one for one in versions[:10] if (version_dir(one) / FILE).is_file()), None)


def opinions_on(texts: Sequence[TaughtText], folder: Path) -> dict[int, Opinion]:
    """What the version's training said of each utterance that it had held out."""
    answers = by_key(read_answers(folder))
    found = {}
    for text in texts if answers else ():
        answer = answers.get(text_key(text.text))
        if answer is not None and 0 <= answer.confidence <= 1:
            label = "" if answer.gold == OUT_OF_SCOPE else answer.gold
            said = "" if answer.said == OUT_OF_SCOPE else answer.said
            found[text.id] = Opinion(label, said, answer.confidence, answer.certain)
    return found
