"""The keyword index: tokens, ranking, relevance."""

from __future__ import annotations

import threading

import pytest

from nlu.knowledge.index import IndexedArticle, IndexedPassage, KeywordIndex
from nlu.knowledge.tokens import tokenize


def test_chinese_becomes_characters_and_pairs() -> None:
    assert tokenize("怎么退货") == ["怎", "么", "退", "货", "怎么", "么退", "退货"]
    assert tokenize("退 货") == ["退", "货"]


def test_latin_words_are_folded_and_stemmed() -> None:
    assert tokenize("Returning ITEMS, returned!") == ["return", "item", "return"]
    assert tokenize("ＡＢＣ i'm can't café") == ["abc", "i", "cannot", "café"]


def test_mixed_text_and_placeholders() -> None:
    assert tokenize("iPhone15保修 [手机号#1]") == ["保", "修", "保修", "iphone15"]


def articles(*entries: tuple[str, tuple[str, ...], str]) -> list[IndexedArticle]:
    return [
        IndexedArticle(number, title, questions, (IndexedPassage(number * 10, "", text),))
        for number, (title, questions, text) in enumerate(entries, start=1)
    ]


SHOP = KeywordIndex(
    articles(
        (
            "How to return an item",
            ("Can I send it back?",),
            "Open the order and tap Return. The courier picks it up.",
        ),
        ("Refunds: when the money arrives", (), "A refund takes three days. Cards take longer."),
        ("Delivery times", ("When will my parcel arrive?",), "Two days in cities, four elsewhere."),
        ("Invoices", (), "Tap the order, then Invoice. Company invoices need the tax number."),
        ("Gift cards", (), "A gift card is valid for three years."),
        ("怎么退货", ("不喜欢可以退吗",), "打开订单，点退换货，快递上门取件。"),
        ("退款多久到账", (), "审核通过后三天内原路退回。"),
        ("发票怎么开", (), "在订单里点申请发票，填写公司抬头和税号。"),
    )
)


def first(query: str) -> int:
    return SHOP.search(query)[0].article_id


@pytest.mark.parametrize(
    ("query", "article"),
    [
        ("return", 1),
        ("how do i return an item", 1),
        ("can i send it back", 1),
        ("when does the refund money arrive", 2),
        ("when will my parcel arrive", 3),
        ("tax number", 4),
        ("valid years", 5),
        ("怎么退货", 6),
        ("不喜欢能退吗", 6),
        ("退款什么时候到账", 7),
        ("公司抬头", 8),
        ("我要开发票", 8),
    ],
)
def test_the_article_that_answers_comes_first(query: str, article: int) -> None:
    assert first(query) == article


def test_relevance_separates_a_match_from_a_stranger() -> None:
    same = SHOP.search("How to return an item")[0]
    stranger = SHOP.search("please write a poem about autumn in the mountains")
    assert same.relevance > 0.9
    assert all(hit.relevance < 0.3 for hit in stranger)


def test_relevance_falls_down_the_list_and_stays_in_bounds() -> None:
    for query in ("return the order", "退货退款", "card"):
        hits = SHOP.search(query)
        relevances = [hit.relevance for hit in hits]
        assert relevances == sorted(relevances, reverse=True)
        assert all(0 < relevance < 1 for relevance in relevances)


def test_each_article_once_with_its_best_passage() -> None:
    index = KeywordIndex(
        [
            IndexedArticle(
                1,
                "Shipping",
                (),
                (IndexedPassage(10, "", "It costs ten."), IndexedPassage(11, "Abroad", "Taiwan")),
            )
        ]
    )
    (hit,) = index.search("shipping to taiwan")
    assert (hit.article_id, hit.passage_id) == (1, 11)
    assert index.search("shipping")[0].passage_id == 10


@pytest.mark.parametrize("query", ["", "   ", "???", "zzzz", "\x00", "[手机号#1]", "OR NOT tytle:x^2 (", "\ud800"])
def test_odd_queries_find_nothing_and_break_nothing(query: str) -> None:
    assert SHOP.search(query) == []


def test_limits() -> None:
    assert len(SHOP.search("the order", 2)) == 2
    assert SHOP.search("the order", 0) == []
    assert first("return " * 5000) == 1
    assert KeywordIndex([]).search("return") == []


def test_threads_share_an_index() -> None:
    results: list[int] = []

    def look() -> None:
        results.extend(first("怎么退货") for _ in range(50))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [6] * 200
