"""Connections, their secrets and their actions. A secret goes in and never comes out but in a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from chat.business.action_reader import ActionFile, action_of
from chat.dialogue.fields import NAME
from chat.errors import InvalidInput
from chat.models import BusinessAction, Connection, Secret
from nlu.actions.audit import Actor, record
from nlu.egress.addresses import read_target
from nlu.egress.types import check_header
from nlu.errors import EgressRefused, InvalidData, SealKeyMissing
from nlu.models import Workspace
from nlu.vault_keys import key_ring

MOST_CONNECTIONS: Final = 50
MOST_ACTIONS: Final = 500
LONGEST_SECRET: Final = 4_000
_BATCH: Final = 200


@transaction.atomic
def create_connection(
    *,
    workspace: Workspace,
    name: str,
    base_url: str,
    header: str = "",
    scheme: str = "",
    secret_value: str = "",
    actor: Actor,
) -> Connection:
    """A new system; InvalidInput, with a message for the form, if a field cannot be used."""
    if Connection.objects.filter(workspace=workspace).count() >= MOST_CONNECTIONS:
        raise InvalidInput(_("At most %(count)d connections.") % {"count": MOST_CONNECTIONS})
    name = _checked_name(name)
    if Connection.objects.filter(workspace=workspace, name=name).exists():
        raise InvalidInput(_("There is a connection of this name already."))
    _check_header(header, scheme, secret_value)
    connection = Connection.objects.create(
        workspace=workspace, name=name, base_url=checked_base_url(base_url), header=header, scheme=scheme
    )
    summary = f"{name}: {origin_of(connection.base_url)}"
    record(actor=actor, action="connection.created", target=connection, workspace=workspace, summary=summary)
    if secret_value:
        set_secret(connection=connection, value=secret_value, actor=actor)
    return connection


@transaction.atomic
def update_connection(
    *,
    connection: Connection,
    base_url: str,
    header: str,
    scheme: str,
    secret_value: str = "",
    actor: Actor,
) -> Connection:
    """Change where a system is, or how it is opened; an empty secret leaves the stored one.

    Another scheme, host or port clears the secret: it was given for the system that was there before.
    """
    locked = Connection.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=connection.pk)
    _check_header(header, scheme, secret_value)
    before = origin_of(locked.base_url)
    locked.base_url, locked.header, locked.scheme = checked_base_url(base_url), header, scheme
    locked.save(update_fields=["base_url", "header", "scheme"])
    after = origin_of(locked.base_url)
    summary = f"{locked.name}: {after}"
    record(actor=actor, action="connection.updated", target=locked, workspace=locked.workspace, summary=summary)
    if after != before:
        clear_secret(connection=locked, actor=actor)
    if secret_value:
        set_secret(connection=locked, value=secret_value, actor=actor)
    return locked


@transaction.atomic
def delete_connection(*, connection: Connection, actor: Actor) -> None:
    """Delete a system with its actions and its secret."""
    record(
        actor=actor,
        action="connection.deleted",
        target=connection,
        workspace=connection.workspace,
        summary=connection.name,
    )
    clear_secret(connection=connection, actor=actor)
    connection.delete()


@transaction.atomic
def set_secret(*, connection: Connection, value: str, name: str = "", actor: Actor) -> Secret:
    """Store what opens the connection's system, in the place of what was stored. InvalidInput if it cannot be."""
    value = value.strip()
    origin = origin_of(connection.base_url)
    if not origin:
        raise InvalidInput(_("Give the address first: a secret is stored for one system only."))
    if not connection.header:
        raise InvalidInput(_("Name the header that carries the secret."))
    if not value or len(value) > LONGEST_SECRET:
        raise InvalidInput(_("A secret has 1 to %(count)d characters.") % {"count": LONGEST_SECRET})
    _check_header(connection.header, connection.scheme, value)
    secret = connection.secret or Secret(
        workspace=connection.workspace, name=_free_name(connection, name or f"{connection.name}_secret"[:60])
    )
    secret.origin = origin
    try:
        sealed = key_ring().seal(value, context=secret.context)
    except (SealKeyMissing, InvalidData):
        raise InvalidInput(
            _("Secrets cannot be stored: this installation has no vault key (VAULT_KEY).")
        ) from None
    secret.ciphertext, secret.key_id = sealed.data, sealed.key_id
    secret.save()
    connection.secret = secret
    connection.save(update_fields=["secret"])
    record(
        actor=actor,
        action="secret.set",
        target=secret,
        workspace=connection.workspace,
        summary=f"{secret.name}: {origin}",
    )
    return secret


