from __future__ import annotations

import pytest

from nlu.pipeline.normalizer import canonical, normalize
from nlu.pipeline.tokenization import bio_tags, spans_of, tokenize_text


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


def test_tags_and_spans_are_inverse() -> None:
    text = "从 上海 飞 New York"
    entities = [(2, 4, "city"), (7, 15, "city")]
    tokens = tokenize_text(text)
    tags = bio_tags(tokens, entities)
    assert spans_of(tokens, tags) == entities
    assert tags == ["O", "B-city", "I-city", "O", "B-city", "I-city"]


def test_a_span_that_cuts_a_word_takes_the_whole_word() -> None:
    tokens = tokenize_text("unbelievable")
    assert spans_of(tokens, bio_tags(tokens, [(2, 5, "x")])) == [(0, 12, "x")]
