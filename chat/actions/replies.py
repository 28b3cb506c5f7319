"""How the assistant reacts to an intent: handling, wordings of the reply, quick replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from chat.errors import InvalidInput
from chat.models import IntentHandling, QuickReply, ReplyTemplate
from chat.models.replies import HandlingKind
from nlu.actions.audit import Actor, record
from nlu.models import Intent

REPLY_LENGTH = 4000
QUICK_REPLY_LENGTH = 80
MOST_WORDINGS = 10
MOST_QUICK_REPLIES = 8


@transaction.atomic
def set_replies(
    *,
    intent: Intent,
    kind: str,
    replies: Mapping[str, Sequence[str]],
    quick_replies: Mapping[str, Sequence[str]],
    actor: Actor,
) -> IntentHandling:
    """Replace the handling, and for each given language its wordings and quick replies; blank ones are left out.

    InvalidInput, with a message for the form, for an unknown handling or anything too long or too many.
    """
    if kind not in HandlingKind.values:
        raise InvalidInput(_("There is no such handling."))
    wordings = {locale: cleaned(texts) for locale, texts in replies.items()}
    taps = {locale: cleaned(texts) for locale, texts in quick_replies.items()}
    if any(len(texts) > MOST_WORDINGS for texts in wordings.values()):
        raise InvalidInput(_("At most %(count)d wordings of a reply.") % {"count": MOST_WORDINGS})
    if any(len(text) > REPLY_LENGTH for texts in wordings.values() for text in texts):
        raise InvalidInput(_("A reply has at most %(count)d characters.") % {"count": REPLY_LENGTH})
    if any(len(texts) > MOST_QUICK_REPLIES for texts in taps.values()):
        raise InvalidInput(_("At most %(count)d quick replies.") % {"count": MOST_QUICK_REPLIES})
    if any(len(text) > QUICK_REPLY_LENGTH for texts in taps.values() for text in texts):
        raise InvalidInput(_("A quick reply has at most %(count)d characters.") % {"count": QUICK_REPLY_LENGTH})
    handling, _made = IntentHandling.objects.update_or_create(intent=intent, defaults={"kind": kind})
    ReplyTemplate.objects.filter(intent=intent, locale__in=list(wordings)).delete()
    ReplyTemplate.objects.bulk_create(
        ReplyTemplate(intent=intent, locale=locale, position=position, text=text)
        for locale, texts in wordings.items()
        for position, text in enumerate(texts)
    )
    QuickReply.objects.filter(intent=intent, locale__in=list(taps)).delete()
    QuickReply.objects.bulk_create(
        QuickReply(intent=intent, locale=locale, position=position, text=text)
        for locale, texts in taps.items()
        for position, text in enumerate(texts)
    )
    record(
        actor=actor, action="intent.replies_set", target=intent, workspace=intent.workspace, summary=intent.name
    )
    return handling


def cleaned(texts: Sequence[str]) -> list[str]:
    """Without surrounding blanks, empty ones and repetitions, in order; line ends as `\\n`."""
    return list(dict.fromkeys(text.replace("\r\n", "\n").strip() for text in texts if text.strip()))