@transaction.atomic
def clear_secret(*, connection: Connection, actor: Actor) -> None:
    """Forget what opens the system; nothing happens if nothing is stored."""
    secret = connection.secret
    if secret is None:
        return
    record(
        actor=actor, action="secret.cleared", target=secret, workspace=connection.workspace, summary=secret.name
    )
    connection.secret = None
    connection.save(update_fields=["secret"])
    secret.delete()


@transaction.atomic
def create_action(*, connection: Connection, definition: Mapping[str, Any], actor: Actor) -> BusinessAction:
    """A new action of the connection. InvalidInput names the place of what makes no sense."""
    name = action_of(definition).name
    workspace = connection.workspace
    if BusinessAction.objects.filter(workspace=workspace).count() >= MOST_ACTIONS:
        raise InvalidInput(_("At most %(count)d actions.") % {"count": MOST_ACTIONS})
    if BusinessAction.objects.filter(workspace=workspace, name=name).exists():
        raise InvalidInput(_("There is an action of this name already."))
    action = BusinessAction.objects.create(
        workspace=workspace, connection=connection, name=name, definition=definition
    )
    record(actor=actor, action="business_action.created", target=action, workspace=workspace, summary=name)
    return action


@transaction.atomic
def update_action(
    *, action: BusinessAction, definition: Mapping[str, Any], connection: Connection | None = None, actor: Actor
) -> BusinessAction:
    """Replace the definition, which holds from the next call on. The name stays: flows call the action by it."""
    locked = BusinessAction.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=action.pk)
    if action_of(definition).name != locked.name:
        raise InvalidInput(_("The name of an action cannot be changed: flows call it by that name."))
    if connection is not None and connection.workspace_id != locked.workspace_id:
        raise InvalidInput(_("There is no such connection."))
    moved = connection is not None and connection.pk != locked.connection_id
    if locked.definition == definition and not moved:
        return locked
    locked.definition = dict(definition)
    if connection is not None:
        locked.connection = connection
    locked.save(update_fields=["definition", "connection", "changed_at"])
    record(
        actor=actor,
        action="business_action.updated",
        target=locked,
        workspace=locked.workspace,
        summary=locked.name,
    )
    return locked


@transaction.atomic
def delete_action(*, action: BusinessAction, actor: Actor) -> None:
    """Delete an action; a flow that calls it from then on is told that it cannot be reached."""
    record(
        actor=actor,
        action="business_action.deleted",
        target=action,
        workspace=action.workspace,
        summary=action.name,
    )
    action.delete()


@transaction.atomic
def install_actions(
    *, workspace: Workspace, file: ActionFile, base_url: str = "", secret_value: str = "", actor: Actor
) -> Connection:
    """A pack's connection and those of its actions that are missing; what staff connected or changed stays.

    `base_url` and `secret_value` are the demo backend's: for a connection that has no address yet, or one of it
    (another port at an earlier start).
    """
    read = file.connection
    address = checked_base_url(base_url or read.base_url)
    rows = Connection.objects.select_related("workspace", "secret")
    found = rows.filter(workspace=workspace, name=read.name).first()
    if found is None:
        found = create_connection(
            workspace=workspace,
            name=read.name,
            base_url=address,
            header=read.header,
            scheme=read.scheme,
            actor=actor,
        )
    if address and (not found.base_url or is_demo(found.base_url, address)):
        if found.base_url != address:
            found = update_connection(
                connection=found, base_url=address, header=found.header, scheme=found.scheme, actor=actor
            )
        if secret_value:
            set_secret(connection=found, value=secret_value, name=read.secret, actor=actor)
    existing = set(BusinessAction.objects.filter(workspace=workspace).values_list("name", flat=True))
    for action, document in zip(file.actions, file.documents, strict=True):
        if action.name not in existing:
            create_action(connection=found, definition=document, actor=actor)
    return found


