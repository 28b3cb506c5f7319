"""Entity types, their values and synonyms."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from nlu.models import AuditEntry, EntityType, EntityValue
from tests.console.screens.shop import Shop

HTMX = {"HX-Request": "true"}


def text(response) -> str:
    return response.content.decode()


def test_making_a_type_with_a_pattern(teach: Client, shop: Shop) -> None:
    form = {"name": "order_no", "title": "Order number", "pattern": "LM[0-9]{14}"}
    response = teach.post(reverse("console:entity_type_create"), form)
    made = EntityType.objects.get(name="order_no")
    assert response["Location"] == reverse("console:entity_type", args=[made.pk])
    assert AuditEntry.objects.filter(action="entity_type.created", object_id=str(made.pk)).exists()
    assert "LM[0-9]{14}" in text(teach.get(reverse("console:entity_types")))


def test_patterns_that_re2_cannot_run_are_refused_with_a_reason(teach: Client, shop: Shop) -> None:
    url = reverse("console:entity_type_create")
    for pattern, reason in (
        ("(?=a)b", "Look-around"),
        (r"(a)\1", "Look-around and back-references"),
        ("(unclosed", "cannot be read"),
        ("a*", "matches nothing at all"),
    ):
        page = text(teach.post(url, {"name": "bad", "title": "", "pattern": pattern}))
        assert reason in page, pattern
    assert not EntityType.objects.filter(name="bad").exists()


def test_a_taken_name_is_refused(teach: Client, shop: Shop) -> None:
    page = text(teach.post(reverse("console:entity_type_create"), {"name": "city", "title": "", "pattern": ""}))
    assert "already an entity type" in page


def test_editing_and_deleting_a_type(teach: Client, shop: Shop) -> None:
    url = reverse("console:entity_type_edit", args=[shop.city.pk])
    teach.post(url, {"name": "town", "title": "Town", "pattern": ""})
    shop.city.refresh_from_db()
    assert (shop.city.name, shop.city.title) == ("town", "Town")
    url = reverse("console:entity_type_delete", args=[shop.city.pk])
    assert "1 value with its synonyms goes" in text(teach.get(url))
    teach.post(url)
    assert not EntityType.objects.filter(pk=shop.city.pk).exists()
    assert AuditEntry.objects.filter(action="entity_type.deleted").count() == 1


def test_adding_a_value_with_synonyms_of_both_commas(teach: Client, shop: Shop) -> None:
    url = reverse("console:entity_value_add", args=[shop.city.pk])
    response = teach.post(url, {"value": "北京", "synonyms": "京城，帝都, Beijing"}, headers=HTMX)
    assert response.status_code == 200
    value = EntityValue.objects.get(value="北京")
    assert set(value.synonyms.values_list("text", flat=True)) == {"京城", "帝都", "Beijing"}
    assert AuditEntry.objects.filter(action="entity_value.added", object_id=str(value.pk)).exists()


def test_a_word_names_one_value_only(teach: Client, shop: Shop) -> None:
    url = reverse("console:entity_value_add", args=[shop.city.pk])
    response = teach.post(url, {"value": "Christiania", "synonyms": ""}, headers=HTMX)
    assert response.status_code == 422
    assert "“Oslo” already has one of these words" in text(response)
    assert 'value="Christiania"' in text(response)
    assert EntityValue.objects.count() == 1


def test_a_value_is_edited_in_its_row(teach: Client, shop: Shop) -> None:
    url = reverse("console:entity_value", args=[shop.value.pk])
    assert 'value="Christiania"' in text(teach.get(f"{url}?edit=1", headers=HTMX))
    row = text(teach.post(url, {"value": "Oslo", "synonyms": "Kristiania"}, headers=HTMX))
    assert "Kristiania" in row
    assert "Christiania" not in row
    response = teach.post(url, {"value": "", "synonyms": ""}, headers=HTMX)
    assert "errorlist" in text(response)
    assert EntityValue.objects.get().value == "Oslo"


def test_a_value_is_deleted(teach: Client, shop: Shop) -> None:
    response = teach.post(reverse("console:entity_value", args=[shop.value.pk]), {"do": "delete"}, headers=HTMX)
    assert "<tr" not in text(response)
    assert "is deleted" in text(response)
    assert not EntityValue.objects.exists()
    assert AuditEntry.objects.filter(action="entity_value.deleted").count() == 1


def test_values_are_found_by_their_synonyms(teach: Client, shop: Shop) -> None:
    url = reverse("console:entity_type", args=[shop.city.pk])
    assert "Oslo" in text(teach.get(url, {"q": "christ"}, headers=HTMX | {"HX-Target": "values"}))
    assert "No value fits" in text(teach.get(url, {"q": "zebra"}))
