"""What sites may say about their customers: listed by name, each with a lawful basis, a purpose and an end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from chat.actions.profile_entries import MOST_ATTRIBUTES, follow_attribute, forget_attribute, may_be_listed
from chat.errors import InvalidInput
from chat.models import ProfileAttribute
from chat.models.profiles import AttributeKind, Basis
from nlu.actions.audit import Actor, record
from nlu.models import Workspace

LONGEST_KEEPING: Final = 3_650
STANDARD: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "name": (AttributeKind.TEXT, {"zh-hans": "姓名", "en": "Name"}),
    "email": (AttributeKind.EMAIL, {"zh-hans": "邮箱", "en": "E-mail"}),
    "phone": (AttributeKind.PHONE, {"zh-hans": "手机号", "en": "Phone"}),
    "locale": (AttributeKind.LANGUAGE, {"zh-hans": "语言", "en": "Language"}),
}
"""The claims that have a meaning of their own."""


@transaction.atomic
def create_attribute(
    *,
    workspace: Workspace,
    name: str,
    titles: Mapping[str, str],
    kind: str,
    basis: str,
    purpose: str,
    keep_days: int,
    actor: Actor,
) -> ProfileAttribute:
    """List an attribute. InvalidInput, with a message for the form, if a field cannot be used."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    if not may_be_listed(name):
        raise InvalidInput(_("A name has lower-case letters, digits and _, and begins with a letter."))
    if ProfileAttribute.objects.filter(workspace=workspace, name=name).exists():
        raise InvalidInput(_("This attribute is listed already."))
    if ProfileAttribute.objects.filter(workspace=workspace).count() >= MOST_ATTRIBUTES:
        raise InvalidInput(_("At most %(count)d attributes.") % {"count": MOST_ATTRIBUTES})
    attribute = ProfileAttribute(workspace=workspace, name=name)
    _set(attribute, titles=titles, kind=kind, basis=basis, purpose=purpose, keep_days=keep_days)
    record(
        actor=actor,
        action="profile_attribute.created",
        target=attribute,
        workspace=workspace,
        summary=f"{name}: {basis or 'no basis'}",
    )
    return attribute


@transaction.atomic
def update_attribute(
    *,
    attribute: ProfileAttribute,
    titles: Mapping[str, str],
    kind: str,
    basis: str,
    purpose: str,
    keep_days: int,
    actor: Actor,
) -> ProfileAttribute:
    """Change everything but the name. Without a basis, of another kind, or where consent is asked for from now on,
    what is stored goes at once: it was not stored for that. The rest is kept under the new basis, and no
    longer than is said now."""
    fresh = ProfileAttribute.objects.select_for_update().get(pk=attribute.pk)
    stricter = basis != fresh.basis and basis in (Basis.NONE, Basis.CONSENT)
    if stricter or kind != fresh.kind:
        forget_attribute(workspace=fresh.workspace, name=fresh.name)
    _set(fresh, titles=titles, kind=kind, basis=basis, purpose=purpose, keep_days=keep_days)
    follow_attribute(attribute=fresh)
    record(
        actor=actor,
        action="profile_attribute.updated",
        target=fresh,
        workspace=fresh.workspace,
        summary=f"{fresh.name}: {basis or 'no basis'}",
    )
    return fresh


@transaction.atomic
def delete_attribute(*, attribute: ProfileAttribute, actor: Actor) -> None:
    """Take it off the list, with everything that is stored under it."""
    forget_attribute(workspace=attribute.workspace, name=attribute.name)
    record(
        actor=actor,
        action="profile_attribute.deleted",
        target=attribute,
        workspace=attribute.workspace,
        summary=attribute.name,
    )
    attribute.delete()


@transaction.atomic
def list_attributes(*, workspace: Workspace, names: Mapping[str, Mapping[str, str]]) -> int:
    """List what flows ask a profile for, without a basis: until staff choose one, nothing is stored. How many.

    A name that no attribute can have is passed over.
    """
    made = 0
    for name, titles in names.items():
        if not may_be_listed(name):
            continue
        kind, own = STANDARD.get(name, (AttributeKind.TEXT.value, titles))
        _attribute, new = ProfileAttribute.objects.get_or_create(
            workspace=workspace, name=name, defaults={"kind": kind, "titles": dict(own)}
        )
        made += new
    return made


def _set(
    attribute: ProfileAttribute, *, titles: Mapping[str, str], kind: str, basis: str, purpose: str, keep_days: int
) -> None:
    if kind not in AttributeKind.values or basis not in Basis.values:
        raise InvalidInput(_("Choose a kind and a basis of the list."))
    if not 1 <= keep_days <= LONGEST_KEEPING:
        raise InvalidInput(_("Kept for 1 to %(count)d days.") % {"count": LONGEST_KEEPING})
    if basis and not purpose.strip():
        raise InvalidInput(_("Say what it is used for: customers read it."))
    attribute.titles = {locale: title.strip()[:60] for locale, title in titles.items() if title.strip()}
    attribute.kind, attribute.basis, attribute.keep_days = kind, basis, keep_days
    attribute.purpose = purpose.strip()[:200]
    attribute.save()
