"""Visitors: their identity, their one conversation, and the end of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from chat.errors import InvalidToken
from chat.hints import ConversationHint
from chat.locales import supported_locale
from chat.models import Conversation, Site, Visitor
from chat.publish import publish_after_commit
from chat.visitor_tokens import hash_token, looks_like_token, new_token
from nlu.actions.audit import Actor, record

_SEEN_STEP: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Session:
    """What a visitor's browser gets: the token (which we forget at once) and the conversation."""

    token: str
    conversation: Conversation


def find_conversation(*, site: Site, token: str, even_if_unidentified: bool = False) -> Conversation:
    """The conversation of a token's visitor. InvalidToken if it is unknown, revoked or of another site.

    At a site for signed-in customers alone also if the site has not vouched for the visitor lately.
    """
    if not looks_like_token(token):
        raise InvalidToken("Not a token")
    conversation = (
        Conversation.objects.select_related("site", "visitor__customer__site", "assignee")
        .filter(
            visitor__token_hash=hash_token(token),
            visitor__revoked_at=None,
            visitor__site=site,
            site=site,
        )
        .first()
    )
    if conversation is None:
        raise InvalidToken("Unknown token")
    known = conversation.visitor.is_identified(timezone.now())
    if site.identity_required and not known and not even_if_unidentified:
        raise InvalidToken("Nobody vouches for this visitor any more")
    return conversation


@transaction.atomic
def create_visitor(*, site: Site, locale: str) -> Session:
    """A new visitor of the site with an empty conversation."""
    token = new_token()
    now = timezone.now()
    chosen = supported_locale(locale) or site.locale
    visitor = Visitor.objects.create(site=site, token_hash=hash_token(token), locale=chosen, last_seen_at=now)
    conversation = Conversation.objects.create(site=site, visitor=visitor, locale=chosen, last_activity_at=now)
    return Session(token=token, conversation=conversation)


def note_visit(*, visitor: Visitor) -> None:
    """Write down that the visitor is here, at most every five minutes.

    Reconnecting must not cost a commit each.
    """
    now = timezone.now()
    if visitor.last_seen_at is not None and now - visitor.last_seen_at < _SEEN_STEP:
        return
    Visitor.objects.filter(pk=visitor.pk).update(last_seen_at=now)


@transaction.atomic
def revoke_visitor(*, visitor: Visitor, actor: Actor) -> Visitor:
    """Make the visitor's token worthless; their sockets close within seconds."""
    fresh = Visitor.objects.select_for_update(of=("self",)).select_related("site__workspace").get(pk=visitor.pk)
    if fresh.revoked_at is None:
        fresh.revoked_at = timezone.now()
        fresh.save(update_fields=["revoked_at"])
        record(actor=actor, action="visitor.revoked", target=fresh, workspace=fresh.site.workspace)
        publish_after_commit([ConversationHint(str(one.uuid)) for one in fresh.conversations.all()])
    return fresh
