"""From rows to a training set: the only bridge between the database and training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Count, Exists, OuterRef

from nlu.generation.known_texts import KnownTexts
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
from nlu.proposal_measures import allowed_beside
from nlu.recognizers.entities import KINDS
from nlu.training.origins import origin_key
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
    nothing about what it understands. Corrections are cases that teach all the same (decision 0011). Generated
    ones are left out as well where a case is among their origins, or may be because nobody knows these, and
    where an intent has more of them than may stand beside its real ones.
    """
    spans: dict[int, list[tuple[int, int, str]]] = {}
    annotations = EntityAnnotation.objects.filter(utterance__workspace=workspace).order_by("utterance_id", "start")
    for utterance_id, start, end, name in annotations.values_list(
        "utterance_id", "start", "end", "entity_type__name"
    ):
        spans.setdefault(utterance_id, []).append((start, end, name))
    examples: list[Example] = []
    outside: list[Example] = []
    generated: list[tuple[int, Example]] = []
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
        if example.generated:
            generated.append((utterance_id, example))
        else:
            (examples if intent else outside).append(example)
    made = [example for _id, example in generated]
    real = Counter(example.intent for example in (*examples, *outside))
    known = {canonical(example.text) for example in (*examples, *outside, *made)}
    examples += article_examples(workspace, known)
    cases = EvaluationCase.objects.filter(workspace=workspace).frozen()
    frozen = set(cases.values_list("normalized", flat=True))
    kept, kept_outside = (
        tuple(example for example in part if canonical(example.text) not in frozen) for part in (examples, outside)
    )
    present = {origin_key(text) for text in (*known, *frozen)}
    teaching = (with_known_origin(example, present) for example in within_cap(generated, real))
    return TrainingData(
        examples=kept,
        out_of_scope=kept_outside,
        catalogue=entity_catalogue(workspace),
        titles=intent_titles(workspace),
        withheld=tuple(sorted(frozen)),
        left_out=len(examples) + len(outside) - len(kept) - len(kept_outside),
        generated=apart_from(frozen, teaching),
    )


def apart_from(frozen: Collection[str], generated: Iterable[Example]) -> tuple[Example, ...]:
    """The generated examples that give no frozen case away.

    Where the origins are known, none may be a case. Networks and deleted origins leave them unknown; what the
    networks wrote is no near copy of anything they read, so there it is enough that the text is not nearly a case.
    """
    cases, keys = KnownTexts(frozen, near=True), {origin_key(text) for text in frozen}
    return tuple(
        example
        for example in generated
        if not (cases.has(example.text) or keys.intersection(map(origin_key, example.made_from)))
        and (example.made_from or not cases.has_like(example.text))
    )


def within_cap(generated: Sequence[tuple[int, Example]], real: Mapping[str, int]) -> tuple[Example, ...]:
    """Of (utterance's id, example), as many as may stand beside the `real` ones of each intent, the oldest ones.

    The order stays. Accepting keeps to it as well, but moves, files and deleted real utterances get around that.
    """
    taken: Counter[str] = Counter()
    kept: set[int] = set()
    for number, example in sorted(generated, key=lambda one: one[0]):
        if taken[example.intent] < allowed_beside(real.get(example.intent, 0)):
            taken[example.intent] += 1
            kept.add(number)
    return tuple(example for number, example in generated if number in kept)


def with_known_origin(example: Example, present: Collection[str]) -> Example:
    """The example; of unknown origin unless all its origins are among the keys `present`.

    What is gone may be there in other words now, which could not be kept apart from it.
    """
    if all(origin_key(text) in present for text in example.made_from):
        return example
    return replace(example, made_from=())


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
