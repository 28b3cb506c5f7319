"""The vault: what rules keep, where it is read, who sees it, and the change of keys."""

from __future__ import annotations

import stat
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from nlu.actions.masking import create_rule, mask_text, update_rule
from nlu.actions.vault import (
    FORGET_TASK,
    REVEALS_AN_HOUR,
    KeptValue,
    NewEntry,
    forget_old_values,
    forget_values,
    keep_values,
    kept_values,
    open_entry,
    reveal_value,
)
from nlu.actions.workspaces import create_workspace
from nlu.errors import InvalidData, RevealLimit, SealBroken, SealKeyMissing
from nlu.models import AuditEntry, Job, MaskingRule, VaultEntry, Workspace
from nlu.sealing import new_key
from nlu.vault_keys import ensure_key_file, key_ring
from tests.nlu.masking.samples import MOBILE

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]
REASON = "The customer asked to be called back"


@pytest.fixture
def workspace() -> Workspace:
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


@pytest.fixture
def mobiles(workspace: Workspace) -> MaskingRule:
    return update_rule(rule=workspace.masking_rules.get(recognizer="mobile"), keeps_original=True, actor=None)


def kept(workspace: Workspace, value: str = MOBILE, *, scope: str = "a", item: int = 1) -> VaultEntry:
    keep_values([NewEntry(workspace.pk, scope, item, KeptValue("[phone#1]", value))])
    return VaultEntry.objects.get(scope=scope, item=item)


def test_no_rule_keeps_anything_unless_it_is_told_to(workspace: Workspace):
    assert not workspace.masking_rules.filter(keeps_original=True).exists()
    assert kept_values(mask_text(workspace.pk, f"call {MOBILE}")) == ()


def test_a_rule_that_keeps_gives_plain_values_each_once(workspace: Workspace, mobiles: MaskingRule):
    spaced = f"{MOBILE[:3]} {MOBILE[3:7]} {MOBILE[7:]}"
    masked = mask_text(workspace.pk, f"call {spaced} or {MOBILE}, not li@example.com")
    assert masked.text == "call [mobile number#1] or [mobile number#1], not [e-mail#1]"
    assert kept_values(masked) == (KeptValue("[mobile number#1]", MOBILE),)
    assert MOBILE not in repr(masked)
    assert MOBILE not in repr(kept_values(masked))


def test_an_own_pattern_can_keep_too(workspace: Workspace):
    create_rule(
        workspace=workspace,
        name="Members",
        recognizer="pattern",
        label="member",
        pattern="M-[0-9]{4}",
        keeps_original=True,
        actor=None,
    )
    assert kept_values(mask_text(workspace.pk, "M-1234")) == (KeptValue("[member#1]", "M-1234"),)


def test_what_is_kept_is_sealed_and_opens_in_its_row_alone(workspace: Workspace):
    first, second = kept(workspace), kept(workspace, "13900139000", item=2)
    assert MOBILE.encode() not in bytes(first.ciphertext)
    assert (open_entry(first), open_entry(second)) == (MOBILE, "13900139000")
    first.ciphertext, second.ciphertext = second.ciphertext, first.ciphertext
    for entry in (first, second):
        with pytest.raises(SealBroken):
            open_entry(entry)


def test_a_person_gives_a_reason_which_is_noted_without_the_value(workspace: Workspace, admin_user: User):
    entry = kept(workspace)
    for reason in ("", "   ", "why", "x" * 501):
        with pytest.raises(InvalidData):
            reveal_value(entry=entry, actor=admin_user, reason=reason)
    assert not AuditEntry.objects.filter(action="vault_entry.revealed").exists()
    assert reveal_value(entry=entry, actor=admin_user, reason=REASON) == MOBILE
    noted = AuditEntry.objects.get(action="vault_entry.revealed")
    assert (noted.actor, noted.reason, noted.summary) == (admin_user, REASON, "a/1 [phone#1]")


def test_thirty_values_an_hour_are_shown_to_one_person(workspace: Workspace, admin_user: User):
    entry = kept(workspace)
    for _ in range(REVEALS_AN_HOUR):
        reveal_value(entry=entry, actor=admin_user, reason=REASON)
    with pytest.raises(RevealLimit):
        reveal_value(entry=entry, actor=admin_user, reason=REASON)
    assert reveal_value(entry=entry, actor=User.objects.create_user("other"), reason=REASON) == MOBILE
    AuditEntry.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert reveal_value(entry=entry, actor=admin_user, reason=REASON) == MOBILE


