"""Keys of other programs: made, shown once, used, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.errors import InvalidInput
from chat.models import ApiToken
from nlu.actions.audit import Actor, record
from nlu.models import Workspace

PREFIX: Final = "xo_"
NAME_LENGTH: Final = 80
LONGEST_SECRET: Final = 100
# The time of the last use is written at most so often: reading must not become a write for each request.
USE_RECORDED_EVERY: Final = timedelta(minutes=1)


class NewToken(NamedTuple):
    """A token's row and its secret, which exists nowhere else and is shown once."""

    token: ApiToken
    secret: str


def hash_secret(secret: str) -> str:
    """What is stored of a secret. It has 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def find_token(secret: str) -> ApiToken | None:
    """The live token with its workspace and maker; None for an unknown, revoked or malformed secret."""
    if not secret.startswith(PREFIX) or len(secret) > LONGEST_SECRET:
        return None
    return (
        ApiToken.objects.select_related("workspace", "created_by")
        .filter(token_hash=hash_secret(secret), revoked_at__isnull=True)
        .first()
    )


@transaction.atomic
def create_token(*, workspace: Workspace, name: str, scopes: Iterable[str], actor: Actor) -> NewToken:
    """A token for one workspace with the given scopes (words of ApiToken.SCOPES).

    InvalidInput with a message for the form if the name is missing or too long, or a scope unknown or missing.
    """
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH:
        raise InvalidInput(_("A name has 1 to %(count)d characters.") % {"count": NAME_LENGTH})
    wanted = set(scopes)
    if not wanted or not wanted <= set(ApiToken.SCOPES):
        raise InvalidInput(_("Choose at least one of the scopes."))
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        workspace=workspace,
        name=name,
        token_hash=hash_secret(secret),
        scopes=" ".join(scope for scope in ApiToken.SCOPES if scope in wanted),
        created_by_id=actor.pk if actor is not None and actor.is_authenticated else None,
    )
    record(
        actor=actor,
        action="api_token.created",
        target=token,
        workspace=workspace,
        summary=f"{token.name}: {token.scopes}",
    )
    return NewToken(token, secret)


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: Actor) -> ApiToken:
    """End the token for good, from the next request on. Revoking it again changes nothing."""
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record(
            actor=actor, action="api_token.revoked", target=token, workspace=token.workspace, summary=token.name
        )
    return token


def note_use(*, token: ApiToken) -> None:
    """Remember that the token was used now, if that was last remembered more than a minute ago."""
    now = timezone.now()
    if token.last_used_at is not None and now - token.last_used_at < USE_RECORDED_EVERY:
        return
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    token.last_used_at = now
