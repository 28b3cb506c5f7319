"""What a workspace can answer in one language, and the assistant's own sentences in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from chat.citations import article_url
from chat.dialogue.decision import ArticleEntry, Catalogue, IntentEntry, Phrases
from chat.models import IntentHandling, QuickReply, ReplyTemplate
from nlu.knowledge.markdown import plain_text
from nlu.models import Article, ArticleRevision, Intent, IntentTitle, Workspace

LEAD_CHARACTERS: Final = 420
KEPT_LEADS: Final = 20_000


def read_catalogue(workspace: Workspace, locale: str, flows: Mapping[str, str] | None = None) -> Catalogue:
    """What the workspace can answer in this language, read in six statements. `flows`: intent -> its flow."""
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
    for slug, title, revision_id, intent_id in published.values_list(
        "slug", "published_revision__title", "published_revision_id", "intent_id"
    ):
        articles[slug] = ArticleEntry(
            slug=slug,
            title=title or slug,
            url=article_url(workspace.slug, locale, slug),
            lead=_lead(revision_id) if revision_id else "",
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
                flow=(flows or {}).get(name, ""),
            )
            for intent_id, name in intents.items()
        },
        articles=articles,
    )


@lru_cache(maxsize=KEPT_LEADS)
def _lead(revision_id: int) -> str:
    """The beginning of a published revision, which never changes: reading Markdown takes longer than deciding."""
    return lead_of(ArticleRevision.objects.values_list("body", flat=True).get(pk=revision_id))


def forget_leads() -> None:
    """Where ids of revisions begin anew: another database."""
    _lead.cache_clear()


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
