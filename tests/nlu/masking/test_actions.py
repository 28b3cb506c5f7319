"""Rules as rows: defaults, changes, order, and how soon they hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from nlu.actions import masking
from nlu.actions.masking import (
    create_rule,
    delete_rule,
    ensure_default_rules,
    mask_for_workspace,
    move_rule,
    update_rule,
)
from nlu.actions.workspaces import create_workspace
from nlu.errors import InvalidData
from nlu.models import AuditEntry, MaskingRule, Workspace
from tests.nlu.masking.samples import MOBILE

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


@pytest.fixture
def workspace() -> Workspace:
    return create_workspace(slug="shop", name="Shop", default_locale="zh-hans", actor=None)


@pytest.fixture
def operator() -> User:
    return User.objects.create_user("operator")


def test_a_new_workspace_masks_from_the_start(workspace: Workspace) -> None:
    assert mask_for_workspace(workspace.pk, f"打{MOBILE}") == "打[手机号#1]"
    english = create_workspace(slug="store", name="Store", default_locale="en", actor=None)
    assert mask_for_workspace(english.pk, f"call {MOBILE}") == "call [mobile number#1]"


def test_defaults_are_made_once_and_only_where_missing(workspace: Workspace) -> None:
    assert ensure_default_rules(workspace) == []
    rule = workspace.masking_rules.get(recognizer="email")
    update_rule(rule=rule, label="信箱", actor=None)
    workspace.masking_rules.get(recognizer="mobile").delete()
    (made,) = ensure_default_rules(workspace)
    assert made.recognizer == "mobile"
    assert workspace.masking_rules.get(recognizer="email").label == "信箱"


def test_a_change_of_this_process_holds_at_once(workspace: Workspace, operator: User) -> None:
    text = f"会员123456 {MOBILE}"
    assert mask_for_workspace(workspace.pk, text) == "会员123456 [手机号#1]"
    rule = create_rule(
        workspace=workspace,
        name="会员",
        recognizer="pattern",
        label="会员号",
        pattern="会员[0-9]{6}",
        actor=operator,
    )
    assert mask_for_workspace(workspace.pk, text) == "[会员号#1] [手机号#1]"
    update_rule(rule=rule, enabled=False, actor=operator)
    assert mask_for_workspace(workspace.pk, text) == "会员123456 [手机号#1]"
    update_rule(rule=rule, enabled=True, pattern="会员[0-9]{3}", actor=operator)
    assert mask_for_workspace(workspace.pk, text) == "[会员号#1]456 [手机号#1]"
    delete_rule(rule=rule, actor=operator)
    assert mask_for_workspace(workspace.pk, text) == "会员123456 [手机号#1]"
    actions = AuditEntry.objects.filter(actor=operator).order_by("id").values_list("action", flat=True)
    assert list(actions) == [
        "masking_rule.created",
        "masking_rule.updated",
        "masking_rule.updated",
        "masking_rule.deleted",
    ]


def test_rules_of_one_workspace_do_not_mask_in_another(workspace: Workspace) -> None:
    bare = Workspace.objects.create(slug="bare", name="Bare")
    assert mask_for_workspace(bare.pk, MOBILE) == MOBILE
    assert mask_for_workspace(workspace.pk, MOBILE) == "[手机号#1]"


def test_another_process_s_change_holds_after_the_refresh_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Callable[..., object]
) -> None:
    clock = 1000.0
    monkeypatch.setattr(masking.time, "monotonic", lambda: clock)
    assert mask_for_workspace(workspace.pk, MOBILE) == "[手机号#1]"
    MaskingRule.objects.filter(workspace=workspace).update(label="电话")  # as another process would
    clock += masking.REFRESH_SECONDS - 0.1
    with django_assert_num_queries(0):
        assert mask_for_workspace(workspace.pk, MOBILE) == "[手机号#1]"
    clock += 0.2
    with django_assert_num_queries(1):
        assert mask_for_workspace(workspace.pk, MOBILE) == "[电话#1]"


def test_the_order_decides_and_can_be_changed(workspace: Workspace, operator: User) -> None:
    rule = create_rule(
        workspace=workspace, name="号", recognizer="pattern", label="号", pattern="1[0-9]{10}", actor=operator
    )
    assert mask_for_workspace(workspace.pk, MOBILE) == "[手机号#1]"
    moved = move_rule(rule=rule, steps=-1, actor=operator)
    assert mask_for_workspace(workspace.pk, MOBILE) == "[号#1]"
    assert move_rule(rule=moved, steps=99, actor=operator).position == 50
    assert mask_for_workspace(workspace.pk, MOBILE) == "[手机号#1]"
    names = list(workspace.masking_rules.order_by("position").values_list("recognizer", flat=True))
    assert names == ["resident_id", "bank_card", "email", "mobile", "pattern"]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "手机号码"},
        {"label": ""},
        {"label": "a[b"},
        {"label": "x" * 21},
        {"recognizer": "shoe_size"},
        {"pattern": ""},
        {"pattern": "(?=a)"},
        {"pattern": r"(a)\1"},
        {"pattern": "a*"},
        {"pattern": "("},
        {"pattern": "a" * 501},
    ],
)
def test_a_field_that_cannot_be_used_is_refused(
    workspace: Workspace, operator: User, fields: dict[str, str]
) -> None:
    sound = {"name": "会员", "recognizer": "pattern", "label": "会员号", "pattern": "会员[0-9]{6}"}
    with pytest.raises(InvalidData):
        create_rule(workspace=workspace, actor=operator, **{**sound, **fields})
    rule = create_rule(workspace=workspace, actor=operator, **sound)
    with pytest.raises(InvalidData):
        update_rule(rule=rule, actor=operator, **fields)
    assert update_rule(rule=rule, actor=operator, **sound).pattern == "会员[0-9]{6}"


def test_a_built_in_recognizer_has_no_pattern(workspace: Workspace) -> None:
    rule = create_rule(
        workspace=workspace, name="第二", recognizer="mobile", label="电话", pattern="ignored", actor=None
    )
    assert rule.pattern == ""
    assert update_rule(rule=rule, recognizer="pattern", pattern="[0-9]{4}", actor=None).pattern == "[0-9]{4}"


def test_there_may_be_only_so_many(workspace: Workspace) -> None:
    MaskingRule.objects.bulk_create(
        MaskingRule(workspace=workspace, name=f"r{number}", recognizer="mobile", label="号")
        for number in range(masking.MAX_RULES - workspace.masking_rules.count())
    )
    with pytest.raises(InvalidData):
        create_rule(workspace=workspace, name="one more", recognizer="mobile", label="号", actor=None)


def test_moving_a_deleted_rule_is_refused(workspace: Workspace) -> None:
    rule = workspace.masking_rules.first()
    assert rule is not None
    stale = MaskingRule.objects.get(pk=rule.pk)
    delete_rule(rule=rule, actor=None)
    with pytest.raises(InvalidData):
        move_rule(rule=stale, steps=1, actor=None)
