"""The demo shop vouches for its customers, so that signing in there shows what a signed identity is good for."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from chat.actions.profile_attributes import create_attribute, update_attribute
from chat.actions.signing_keys import create_signing_key, offer_to_remember, verifying_keys
from chat.models import ProfileAttribute, SigningKey, Site
from chat.models.profiles import AttributeKind, Basis

KEEP_DAYS: Final = 365
ATTRIBUTES: Final = (
    ("name", AttributeKind.TEXT, Basis.CONTRACT, {"zh-hans": "姓名", "en": "Name"}, "称呼您 · To address you"),
    ("email", AttributeKind.EMAIL, Basis.CONTRACT, {"zh-hans": "邮箱", "en": "E-mail"}, "寄送发票 · For invoices"),
    (
        "tier",
        AttributeKind.TEXT,
        Basis.INTEREST,
        {"zh-hans": "会员等级", "en": "Tier"},
        "会员优先接待 · Members wait less",
    ),
)


@transaction.atomic
def trust_demo_shop(*, site: Site, text: str) -> None:
    """Give the shop's site the key that the demo shop signs with; at the first time also what it may say and why.

    What staff have changed since stays: a basis that they took away, a key that they revoked.
    """
    if SigningKey.objects.filter(site=site).exists():
        known = {key.secret for key in verifying_keys(site)}
        revoked = SigningKey.objects.filter(site=site, ending=text[-4:], revoked_at__isnull=False).exists()
        if text not in known and not revoked and len(known) < 3:
            create_signing_key(site=site, actor=None, text=text)
        return
    create_signing_key(site=site, actor=None, text=text)
    offer_to_remember(site=site, offered=True, actor=None)
    for name, kind, basis, titles, purpose in ATTRIBUTES:
        listed = ProfileAttribute.objects.filter(workspace=site.workspace, name=name).first() or create_attribute(
            workspace=site.workspace,
            name=name,
            titles=titles,
            kind=kind,
            basis="",
            purpose="",
            keep_days=KEEP_DAYS,
            actor=None,
        )
        if not listed.basis:
            update_attribute(
                attribute=listed,
                titles=titles,
                kind=kind,
                basis=basis,
                purpose=purpose,
                keep_days=KEEP_DAYS,
                actor=None,
            )
