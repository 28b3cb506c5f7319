"""Listed values that are misspelt: what is found, and the near twins that are not."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import pytest

from nlu.pipeline.entity_resolver import EntityCatalogue, EntityList, EntityPattern, EntityResolver, ListValue
from nlu.pipeline.features import NgramSpec
from nlu.pipeline.vocabulary import NgramVocabulary
from nlu.types import EntitySpan, Parse

PRODUCTS = (
    ListValue("iPhone 14"),
    ListValue("iPhone 15"),
    ListValue("iPhone 15 Pro"),
    ListValue("AirPods"),
    ListValue("Wi-Fi", ("无线网络",)),
    ListValue("PS5"),
    ListValue("Border"),
    ListValue("Nike"),
    ListValue("Everyday"),
    ListValue("The Gold Rush Blend"),
    ListValue("华为Mate60"),
    ListValue("苹果手机壳"),
)
SCHOOLS = (
    ListValue("Peking University", ("北京大学",)),
    ListValue("Tsinghua University"),
    ListValue("哈利·波特"),
    ListValue("上海银行"),
    ListValue("退款不到账"),
    ListValue("信用卡还款"),
)
CATALOGUE = EntityCatalogue(
    lists=(EntityList("product", PRODUCTS), EntityList("name", SCHOOLS)),
    patterns=(EntityPattern("code", "code ([a-z]{6}) 15"),),
)
TRAINED = (
    "where is my order",
    "i take the boarder bus every day",
    "nine items please",
    "is it a good day",
    "怎么旅行",
    "信用卡欠款",
    "i have a phone",
)


def resolver(catalogue: EntityCatalogue = CATALOGUE, trained: Sequence[str] = TRAINED) -> EntityResolver:
    vocabulary = NgramVocabulary.build(trained, NgramSpec())
    return EntityResolver(catalogue, vocabulary.knows)


RESOLVER = resolver()


def guessed(text: str, by: EntityResolver = RESOLVER) -> list[tuple[str, str]]:
    return [(text[s.start : s.end], s.value) for s in by.resolve(text) if s.source == "fuzzy"]


@pytest.mark.parametrize(
    ("text", "written", "value"),
    [
        ("iphnoe 15 please", "iphnoe 15", "iPhone 15"),  # swapped
        ("an iphon 15", "iphon 15", "iPhone 15"),  # missing
        ("an iphhone 15", "iphhone 15", "iPhone 15"),  # doubled
        ("an iphome 15", "iphome 15", "iPhone 15"),  # wrong
        ("an iphone15!", "iphone15", "iPhone 15"),
        ("IPHONE-15", "IPHONE-15", "iPhone 15"),
        ("ｉｐｈｎｏｅ　１５", "ｉｐｈｎｏｅ　１５", "iPhone 15"),
        ("the iphone 15 por", "iphone 15 por", "iPhone 15 Pro"),
        ("at Peking Univeristy", "Peking Univeristy", "Peking University"),
        ("at pekinguniveristy", "pekinguniveristy", "Peking University"),
        ("at pekng univrsity", "pekng univrsity", "Peking University"),
        ("at oeking university", "oeking university", "Peking University"),  # the first letter, in a long form
        ("tsinghau university", "tsinghau university", "Tsinghua University"),
        ("my air pods", "air pods", "AirPods"),
        ("wifi is slow", "wifi", "Wi-Fi"),
        ("nkie shoes", "nkie", "Nike"),
        ("teh gold rush blend", "teh gold rush blend", "The Gold Rush Blend"),
        ("我在北经大学读书", "北经大学", "Peking University"),  # wrong
        ("我在北京大雪", "北京大雪", "Peking University"),  # wrong at the end of the text
        ("北京大雪，你好", "北京大雪", "Peking University"),
        ("北京学", "北京学", "Peking University"),  # missing
        ("要苹果机壳吗", "苹果机壳", "苹果手机壳"),
        ("信用用卡还款", "信用用卡还款", "信用卡还款"),  # doubled
        ("信卡用还款的事", "信卡用还款", "信用卡还款"),  # swapped
        ("哈利波特的书", "哈利波特", "哈利·波特"),
        ("北京 大学", "北京 大学", "Peking University"),
        ("华为 mate 60", "华为 mate 60", "华为Mate60"),
        ("不好用的无线网洛", "无线网洛", "Wi-Fi"),
    ],
)
def test_misspelt_values_are_found(text: str, written: str, value: str) -> None:
    assert guessed(text) == [(written, value)]


@pytest.mark.parametrize(
    "text",
    [
        "an iphone 16",  # another number is another thing
        "an iphone 150",
        "where is my order",  # an ordinary word near Border
        "the boarder bus",  # training knows the word
        "nine of them",  # training knows it, and four letters are too few anyway
        "bike or mike",
        "every day",  # two ordinary words are two words
        "ps 5",  # too short
        "p s 5",
        "hello. peking. university is hard",  # a sentence ends between them
        "无线网洛不好",
        "南京大学",  # the first character is another
        "我在北京学习",  # three characters inside a sentence
        "北京大雪里",  # the last character, and the sentence goes on
        "去上海旅行",  # training knows the word
        "信用卡欠款",
        "信用卡还了",  # the sentence goes on with a particle
        "退款到账",  # without the "not" it says the opposite
        "苹果手机",  # a value's beginning
    ],
)
def test_near_words_are_left_alone(text: str) -> None:
    assert guessed(text) == []


def test_a_word_is_ordinary_only_if_training_knows_it() -> None:
    assert guessed("the boarder bus", resolver(trained=("hello there",))) == [("boarder", "Border")]
    assert guessed("my everyday") == []
    assert guessed("my every dya") == []
    assert guessed("the ever yday", resolver(trained=("hello there",))) == [("ever yday", "Everyday")]
    assert guessed("去上海旅行", resolver(trained=("hello there",))) == [("上海旅行", "上海银行")]


def test_guesses_are_marked_and_less_sure_the_more_is_wrong() -> None:
    by_text = {text: RESOLVER.resolve(text)[0] for text in ("iphone 15", "iphone15", "iphnoe 15")}
    assert [span.source for span in by_text.values()] == ["list", "fuzzy", "fuzzy"]
    sure = [span.confidence for span in by_text.values()]
    assert sure == sorted(sure, reverse=True) and sure[0] == 1.0 and 0.5 < sure[2] < 0.8
    one, two = (RESOLVER.resolve(text)[0].confidence for text in ("pekng university", "pekng univrsity"))
    assert one > two


def test_two_values_equally_near_are_no_guess() -> None:
    def named(*values: str) -> EntityResolver:
        return resolver(EntityCatalogue(lists=(EntityList("city", tuple(map(ListValue, values))),)))

    assert guessed("to marten", named("Marken", "Marlen")) == []
    assert guessed("to marten", named("Marken")) == [("marten", "Marken")]
    assert guessed("东京大雪", named("东京大学", "东京大厦")) == []
    assert guessed("东京大雪", named("东京大学")) == [("东京大雪", "东京大学")]


def test_a_word_of_another_value_is_no_misspelling() -> None:
    both = EntityCatalogue(
        lists=(EntityList("a", (ListValue("Market"),)), EntityList("b", (ListValue("Marker"),)))
    )
    assert [(s.type, s.source) for s in resolver(both).resolve("marker")] == [("b", "list")]
    alone = EntityCatalogue(lists=(EntityList("a", (ListValue("Market"),)),))
    assert [(s.type, s.source) for s in resolver(alone).resolve("marker")] == [("a", "fuzzy")]


def test_what_is_certain_wins() -> None:
    found = RESOLVER.resolve("code iphnoe 15, iphnoe 15")
    assert [(s.type, s.source, s.start) for s in found] == [("code", "pattern", 5), ("product", "fuzzy", 16)]
    assert [(s.value, s.source) for s in RESOLVER.resolve("信用卡还款款")] == [("信用卡还款", "list")]


def test_masked_values_are_never_touched() -> None:
    catalogue = EntityCatalogue(lists=(EntityList("product", (ListValue("iPhone 15"), ListValue("[手机号#1]"))),))
    text = "[手机号#2]iphnoe 15[邮箱#1]"
    found = resolver(catalogue).resolve(text)
    assert [(text[s.start : s.end], s.source) for s in found] == [
        ("[手机号#2]", "placeholder"),
        ("iphnoe 15", "fuzzy"),
        ("[邮箱#1]", "placeholder"),
    ]


def test_offsets_are_code_points_of_the_original() -> None:
    text = "😀\u200bＰｅｋｉｎｇ\u200b Univeristy，ﬁ北经大学"
    spans = [s for s in RESOLVER.resolve(text) if s.source == "fuzzy"]
    assert [text[s.start : s.end] for s in spans] == ["Ｐｅｋｉｎｇ\u200b Univeristy", "北经大学"]
    assert all(s.text == text[s.start : s.end] for s in spans)


def test_tagged_spans_get_the_value_that_they_misspell() -> None:
    tagged = [EntitySpan(0, 9, "product", "iphnoe 15", "iphnoe 15", 0.8, "model")]
    assert [(s.value, s.source) for s in RESOLVER.resolve("iphnoe 15", tagged)] == [("iPhone 15", "fuzzy")]


def test_the_tagger_has_its_way_where_it_is_surer_of_another_type() -> None:
    def found(confidence: float) -> list[tuple[str, str]]:
        tagged = [EntitySpan(4, 10, "person", "bordex", "bordex", confidence, "model")]
        return [(span.type, span.source) for span in RESOLVER.resolve("mr. bordex", tagged)]

    assert found(0.95) == [("person", "model")]
    assert found(0.4) == [("product", "fuzzy")]


def test_a_parse_with_a_guess_survives_json() -> None:
    spans = RESOLVER.resolve("iphnoe 15")
    parse = Parse("iphnoe 15", "en", (), spans, True, 0.5, 0.5, "none", "v", 1.0)
    assert [s.source for s in Parse.from_json(parse.to_json()).entities] == ["fuzzy"]


def test_names_in_other_scripts() -> None:
    catalogue = EntityCatalogue(lists=(EntityList("city", (ListValue("Владивосток"), ListValue("Málaga"))),))
    assert guessed("в Владивасток", resolver(catalogue)) == [("Владивасток", "Владивосток")]
    assert guessed("to malaga", resolver(catalogue)) == [("malaga", "Málaga")]


def test_long_and_hostile_texts_and_lists_stay_cheap() -> None:
    generator = random.Random(5)
    alike = tuple(ListValue("a" * generator.randint(4, 60) + "b" * generator.randint(4, 60)) for _ in range(3000))
    han = tuple(
        ListValue(
            "中国" + "".join(generator.choice("银行大学酒店公司人民") for _ in range(generator.randint(2, 8)))
        )
        for _ in range(3000)
    )
    words = tuple(ListValue(" ".join(generator.choice("ab") * 4 for _ in range(29))) for _ in range(500))
    by = resolver(EntityCatalogue(lists=(EntityList("x", alike + han + words),)))
    texts = ["aaaab " * 333, "中国" * 1000, "中国银大行学" * 333, "aaaa bbbb " * 200, "a" * 2000, "abab " * 400]
    begun = time.perf_counter()
    for text in texts:
        by.resolve(text)
    assert time.perf_counter() - begun < 3


def test_values_of_which_too_many_are_alike_are_not_guessed() -> None:
    values = tuple(ListValue(f"mode{letter}x") for letter in "abcdefghijklmnopqrstuvw")
    many = resolver(EntityCatalogue(lists=(EntityList("x", values),)))
    assert guessed("modeyx", many) == []
    few = resolver(EntityCatalogue(lists=(EntityList("x", values[:1]),)))
    assert guessed("modeyx", few) == [("modeyx", "modeax")]
