"""The actions of a workspace as they are stored, and calling them: secrets are opened here, for one call each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from chat.business.action_reader import action_of
from chat.business.definitions import ActionDefinition
from chat.business.requests import Endpoint
from chat.business.runner import ActionRun, CallableAction, Opener, run_action
from chat.dialogue.calls import ActionCall, ActionResult
from chat.models import BusinessAction, Connection, Conversation
from nlu.actions.vault import open_entry
from nlu.egress.network import SYSTEM_NETWORK, Network
from nlu.egress_policy import installed_policy
from nlu.errors import InvalidData, SealBroken, SealKeyMissing
from nlu.models import VaultEntry
from nlu.vault_keys import key_ring

KEPT_DEFINITIONS: Final = 2_000
OF_THE_PROFILE: Final = 0
"""What a reference to the profile has in place of a message's sequence, which begins at 1."""


def actions_of(workspace_id: int) -> Mapping[str, ActionDefinition]:
    """All actions by name: which write, which outcomes they have, what is said when one fails."""
    rows = BusinessAction.objects.filter(workspace_id=workspace_id)
    texts = rows.annotate(text=Cast("definition", TextField())).values_list("name", "text")
    return {name: _definition(text) for name, text in texts}


@lru_cache(maxsize=KEPT_DEFINITIONS)
def _definition(text: str) -> ActionDefinition:
    """The definition of this JSON: reading it anew for every turn would take longer than deciding the turn."""
    return action_of(json.loads(text))


def call_installed(
    call: ActionCall, *, workspace_id: int, scope: str, network: Network = SYSTEM_NETWORK
) -> ActionRun:
    """Call an action of the workspace for a conversation, whose uuid is `scope`. Only the database may raise."""
    row = (
        BusinessAction.objects.select_related("connection__secret")
        .filter(workspace_id=workspace_id, name=call.action)
        .first()
    )
    if row is None:
        return _not_called(f"there is no action {call.action}")
    if not row.connection.base_url:
        return _not_called(f"the connection {row.connection.name} has no address")
    try:
        endpoint = endpoint_of(row.connection)
    except (SealBroken, SealKeyMissing, InvalidData):
        return _not_called(f"the secret of the connection {row.connection.name} cannot be opened")
    return run_action(
        call,
        target=CallableAction(action_of(row.definition), endpoint),
        scope=scope,
        policy=installed_policy(),
        open_value=vault_opener(workspace_id, scope),
        network=network,
    )


def endpoint_of(connection: Connection) -> Endpoint:
    """Where the system is, with what opens it; SealBroken, SealKeyMissing."""
    secret = connection.secret
    value = key_ring().open(secret.sealed, context=secret.context) if secret is not None else ""
    return Endpoint(connection.base_url, connection.header, connection.scheme, value)


def vault_opener(workspace_id: int, scope: str) -> Opener:
    """Opens what is kept of one conversation and of its customer's profile, and of no other."""

    def open_value(sequence: int, placeholder: str) -> str | None:
        place = scope if sequence != OF_THE_PROFILE else _customer_of(workspace_id, scope)
        entry = VaultEntry.objects.filter(
            workspace_id=workspace_id, scope=place, item=sequence, placeholder=placeholder
        ).first()
        if entry is None:
            return None
        try:
            return open_entry(entry)
        except (SealBroken, SealKeyMissing, InvalidData):
            return None

    return open_value


def _customer_of(workspace_id: int, conversation: str) -> str:
    """The uuid of the customer whose conversation it is; empty if nobody is known, or not lately enough."""
    found = Conversation.objects.filter(uuid=conversation, site__workspace_id=workspace_id)
    talk = found.select_related("visitor__customer").first()
    if talk is None or talk.visitor.customer is None or not talk.visitor.speaks_for_customer(timezone.now()):
        return ""
    return str(talk.visitor.customer.uuid)


def _not_called(detail: str) -> ActionRun:
    return ActionRun(ActionResult("unreachable"), 0, 0, detail)
