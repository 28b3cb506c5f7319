from __future__ import annotations

from datetime import datetime

import pytest

from nlu.errors import InvalidData
from nlu.pipeline.entity_resolver import EntityCatalogue, EntityPattern, EntityResolver
from nlu.types import EntitySpan
from tests.nlu.pipeline.corpus import shop_catalogue

RESOLVER = EntityResolver(shop_catalogue())


def found(text: str) -> list[tuple[str, str, str, str]]:
    return [(s.text, s.type, s.value, s.source) for s in RESOLVER.resolve(text)]


def test_synonyms_give_the_canonical_value() -> None:
    assert found("要大红的，不要蓝色") == [("大红", "colour", "red", "list"), ("蓝色", "colour", "blue", "list")]


def test_the_longest_value_wins_and_width_does_not_matter() -> None:
    assert found("in ＣＲＩＭＳＯＮ Red please") == [("ＣＲＩＭＳＯＮ Red", "colour", "red", "list")]


def test_a_value_inside_a_longer_word_is_not_found() -> None:
    assert found("I was bored and redirected") == []


def test_patterns_take_their_first_group() -> None:
    assert found("订单 123456789 到哪了") == [("123456789", "order_no", "123456789", "pattern")]


def test_masked_values_become_spans_with_a_reference() -> None:
    assert found("我的[手机号#2]换了") == [("[手机号#2]", "phone", "[手机号#2]", "placeholder")]
    assert found("write to [邮箱#1]") == [("[邮箱#1]", "邮箱", "[邮箱#1]", "placeholder")]


def test_offsets_are_those_of_the_original() -> None:
    text = "😀要红色[手机号#1]"
    assert [text[s.start : s.end] for s in RESOLVER.resolve(text)] == ["红色", "[手机号#1]"]


def test_tagged_spans_get_listed_values_and_never_overlap() -> None:
    tagged = [
        EntitySpan(0, 2, "colour", "大红", "大红", 0.7, "model"),
        EntitySpan(1, 3, "size", "红的", "红的", 0.9, "model"),
    ]
    assert [(s.text, s.value) for s in RESOLVER.resolve("大红的", tagged)] == [("大红", "red")]


def test_an_invalid_pattern_names_its_entity_type() -> None:
    with pytest.raises(InvalidData, match="order_no"):
        EntityResolver(EntityCatalogue(patterns=(EntityPattern("order_no", "(unclosed"),)))


def test_the_catalogue_survives_json() -> None:
    assert EntityCatalogue.from_json(shop_catalogue().to_json()) == shop_catalogue()
    with pytest.raises(InvalidData, match="entity data"):
        EntityCatalogue.from_json({"lists": [{}], "patterns": [], "placeholders": []})


CLOCK = datetime.fromisoformat("2026-03-18T14:30:00+08:00")


def test_built_in_types_are_found_only_if_asked_for() -> None:
    text = "明天要三箱，一共五十块"
    asked = EntityResolver(EntityCatalogue(builtins=("date", "money")))
    assert [(s.type, s.text, s.value, s.source) for s in asked.resolve(text, clock=CLOCK)] == [
        ("date", "明天", "2026-03-19", "builtin"),
        ("money", "五十块", "50.00 CNY", "builtin"),
    ]
    assert EntityResolver(EntityCatalogue()).resolve(text, clock=CLOCK) == ()


def test_tagged_spans_of_built_in_types_get_the_recognized_value() -> None:
    resolver = EntityResolver(EntityCatalogue(builtins=("date",)))
    tagged = [
        EntitySpan(0, 7, "date", "明天下午三点前", "明天下午三点前", 0.8, "model"),
        EntitySpan(8, 10, "colour", "后天", "后天", 0.8, "model"),
    ]
    assert [
        (s.type, s.value, s.source) for s in resolver.resolve("明天下午三点前，后天", tagged, clock=CLOCK)
    ] == [
        ("date", "2026-03-19T15:00", "model"),
        ("date", "2026-03-20", "builtin"),
    ]


def test_a_pattern_wins_over_a_built_in_type() -> None:
    catalogue = EntityCatalogue(patterns=(EntityPattern("sku", "三箱"),), builtins=("number",))
    assert [s.type for s in EntityResolver(catalogue).resolve("要三箱和两箱", clock=CLOCK)] == ["sku", "number"]


def test_catalogues_from_before_built_in_types_are_read() -> None:
    data = shop_catalogue().to_json()
    del data["builtins"]
    assert EntityCatalogue.from_json(data) == shop_catalogue()
    asked = EntityCatalogue(builtins=("date", "money"))
    assert EntityCatalogue.from_json(asked.to_json()) == asked


def test_the_value_of_a_pattern_keeps_the_letters_as_they_were_written() -> None:
    resolver = EntityResolver(EntityCatalogue(patterns=(EntityPattern("booking", "(?i)YC[0-9]{4}"),)))
    assert [s.value for s in resolver.resolve("退掉YC2603，ＹＣ２６０４，yc2605", clock=CLOCK)] == [
        "YC2603",
        "YC2604",
        "yc2605",
    ]
