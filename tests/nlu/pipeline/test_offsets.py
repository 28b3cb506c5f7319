from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from nlu.pipeline.normalizer import canonical, normalize
from nlu.pipeline.tagged_spans import tagged_spans
from nlu.pipeline.tokenization import Token, bio_tags, tokenize_text


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("Straße", "strasse"),
        ("ﬁne", "fine"),
        ("it’s", "it's"),
        ("a\u200bb\ufeff", "ab"),
        ("a\u3000b\tc", "a b c"),
        ("⑤", "5"),
    ],
)
def test_writing_variants_fold_to_one_form(written: str, folded: str) -> None:
    assert normalize(written).text == folded


@pytest.mark.parametrize(
    "text", ["hi 😀👍🏽 there", "订单ＡＢ１２３，快点😀", "ﬁne café ①", "a\u200bb c", "👨‍👩‍👧 家"]
)
def test_every_token_lies_where_it_was_written(text: str) -> None:
    for token in tokenize_text(text):
        assert 0 <= token.start < token.end <= len(text)
        assert canonical(text[token.start : token.end]) == canonical(token.text)
    starts = [token.start for token in tokenize_text(text)]
    assert starts == sorted(starts)


def test_spans_survive_folding_that_changes_lengths() -> None:
    text = "😀ﬁﬁ ﬁnd ＰＡＲＩＳ！"
    token = next(token for token in tokenize_text(text) if token.text == "paris")
    assert text[token.start : token.end] == "ＰＡＲＩＳ"
    folded = normalize(text)
    assert folded.text[slice(*folded.folded_span(token.start, token.end))] == "paris"


def test_empty_spans_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        normalize("abc").original_span(2, 2)


def test_a_masked_value_is_one_token() -> None:
    tokens = tokenize_text("我的[手机号#1]和[邮箱#12]，call me")
    assert [token.text for token in tokens if token.kind == "placeholder"] == ["[手机号#1]", "[邮箱#12]"]
    assert [token.kind for token in tokens if token.text in "我的"] == ["cjk", "cjk"]


def spans_of(text: str, tokens: Sequence[Token], tags: Sequence[str]) -> list[tuple[int, int, str]]:
    names = sorted({*tags, "O"})
    path = np.array([names.index(tag) for tag in tags])
    (spans,) = tagged_spans([text], [tokens], names, path, np.zeros((len(tags), len(names)), dtype=np.float32))
    return [(span.start, span.end, span.type) for span in spans]


def test_tags_and_spans_are_inverse() -> None:
    text = "从 上海 飞 New York"
    entities = [(2, 4, "city"), (7, 15, "city")]
    tokens = tokenize_text(text)
    tags = bio_tags(tokens, entities)
    assert spans_of(text, tokens, tags) == entities
    assert tags == ["O", "B-city", "I-city", "O", "B-city", "I-city"]


def test_a_span_that_cuts_a_word_takes_the_whole_word() -> None:
    text = "unbelievable"
    tokens = tokenize_text(text)
    assert spans_of(text, tokens, bio_tags(tokens, [(2, 5, "x")])) == [(0, 12, "x")]


def test_a_span_is_as_sure_as_its_least_sure_token_and_lies_in_its_own_text() -> None:
    texts = ["to New York", "", "from Oslo in May", "hello"]
    lines = [tokenize_text(text) for text in texts]
    names = ["O", "B-city", "I-city", "B-month"]
    path = np.array([0, 1, 2, 0, 1, 0, 3, 0])
    emissions = np.zeros((8, 4), dtype=np.float32)
    emissions[np.arange(8), path] = [9, 9, 1, 9, 2, 9, 3, 9]
    found = tagged_spans(texts, lines, names, path, emissions)
    assert [[(span.text, span.type) for span in spans] for spans in found] == [
        [("New York", "city")],
        [],
        [("Oslo", "city"), ("May", "month")],
        [],
    ]
    shares = [np.e**score / (np.e**score + 3) for score in (1, 2, 3)]
    assert [span.confidence for spans in found for span in spans] == pytest.approx(shares, abs=1e-6)
