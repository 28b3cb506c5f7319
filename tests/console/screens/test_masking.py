"""Masking rules: order, own patterns, switching, and the try-out box."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from nlu.actions.masking import mask_for_workspace
from nlu.models import AuditEntry, MaskingRule
from tests.console.screens.shop import Shop

URL = "/console/masking/"


def text(response) -> str:
    return response.content.decode()


def test_an_own_pattern_masks_from_then_on(teach: Client, shop: Shop) -> None:
    form = {
        "name": "Member number",
        "recognizer": "pattern",
        "pattern": "M-[0-9]{6}",
        "label": "member",
        "enabled": "on",
    }
    teach.post(reverse("console:masking_create"), form)
    rule = MaskingRule.objects.get(name="Member number")
    assert mask_for_workspace(shop.workspace.pk, "it is M-123456") == "it is [member#1]"
    assert AuditEntry.objects.filter(action="masking_rule.created", object_id=str(rule.pk)).exists()


def test_a_bad_pattern_or_label_is_refused_with_a_reason(teach: Client, shop: Shop) -> None:
    url = reverse("console:masking_create")
    good = {"name": "x", "recognizer": "pattern", "pattern": "M[0-9]+", "label": "m", "enabled": "on"}
    count = MaskingRule.objects.count()
    assert "Look-around" in text(teach.post(url, good | {"pattern": "(?<=a)b"}))
    assert "without brackets" in text(teach.post(url, good | {"label": "[m]"}))
    assert "The pattern is empty" in text(teach.post(url, good | {"pattern": ""}))
    assert MaskingRule.objects.count() == count
    assert teach.post(url, good).status_code == 302


def test_rules_are_moved_edited_switched_and_deleted(teach: Client, shop: Shop) -> None:
    names = list(MaskingRule.objects.filter(workspace=shop.workspace).values_list("name", flat=True))
    teach.post(reverse("console:masking_move", args=[shop.rule.pk]), {"do": "down"})
    after = list(MaskingRule.objects.filter(workspace=shop.workspace).values_list("name", flat=True))
    assert after[:2] == [names[1], names[0]]
    teach.post(reverse("console:masking_move", args=[shop.rule.pk]), {"do": "up"})
    assert MaskingRule.objects.filter(workspace=shop.workspace).first() == shop.rule
    edit = reverse("console:masking_edit", args=[shop.rule.pk])
    teach.post(edit, {"name": "ID", "recognizer": shop.rule.recognizer, "label": "id", "enabled": "on"})
    shop.rule.refresh_from_db()
    assert (shop.rule.name, shop.rule.label) == ("ID", "id")
    response = teach.post(reverse("console:masking_switch", args=[shop.rule.pk]), follow=True)
    assert "is stored as it was typed" in text(response)
    shop.rule.refresh_from_db()
    assert not shop.rule.enabled
    delete = reverse("console:masking_delete", args=[shop.rule.pk])
    assert "Delete “ID”?" in text(teach.get(delete))
    teach.post(delete)
    assert not MaskingRule.objects.filter(pk=shop.rule.pk).exists()
    assert AuditEntry.objects.filter(action="masking_rule.deleted").count() == 1


def test_the_box_shows_what_is_stored_and_why(teach: Client, shop: Shop) -> None:
    headers = {"HX-Request": "true", "HX-Target": "trial"}
    page = text(teach.post(URL, {"text": "call 13800138000, order LM20260318001234"}, headers=headers))
    assert "<html" not in page
    assert "call [" in page
    assert "LM20260318001234" in page
    assert '<span class="span-type">' in page
    assert "No rule found anything" in text(teach.post(URL, {"text": "hello"}, headers=headers))


def test_without_scripts_the_box_works_on_the_page(teach: Client, shop: Shop) -> None:
    page = text(teach.post(URL, {"text": "call 13800138000"}))
    assert "<html" in page
    assert "call [" in page


def test_the_original_is_kept_if_the_form_says_so(teach: Client, shop: Shop) -> None:
    edit = reverse("console:masking_edit", args=[shop.rule.pk])
    assert "Keep the original in the vault" in text(teach.get(edit))
    fields = {"name": "ID", "recognizer": shop.rule.recognizer, "label": "id", "enabled": "on"}
    teach.post(edit, fields | {"keeps_original": "on"})
    shop.rule.refresh_from_db()
    assert shop.rule.keeps_original
    assert "original kept in the vault" in text(teach.get(URL))
    assert "keeps the original" in AuditEntry.objects.get(action="masking_rule.updated").summary
    teach.post(edit, fields)
    shop.rule.refresh_from_db()
    assert not shop.rule.keeps_original
