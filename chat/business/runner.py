"""Makes the call of a business action: opens masked values, asks through the guard, tries again, reads the answer.

Nothing here knows where definitions, secrets and values are kept: `chat/business/installed.py` brings them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chat.business.answers import Read, read_answer
from chat.business.definitions import ActionDefinition
from chat.business.requests import Endpoint, UnfitInput, idempotency_key, request_for
from chat.dialogue.calls import ActionCall, ActionResult
from chat.dialogue.templates import REFERENCE
from nlu.egress.fetching import fetch
from nlu.egress.network import SYSTEM_NETWORK, Network
from nlu.egress.types import EgressLimits, EgressPolicy, EgressRequest
from nlu.errors import EgressRefused, EgressTimeout, EgressUnreachable, EgressUnusable, InvalidData

AGAIN_AFTER_SECONDS: Final = 0.2
_TRIED_AGAIN: Final = frozenset({"timeout", "unreachable", "server_error"})

Opener = Callable[[int, str], str | None]
"""The original behind a placeholder of a message (its sequence), or None if nothing is kept."""


def nothing_kept(_sequence: int, _placeholder: str) -> None:
    """The opener where there is no vault: a trial, a recorded conversation."""
    return


@dataclass(frozen=True, slots=True)
class CallableAction:
    """An action that can be called: what it is, and where."""

    definition: ActionDefinition
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class ActionRun:
    """A call that was made. `detail` is for operators and names no value of a customer."""

    result: ActionResult
    milliseconds: int
    attempts: int
    detail: str = ""


def run_action(
    call: ActionCall,
    *,
    target: CallableAction,
    scope: str,
    policy: EgressPolicy,
    open_value: Opener = nothing_kept,
    network: Network = SYSTEM_NETWORK,
    wait: Callable[[float], None] = time.sleep,
) -> ActionRun:
    """Call the action; every way in which it can go wrong is an outcome, nothing is raised.

    `scope` is the conversation: together with the call's key it names what must be done once. Inputs that refer to
    masked values are opened here and nowhere else.
    """
    started = time.monotonic()
    attempts = 0
    try:
        inputs = {name: _opened(name, value, open_value) for name, value in call.inputs.items()}
        request = request_for(
            target.definition,
            target.endpoint,
            inputs,
            idempotency_key=idempotency_key(scope, call.action, call.key),
        )
    except _NotKept as error:
        read: Read = ("refused", {}, str(error))
    except (UnfitInput, InvalidData) as error:
        read = ("client_error", {}, str(error))
    else:
        limits = EgressLimits(seconds=float(target.definition.timeout_seconds))
        while True:
            attempts += 1
            read = _attempt(target.definition, request, policy=policy, limits=limits, network=network)
            if read[0] not in _TRIED_AGAIN or attempts > target.definition.retries:
                break
            wait(AGAIN_AFTER_SECONDS * attempts)
    outcome, outputs, detail = read
    return ActionRun(ActionResult(outcome, outputs), round((time.monotonic() - started) * 1000), attempts, detail)


def _attempt(
    action: ActionDefinition,
    request: EgressRequest,
    *,
    policy: EgressPolicy,
    limits: EgressLimits,
    network: Network,
) -> Read:
    try:
        return read_answer(action, fetch(request, policy=policy, limits=limits, network=network))
    except EgressRefused as error:
        return "refused", {}, str(error)
    except EgressTimeout as error:
        return "timeout", {}, str(error)
    except EgressUnreachable as error:
        return "unreachable", {}, str(error)
    except EgressUnusable as error:
        return "bad_answer", {}, str(error)


class _NotKept(Exception):
    """An input refers to a masked value whose original is gone."""


def _opened(name: str, value: str, open_value: Opener) -> str:
    def one(match: re.Match[str]) -> str:
        original = open_value(int(match[1]), match[2])
        if original is None:
            raise _NotKept(f"the value of {match[2]} for the input {name} is not kept in the vault")
        return original

    return REFERENCE.sub(one, value)
