"""The vault: originals of masked values are kept sealed, opened for a call, or shown to a person who says why."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nlu.actions.audit import REASON_LENGTH, Actor, record
from nlu.actions.jobs import enqueue
from nlu.errors import InvalidData, RevealLimit, SealKeyMissing
from nlu.masking.engine import Masked
from nlu.models import AuditEntry, Job, VaultEntry
from nlu.models.jobs import JobStatus
from nlu.vault_keys import key_ring

logger = logging.getLogger(__name__)

REVEALED: Final = "vault_entry.revealed"
REVEALS_AN_HOUR: Final = 30
SHORTEST_REASON: Final = 5
FORGET_TASK: Final = "nlu.forget_old_values"
LOOK_EVERY: Final = timedelta(hours=12)
_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class KeptValue:
    """The original behind one placeholder of a text, before it is sealed."""

    placeholder: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A value to keep, and the text that it stood in."""

    workspace_id: int
    scope: str
    item: int
    kept: KeptValue


def kept_values(masked: Masked) -> tuple[KeptValue, ...]:
    """What the rules say shall be kept of a masked text; equal values share a placeholder and are kept once."""
    found = {span.placeholder: span.value for span in reversed(masked.spans) if span.keep}
    return tuple(KeptValue(placeholder, found[placeholder]) for placeholder in reversed(found))


def keep_values(new: Sequence[NewEntry]) -> None:
    """Seal and store in the caller's transaction, that of the text itself.

    Without a key nothing is kept and the log says so: a text must not be lost for its placeholders.
    """
    if not new:
        return
    try:
        ring = key_ring()
        rows = [
            VaultEntry(
                workspace_id=one.workspace_id, scope=one.scope, item=one.item, placeholder=one.kept.placeholder
            )
            for one in new
        ]
        for row, one in zip(rows, new, strict=True):
            sealed = ring.seal(one.kept.value, context=row.context)
            row.ciphertext, row.key_id = sealed.data, sealed.key_id
    except (SealKeyMissing, InvalidData) as error:
        logger.error("%d masked values were not kept: %s", len(new), error)
        return
    VaultEntry.objects.bulk_create(rows)
    plan_forgetting()


def plan_forgetting() -> None:
    """Have somebody look within the day for what is kept too long, unless that is planned."""
    if settings.VAULT_DAYS and not Job.objects.filter(task=FORGET_TASK, status=JobStatus.QUEUED).exists():
        enqueue(task=FORGET_TASK, arguments={}, run_after=timezone.now() + LOOK_EVERY)


def forget_old_values() -> int:
    """Delete what is kept of texts for longer than VAULT_DAYS; how many values. Some are left: plan another look.

    Texts are numbered from 1; what has the number 0 belongs to no text, and its owner says how long it is kept.
    """
    if not settings.VAULT_DAYS:
        return 0
    of_texts = VaultEntry.objects.filter(item__gte=1)
    too_old = of_texts.filter(created_at__lt=timezone.now() - timedelta(days=settings.VAULT_DAYS))
    gone = 0
    while batch := list(too_old.order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        gone += VaultEntry.objects.filter(pk__in=batch).delete()[0]
    if of_texts.exists():
        plan_forgetting()
    return gone


def open_entry(entry: VaultEntry) -> str:
    """The original, for a program that passes it on (a business action). SealBroken, SealKeyMissing."""
    return key_ring().open(entry.sealed, context=entry.context)


@transaction.atomic
def reveal_value(*, entry: VaultEntry, actor: Actor, reason: str) -> str:
    """The original, for a person. The reason is noted in the audit list before anything is shown.

    InvalidData without a reason; RevealLimit beyond 30 values an hour; SealBroken, SealKeyMissing. Whether the
    person may is the caller's to check.
    """
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= REASON_LENGTH:
        raise InvalidData(
            _("Say why, in %(least)d to %(most)d characters.") % {"least": SHORTEST_REASON, "most": REASON_LENGTH}
        )
    lately = AuditEntry.objects.filter(
        action=REVEALED,
        actor_id=actor.pk if actor is not None else None,
        created_at__gt=timezone.now() - timedelta(hours=1),
    )
    if lately.count() >= REVEALS_AN_HOUR:
        raise RevealLimit(
            _("%(count)d values an hour are shown to one person. Wait a while.") % {"count": REVEALS_AN_HOUR}
        )
    value = open_entry(entry)
    record(
        actor=actor,
        action=REVEALED,
        target=entry,
        workspace=entry.workspace,
        summary=f"{entry.scope}/{entry.item} {entry.placeholder}",
        reason=reason,
    )
    return value


def forget_values(*, scopes: Iterable[str], item: int | None = None) -> int:
    """Delete all that is kept of these scopes, with the texts themselves, or of one text; how many values."""
    rows = VaultEntry.objects.filter(scope__in=list(scopes))
    return (rows if item is None else rows.filter(item=item)).delete()[0]


def reseal_values() -> int:
    """Seal again whatever is not under the current key, in small transactions; how many values."""
    done = 0
    while batch := _old_entries():
        with transaction.atomic():
            ring = key_ring()
            rows = list(
                VaultEntry.objects.select_for_update().filter(pk__in=batch).exclude(key_id=ring.current_id)
            )
            for row in rows:
                sealed = ring.seal(ring.open(row.sealed, context=row.context), context=row.context)
                row.ciphertext, row.key_id = sealed.data, sealed.key_id
            VaultEntry.objects.bulk_update(rows, ["ciphertext", "key_id"])
        done += len(rows)
    return done


def key_ids_in_use() -> set[str]:
    """The ids of the keys that something in the vault needs to be opened."""
    return set(VaultEntry.objects.order_by().values_list("key_id", flat=True).distinct())


def _old_entries() -> list[int]:
    return list(
        VaultEntry.objects.exclude(key_id=key_ring().current_id)
        .order_by("pk")
        .values_list("pk", flat=True)[:_BATCH]
    )