def test_a_scope_is_forgotten_alone(workspace: Workspace):
    kept(workspace, scope="a")
    other = kept(workspace, scope="b")
    assert forget_values(scopes=["a"]) == 1
    assert open_entry(VaultEntry.objects.get()) == open_entry(other) == MOBILE


def test_without_a_key_a_rule_cannot_keep_and_a_text_is_not_lost(workspace: Workspace, settings, tmp_path):
    settings.VAULT_KEY, settings.VAULT_KEY_PATH = "", tmp_path / "vault_key"
    rule = workspace.masking_rules.get(recognizer="mobile")
    with pytest.raises(InvalidData, match="VAULT_KEY"):
        update_rule(rule=rule, keeps_original=True, actor=None)
    keep_values([NewEntry(workspace.pk, "a", 1, KeptValue("[phone#1]", MOBILE))])
    assert not VaultEntry.objects.exists()


def test_the_key_is_made_once_and_is_its_owners(settings, tmp_path):
    settings.VAULT_KEY, settings.VAULT_KEY_PATH = "", tmp_path / "vault_key"
    assert key_ring().keys == ()
    assert ensure_key_file()
    first = key_ring().current_id
    assert not ensure_key_file()
    assert key_ring().current_id == first
    assert stat.S_IMODE(settings.VAULT_KEY_PATH.stat().st_mode) == 0o600
    settings.VAULT_KEY = new_key()
    assert key_ring().current_id != first


def test_keys_are_changed_without_losing_a_value(workspace: Workspace, settings, tmp_path, capsys):
    settings.VAULT_KEY, settings.VAULT_KEY_PATH = "", tmp_path / "vault_key"
    ensure_key_file()
    old = key_ring()
    for number in range(450):
        kept(workspace, str(number), item=number)
    call_command("rotate_vault_key", "--new")
    assert key_ring().current_id != old.current_id
    assert [open_entry(entry) for entry in VaultEntry.objects.order_by("item")] == [str(n) for n in range(450)]
    assert set(VaultEntry.objects.values_list("key_id", flat=True)) == {key_ring().current_id}
    with pytest.raises(SealKeyMissing):
        old.open(VaultEntry.objects.first().sealed, context=VaultEntry.objects.first().context)
    assert len(key_ring().keys) == 2
    call_command("rotate_vault_key", "--forget")
    assert len(key_ring().keys) == 1
    assert stat.S_IMODE(settings.VAULT_KEY_PATH.stat().st_mode) == 0o600
    assert open_entry(VaultEntry.objects.first()) == "0"
    assert '"values": 450' in capsys.readouterr().out


def test_what_is_kept_too_long_is_deleted_and_the_next_look_is_planned(workspace: Workspace, settings):
    settings.VAULT_DAYS = 30
    old, new = kept(workspace, scope="a"), kept(workspace, scope="b")
    assert Job.objects.filter(task=FORGET_TASK).count() == 1
    Job.objects.update(status="running")
    VaultEntry.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert forget_old_values() == 1
    assert list(VaultEntry.objects.values_list("pk", flat=True)) == [new.pk]
    assert Job.objects.filter(task=FORGET_TASK, status="queued").count() == 1


def test_what_belongs_to_no_text_is_kept_as_long_as_its_owner_says(workspace: Workspace, settings):
    settings.VAULT_DAYS = 30
    own = kept(workspace, item=0)
    VaultEntry.objects.update(created_at=timezone.now() - timedelta(days=300))
    assert forget_old_values() == 0
    assert VaultEntry.objects.filter(pk=own.pk).exists()


def test_without_a_limit_values_stay_with_their_conversation(workspace: Workspace, settings):
    settings.VAULT_DAYS = 0
    old = kept(workspace)
    VaultEntry.objects.update(created_at=timezone.now() - timedelta(days=4000))
    assert forget_old_values() == 0
    assert VaultEntry.objects.filter(pk=old.pk).exists()
    assert not Job.objects.filter(task=FORGET_TASK).exists()
