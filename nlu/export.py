"""From rows to a training set: the only bridge between the database and training."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from nlu.models import (
    Article,
    EntityAnnotation,
    EntityType,
    EvaluationCase,
    IntentTitle,
    MaskingRule,
    Utterance,
    Workspace,
)
from nlu.models.intents import UtteranceSource
from nlu.models.masking import Recognizer
from nlu.pipeline.entity_resolver import EntityCatalogue, EntityList, EntityPattern, ListValue
from nlu.pipeline.normalizer import canonical
from nlu.recognizers.entities import KINDS
from nlu.types import Example

ENOUGH_UTTERANCES = 10


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a model of the workspace learns from.

    titles: what staff and customers read as the intents' names, an example each; withheld: texts of the evaluation
    set; left_out: how many examples are cases of it; generated: examples that train, while nothing is ever
    measured on them.
    """

    examples: tuple[Example, ...]
    out_of_scope: tuple[Example, ...]
    catalogue: EntityCatalogue
    titles: tuple[Example, ...] = ()
    withheld: tuple[str, ...] = ()
    left_out: int = 0
    generated: tuple[Example, ...] = ()


def training_data(workspace: Workspace) -> TrainingData:
    """Everything that the workspace teaches, in a stable order so that equal data trains an equal model.

    Examples that say the same as a case of the evaluation set are left out: what a model has learned by heart says
    nothing about what it understands. Corrections are cases that teach all the same (decision 0011).
    """
    spans: dict[int, list[tuple[int, int, str]]] = {}
    annotations = EntityAnnotation.objects.filter(utterance__workspace=workspace).order_by("utterance_id", "start")
    for utterance_id, start, end, name in annotations.values_list(
        "utterance_id", "start", "end", "entity_type__name"
    ):
        spans.setdefault(utterance_id, []).append((start, end, name))
    examples: list[Example] = []
    outside: list[Example] = []
    generated: list[Example] = []
    rows = Utterance.objects.filter(workspace=workspace).order_by("normalized")
    columns = ("id", "text", "locale", "intent__name", "source", "made_from")
    for utterance_id, text, locale, intent, source, made_from in rows.values_list(*columns):
        example = Example(
            text=text,
            intent=intent or "",
            entities=tuple(spans.get(utterance_id, ())),
            locale=locale,
            generated=source == UtteranceSource.GENERATED,
            made_from=tuple(made_from),
        )
        (generated if example.generated else examples if intent else outside).append(example)
    known = {canonical(example.text) for example in (*examples, *outside, *generated)}
    examples += article_examples(workspace, known)
    cases = EvaluationCase.objects.filter(workspace=workspace).frozen()
    frozen = set(cases.values_list("normalized", flat=True))
    kept, kept_outside, kept_generated = (
        tuple(example for example in part if canonical(example.text) not in frozen)
        for part in (examples, outside, generated)
    )
    return TrainingData(
        examples=kept,
        out_of_scope=kept_outside,
        catalogue=entity_catalogue(workspace),
        titles=intent_titles(workspace),
        withheld=tuple(sorted(frozen)),
        left_out=len(examples) + len(outside) - len(kept) - len(kept_outside),
        generated=kept_generated,
    )


def intent_titles(workspace: Workspace) -> tuple[Example, ...]:
    """The titles of the workspace's intents in all languages, in a stable order."""
    rows = IntentTitle.objects.filter(intent__workspace=workspace).order_by("intent__name", "locale")
    return tuple(
        Example(text=title, intent=name, locale=locale)
        for name, locale, title in rows.values_list("intent__name", "locale", "title")
    )


def article_examples(workspace: Workspace, known: set[str]) -> list[Example]:
    """What articles say about how customers ask: title and questions of each published article with an intent.

    Texts in `known` (canonical form) are left out, so that an utterance always has the last word.
    """
    rows = Article.objects.filter(workspace=workspace, status="published", intent__isnull=False).order_by("id")
    found: list[Example] = []
    for intent, locale, title, questions in rows.values_list(
        "intent__name", "locale", "published_revision__title", "published_revision__questions"
    ):
        for text in (title or "", *(questions or "").splitlines()):
            key = canonical(text)
            if key and key not in known:
                known.add(key)
                found.append(Example(text=text.strip(), intent=intent or "", locale=locale))
    return found


def entity_catalogue(workspace: Workspace) -> EntityCatalogue:
    """The lists, patterns and placeholder labels of the workspace, as a model folder carries them.

    An entity type named like a built-in recognizer (date, money, ...) is found by that one, unless it has values
    or a pattern of its own.
    """
    types = EntityType.objects.filter(workspace=workspace).prefetch_related("values__synonyms").order_by("name")
    lists = tuple(
        EntityList(
            entity_type.name,
            tuple(
                ListValue(value.value, tuple(synonym.text for synonym in value.synonyms.all()))
                for value in entity_type.values.all()
            ),
        )
        for entity_type in types
    )
    labels = MaskingRule.objects.filter(workspace=workspace).exclude(recognizer=Recognizer.PATTERN)
    return EntityCatalogue(
        lists=tuple(entry for entry in lists if entry.values),
        patterns=tuple(EntityPattern(kind.name, kind.pattern) for kind in types if kind.pattern),
        placeholders=tuple(labels.order_by("label").values_list("label", "recognizer")),
        builtins=tuple(
            kind.name for kind in types if kind.name in KINDS and not kind.pattern and not kind.values.all()
        ),
    )


@dataclass(frozen=True, slots=True)
class DatasetHealth:
    """What a training would stumble over, found before it starts.

    `left_out` utterances are cases of the evaluation set, `generated` ones train and count for nothing else; the
    other numbers count neither.
    """

    utterances: int
    out_of_scope: int
    intents: int
    locales: tuple[tuple[str, int], ...]
    small_intents: tuple[tuple[int, str, int], ...]
    problems: tuple[str, ...]
    left_out: int = 0
    generated: int = 0

    @property
    def can_train(self) -> bool:
        """At least two intents with at least two utterances each."""
        return not self.problems


def dataset_health(workspace: Workspace) -> DatasetHealth:
    """Counts and warnings. `small_intents` are (id, name, utterances) with fewer than ten."""
    cases = EvaluationCase.objects.filter(workspace=workspace, normalized=OuterRef("normalized")).frozen()
    every = Utterance.objects.filter(workspace=workspace)
    taught = every.real().exclude(Exists(cases))
    grouped = taught.values("intent").annotate(total=Count("id")).order_by()
    totals: dict[int | None, int] = dict(grouped.values_list("intent", "total"))
    counts = [(pk, name, totals.get(pk, 0)) for pk, name in workspace.intents.values_list("id", "name")]
    usable = [total for _id, _name, total in counts if total >= 2]
    locales = Counter(taught.filter(intent__isnull=False).values_list("locale", flat=True))
    problems = []
    if len(usable) < 2:
        problems.append("too_few_intents")
    return DatasetHealth(
        utterances=sum(total for _id, _name, total in counts),
        out_of_scope=totals.get(None, 0),
        intents=len(counts),
        locales=tuple(sorted(locales.items())),
        small_intents=tuple(row for row in counts if row[2] < ENOUGH_UTTERANCES),
        problems=tuple(problems),
        left_out=every.filter(Exists(cases)).count(),
        generated=every.generated().exclude(Exists(cases)).count(),
    )
