"""Making the calls that flows ask for. A call never raises for what the other side does: that is an outcome."""

from __future__ import annotations

import uuid
from dataclasses import replace

from chat.answering import TurnInput
from chat.business.action_reader import action_of
from chat.business.installed import actions_of, call_installed
from chat.business.masked_outputs import mask_outputs
from chat.business.requests import Endpoint
from chat.business.runner import CallableAction, run_action
from chat.demo_process import DemoBackendProcess
from chat.dialogue.calling import ARTICLE_SEARCH
from chat.dialogue.calls import WITHHELD, ActionCall, ActionResult
from chat.dialogue.trials import Trial
from chat.models import BusinessAction
from chat.packs import demo_trades
from nlu.egress.types import EgressPolicy
from nlu.pipeline.language import detect_locale
from nlu.search import search_passages


def make_call(given: TurnInput, call: ActionCall) -> ActionResult:
    """Search the articles, or call the workspace's business action of this name.

    The same step with the same inputs in another turn is another wish, so the turn is part of what must be done
    once; a turn that is decided again after its worker died asks for nothing twice. What is only tried (no
    conversation) changes nothing: writing actions are refused.
    """
    if given.trial is not None:
        return call_in_trial(given, given.trial, call)
    if call.action == ARTICLE_SEARCH:
        return find_article(given, call.inputs.get("query", ""))
    if not given.conversation and actions_write(given.workspace_id, call.action):
        return ActionResult("refused")
    once = replace(call, key=f"{call.key}:{given.turn_id}")
    result = call_installed(once, workspace_id=given.workspace_id, scope=given.conversation).result
    return mask_outputs(result, workspace_id=given.workspace_id, scope=given.conversation)


def call_in_trial(given: TurnInput, trial: Trial, call: ActionCall) -> ActionResult:
    """What is known of the call already; else an action that only reads is called, and one that writes is withheld
    unless a person wants it done."""
    known = trial.results.get(call.key)
    if known is not None:
        return known
    if call.action == ARTICLE_SEARCH:
        return find_article(given, call.inputs.get("query", ""))
    if actions_write(given.workspace_id, call.action) and call.key not in trial.really:
        return ActionResult(WITHHELD)
    once = replace(call, key=f"{call.key}:{trial.turn}")
    result = call_installed(once, workspace_id=given.workspace_id, scope=trial.scope).result
    return mask_outputs(result, workspace_id=given.workspace_id, scope=trial.scope)


def actions_write(workspace_id: int, name: str) -> bool:
    """Whether the workspace's action of this name changes something."""
    action = actions_of(workspace_id).get(name)
    return action is not None and action.writes


def find_article(given: TurnInput, query: str) -> ActionResult:
    """The article that answers the query best, as `slug`; none where nothing is near."""
    locale = detect_locale(query, default=given.locale)
    hits = search_passages(workspace_id=given.workspace_id, locale=locale, query=query, limit=1)
    return ActionResult("ok", {"slug": hits[0].article_slug if hits else ""})


class RehearsalCaller:
    """Calls a workspace's actions at a demo backend of one's own, wherever staff connected them to."""

    def __init__(self, backend: DemoBackendProcess) -> None:
        self.backend = backend
        self.policy = EgressPolicy.allowing((backend.pair,))
        self.trades = demo_trades()

    def __call__(self, given: TurnInput, call: ActionCall) -> ActionResult:
        """The call's result; `unreachable` where the demo backend has no such part."""
        if call.action == ARTICLE_SEARCH:
            return find_article(given, call.inputs.get("query", ""))
        row = BusinessAction.objects.select_related("connection").filter(
            workspace_id=given.workspace_id, name=call.action
        )
        action = row.first()
        trade = self.trades.get(action.connection.name, "") if action is not None else ""
        if action is None or not trade:
            return ActionResult("unreachable")
        endpoint = Endpoint(self.backend.base_url(trade), "Authorization", "Bearer", self.backend.token)
        target = CallableAction(action_of(action.definition), endpoint)
        return run_action(
            call, target=target, scope=uuid.uuid4().hex, policy=self.policy, open_value=_itself
        ).result


def _itself(_sequence: int, placeholder: str) -> str:
    """A recorded conversation keeps no originals: a demo backend gets the placeholder."""
    return placeholder
