"""Trying an action out: a real call that a person makes, with what was sent and what came back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from chat.business.action_reader import action_of
from chat.business.installed import endpoint_of
from chat.business.requests import UnfitInput, idempotency_key, request_for
from chat.business.runner import ActionRun, CallableAction, run_action
from chat.dialogue.calls import ActionCall, ActionResult
from chat.models import BusinessAction
from nlu.actions.audit import Actor, record
from nlu.egress.network import SYSTEM_NETWORK, Network
from nlu.egress_policy import installed_policy
from nlu.errors import InvalidData, SealBroken, SealKeyMissing

HIDDEN: Final = "••••••"


@dataclass(frozen=True, slots=True)
class SentRequest:
    """The request as it was made; what opens the system is hidden."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial brought; `sent` is None if the inputs made no request."""

    run: ActionRun
    sent: SentRequest | None = None


def try_action(
    *, action: BusinessAction, inputs: Mapping[str, str], actor: Actor, network: Network = SYSTEM_NETWORK
) -> Trial:
    """Call once, without further tries. Masked values are not opened: type an example."""
    definition = replace(action_of(action.definition), retries=0)
    call = ActionCall(action.name, inputs, uuid.uuid4().hex)
    if not action.connection.base_url:
        return Trial(ActionRun(ActionResult("unreachable"), 0, 0, "the connection has no address"))
    try:
        target = CallableAction(definition, endpoint_of(action.connection))
    except (SealBroken, SealKeyMissing, InvalidData):
        return Trial(ActionRun(ActionResult("unreachable"), 0, 0, "the secret of the connection cannot be opened"))
    sent = _sent(target, call)
    run = run_action(call, target=target, scope="trial", policy=installed_policy(), network=network)
    record(
        actor=actor,
        action="business_action.tried",
        target=action,
        workspace=action.workspace,
        summary=f"{action.name}: {run.result.outcome}",
    )
    return Trial(run, sent)


def _sent(target: CallableAction, call: ActionCall) -> SentRequest | None:
    key = idempotency_key("trial", call.action, call.key)
    try:
        request = request_for(target.definition, target.endpoint, call.inputs, idempotency_key=key)
    except (UnfitInput, InvalidData):
        return None
    hidden = {name: f"{target.endpoint.scheme} {HIDDEN}".strip() for name in request.secrets}
    return SentRequest(
        request.method,
        request.url,
        tuple({**request.headers, **hidden}.items()),
        (request.body or b"").decode("utf-8"),
    )