def is_demo(url: str, demo: str) -> bool:
    """Whether the address is the demo backend's, at whatever port it was then."""
    now, then = urlsplit(demo), urlsplit(url)
    return (
        then.hostname == now.hostname and then.path.rstrip("/") == now.path.rstrip("/") and then.scheme == "http"
    )


def reseal_secrets() -> int:
    """Seal again whatever is not under the current key; how many secrets."""
    done = 0
    while batch := _old_secrets():
        with transaction.atomic():
            ring = key_ring()
            rows = list(Secret.objects.select_for_update().filter(pk__in=batch).exclude(key_id=ring.current_id))
            for row in rows:
                sealed = ring.seal(ring.open(row.sealed, context=row.context), context=row.context)
                row.ciphertext, row.key_id = sealed.data, sealed.key_id
            Secret.objects.bulk_update(rows, ["ciphertext", "key_id"])
        done += len(rows)
    return done


def secret_key_ids_in_use() -> set[str]:
    """The ids of the keys that stored secrets need."""
    return set(Secret.objects.order_by().values_list("key_id", flat=True).distinct())


def _old_secrets() -> list[int]:
    old = Secret.objects.exclude(key_id=key_ring().current_id)
    return list(old.order_by("pk").values_list("pk", flat=True)[:_BATCH])


def origin_of(base_url: str) -> str:
    """Scheme, host and port of a checked address; empty for none."""
    if not base_url:
        return ""
    target = read_target(base_url)
    return f"{target.scheme}://{target.host}:{target.port}"


def checked_base_url(base_url: str) -> str:
    """An address in plain form, without a slash at the end; InvalidInput for one that cannot be called."""
    base_url = base_url.strip()
    if not base_url:
        return ""
    try:
        target = read_target(base_url)
    except EgressRefused as error:
        if error.code == "scheme":
            raise InvalidInput(_("An address begins with https:// or http://.")) from None
        raise InvalidInput(
            _("This address cannot be called: it needs a host and no user name, #, spaces or unusual port.")
        ) from None
    if "?" in target.path:
        raise InvalidInput(_("Leave out everything from the ? on: actions bring their own."))
    if any(part in (".", "..") for part in target.path.split("/")):
        raise InvalidInput(_("Leave out . and .. between the slashes."))
    return target.url.rstrip("/")


def _checked_name(name: str) -> str:
    name = name.strip()
    if NAME.fullmatch(name) is None:
        raise InvalidInput(_("A name has lower-case letters, digits and underscores, and begins with a letter."))
    return name


def _check_header(header: str, scheme: str, secret_value: str) -> None:
    """InvalidInput where the header could not carry the secret; the message never quotes it."""
    if not header:
        if scheme or secret_value:
            raise InvalidInput(_("Name the header that carries the secret."))
        return
    try:
        check_header(header, f"{scheme} {secret_value}".strip())
    except InvalidData:
        raise InvalidInput(
            _("A request cannot carry this header: only letters, digits, hyphens and plain characters fit.")
        ) from None


def _free_name(connection: Connection, wanted: str) -> str:
    """The wanted name, or with a number behind it."""
    taken = set(Secret.objects.filter(workspace_id=connection.workspace_id).values_list("name", flat=True))
    base = re.sub(r"[^a-z0-9_]", "_", wanted)
    return next(
        name for name in (base, *(f"{base[:56]}_{number}" for number in range(2, 999))) if name not in taken
    )
