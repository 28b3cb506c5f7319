"""From messages to decisions: parse the batch in one forward pass, search, let the policy choose.

Turn workers call `answer`; nothing here writes a row or publishes. Live chat, the try-it panel, the HTTP interface
and the terminal all come through here: what an operator tests is what a customer gets.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from chat.citations import article_url
from chat.dialogue.decision import ArticleEntry, Catalogue, Decision, IntentEntry, Limits, Phrases
from chat.dialogue.policy import decide
from chat.dialogue.state import DialogueState
from chat.models import IntentHandling, QuickReply, ReplyTemplate
from nlu.inference import ActivePipeline, PipelineCache, open_shadow_id
from nlu.knowledge.markdown import plain_text
from nlu.models import Article, Intent, IntentTitle, Workspace
from nlu.pipeline.language import detect_locale
from nlu.search import search_passages
from nlu.types import EMPTY_CONTEXT, DialogueContext, Parse, PassageHit, Thresholds

LEAD_CHARACTERS = 420
PASSAGES = 5


@dataclass(frozen=True, slots=True)
class TurnInput:
    """One message (or a burst joined by line ends) to answer; `question` is its newest part, to search for."""

    turn_id: int
    workspace_id: int
    locale: str
    text: str
    question: str
    state: DialogueState


@dataclass(frozen=True, slots=True)
class TurnAnswer:
    """What was understood, found and decided. `model_version_id` is None when no model is active.

    `promised_error` is the promise, in percent, that the bound of confidence comes from; None if from training,
    or if parts of the message were answered, which no promise is measured on.
    `context` is what the parse was read in; `shadow_run_id` the run whose shadow is to score the turn afterwards.
    """

    turn_id: int
    parse: Parse
    passages: tuple[PassageHit, ...]
    decision: Decision
    thresholds: Thresholds
    locale: str
    model_version_id: int | None
    milliseconds: float
    promised_error: float | None = None
    context: DialogueContext = EMPTY_CONTEXT
    shadow_run_id: int | None = None


def answer(inputs: Sequence[TurnInput], *, models: PipelineCache) -> list[TurnAnswer]:
    """Decide all inputs, in their order; those of one workspace share one forward pass."""
    answers: dict[int, TurnAnswer] = {}
    for workspace_id in {one.workspace_id for one in inputs}:
        group = [one for one in inputs if one.workspace_id == workspace_id]
        for answered in answer_workspace(workspace_id, group, models.get(workspace_id)):
            answers[answered.turn_id] = answered
    return [answers[one.turn_id] for one in inputs]


def answer_workspace(
    workspace_id: int, inputs: Sequence[TurnInput], active: ActivePipeline | None
) -> list[TurnAnswer]:
    """The same for one workspace and its loaded model."""
    started = time.perf_counter()
    workspace = Workspace.objects.get(pk=workspace_id)
    locales = [detect_locale(one.text, default=one.locale) for one in inputs]
    parses = parse_all(inputs, locales, active)
    catalogues = {locale: read_catalogue(workspace, locale) for locale in set(locales)}
    phrases = {locale: read_phrases(locale) for locale in set(locales)}
    limits = Limits(confirmations=workspace.confirm_limit, rephrasings=workspace.rephrase_limit)
    thresholds = active.thresholds if active is not None else Thresholds()
    promise = active.promise if active is not None else None
    shadow = open_shadow_id(workspace_id) if active is not None else None
    found = [
        search_passages(workspace_id=workspace_id, locale=locale, query=one.question, limit=PASSAGES)
        for one, locale in zip(inputs, locales, strict=True)
    ]
    decisions = [
        decide(
            parse=parse,
            hits=hits,
            state=one.state,
            catalogue=catalogues[locale],
            thresholds=thresholds,
            limits=limits,
            phrases=phrases[locale],
        )
        for one, locale, parse, hits in zip(inputs, locales, parses, found, strict=True)
    ]
    each = (time.perf_counter() - started) * 1000 / max(len(inputs), 1)
    return [
        TurnAnswer(
            turn_id=one.turn_id,
            parse=parse,
            passages=tuple(hits),
            decision=decision,
            thresholds=thresholds,
            locale=locale,
            model_version_id=active.version_id if active is not None else None,
            milliseconds=each,
            # A promise is measured on whole messages, not on their parts.
            promised_error=promise.percent if promise is not None and not decision.answered else None,
            context=one.state.context(),
            shadow_run_id=shadow,
        )
        for one, locale, parse, hits, decision in zip(inputs, locales, parses, found, decisions, strict=True)
    ]


def parse_all(inputs: Sequence[TurnInput], locales: Sequence[str], active: ActivePipeline | None) -> list[Parse]:
    """One Parse per input; without a model an empty one, so that articles can still answer."""
    if active is None:
        return [
            Parse(
                text=one.text,
                locale=locale,
                intents=(),
                entities=(),
                in_scope=False,
                scope_score=0.0,
                scope_threshold=0.0,
                matched_by="none",
                model_version="",
                milliseconds=0.0,
            )
            for one, locale in zip(inputs, locales, strict=True)
        ]
    return active.pipeline.parse_many(
        [one.text for one in inputs],
        contexts=[one.state.context() for one in inputs],
        locales=list(locales),
    )


def read_catalogue(workspace: Workspace, locale: str) -> Catalogue:
    """What the workspace can answer in this language, read in six statements."""
    intents = dict(Intent.objects.filter(workspace=workspace).values_list("id", "name"))
    titles = dict(
        IntentTitle.objects.filter(intent__workspace=workspace, locale=locale).values_list("intent_id", "title")
    )
    kinds = dict(IntentHandling.objects.filter(intent__workspace=workspace).values_list("intent_id", "kind"))
    replies: dict[int, list[str]] = {}
    templates = ReplyTemplate.objects.filter(intent__workspace=workspace, locale=locale)
    for intent_id, text in templates.values_list("intent_id", "text"):
        replies.setdefault(intent_id, []).append(text)
    taps: dict[int, list[str]] = {}
    for intent_id, text in QuickReply.objects.filter(intent__workspace=workspace, locale=locale).values_list(
        "intent_id", "text"
    ):
        taps.setdefault(intent_id, []).append(text)
    articles: dict[str, ArticleEntry] = {}
    slugs: dict[int, str] = {}
    published = Article.objects.filter(workspace=workspace, locale=locale, status="published").order_by("id")
    for slug, title, body, intent_id in published.values_list(
        "slug", "published_revision__title", "published_revision__body", "intent_id"
    ):
        articles[slug] = ArticleEntry(
            slug=slug,
            title=title or slug,
            url=article_url(workspace.slug, locale, slug),
            lead=lead_of(body or ""),
            intent=intents.get(intent_id, "") if intent_id else "",
        )
        if intent_id:
            slugs.setdefault(intent_id, slug)
    return Catalogue(
        intents={
            name: IntentEntry(
                name=name,
                title=titles.get(intent_id, "") or name.replace("_", " "),
                handling=kinds.get(intent_id, "reply"),  # type: ignore[arg-type] # the column's choices are the type
                replies=tuple(replies.get(intent_id, ())),
                quick_replies=tuple(taps.get(intent_id, ())),
                article_slug=slugs.get(intent_id, ""),
            )
            for intent_id, name in intents.items()
        },
        articles=articles,
    )


def lead_of(body: str) -> str:
    """The beginning of an article as plain text: whole paragraphs, or whole sentences, up to the limit."""
    text = plain_text(body).strip()
    if len(text) <= LEAD_CHARACTERS:
        return text
    cut = text[:LEAD_CHARACTERS]
    ends = [match.end() for match in re.finditer(r"\n|[。！？]|[.!?](?=\s)", cut)]
    return cut[: ends[-1]].strip() if ends else cut.rstrip() + "…"


def read_phrases(locale: str) -> Phrases:
    """The assistant's own sentences in this language."""
    with translation.override(locale):
        return Phrases(
            confirm=_("I want to be sure I understand you. Is it one of these?"),
            offer=_(
                "I am not certain, but these articles are close to your question. If they do not help, "
                "please tell me a little more."
            ),
            rephrase=_(
                "I am sorry, I do not have an answer to that. I can help with orders, delivery, returns and "
                "similar questions: could you say it in other words? You can also talk to a person."
            ),
            handoff=_("I am passing you to a colleague, who will read this conversation first."),
            handoff_failure=_(
                "I could not help with this, so I am passing you to a colleague, who will read this "
                "conversation first."
            ),
            no_reply=_(
                "I understand that this is about “{title}”, but no answer has been written for it yet. "
                "Would you like to talk to a person?"
            ),
            talk_to_person=_("Talk to a person"),
            none_of_these=_("None of these"),
            about=_("About “{title}”:"),
            left_to_person=_("The colleague will also help you with: {titles}"),
        )
