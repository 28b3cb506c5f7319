"""Vectors of tokens: which pieces belong to which token, in code points, and what is left at zero."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from nlu.pipeline.encoder_folder import encoder_files, encoder_of, load_encoder
from nlu.pipeline.features import NgramSpec
from nlu.pipeline.pair_encoder import PairEncoder
from nlu.pipeline.sentence_encoder import SentenceEncoder
from nlu.pipeline.token_vectors import token_vectors
from nlu.pipeline.tokenization import tokenize_text
from nlu.pipeline.vocabulary import NgramVocabulary
from tests.nlu.pipeline.tiny import write_transformer

# With these the tiny tokenizer has pieces for all that a customer says in Chinese here.
CHINESE = "请问这个多少钱订单什时候到手机号"


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    return load_encoder(write_transformer(tmp_path_factory.mktemp("encoders") / "english"))


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    folder = tmp_path_factory.mktemp("encoders") / "bilingual"
    return load_encoder(write_transformer(folder, letters=CHINESE))


def read(encoder: SentenceEncoder, text: str) -> Tensor:
    return encoder.read([text], [tokenize_text(text)]).tokens[0]


def told(encoder: SentenceEncoder, text: str) -> dict[str, bool]:
    """Whether each token has a vector."""
    vectors = read(encoder, text)
    return {token.text: bool(vector.any()) for token, vector in zip(tokenize_text(text), vectors, strict=True)}


def test_a_token_is_the_mean_of_its_pieces() -> None:
    line = tokenize_text("refund 你好")
    states = torch.eye(5)
    spans = np.array([[0, 2], [2, 6], [7, 9], [7, 9], [0, 0]])
    refund, first, second = token_vectors(states, spans, line)
    assert refund.tolist() == pytest.approx([0.5**0.5, 0.5**0.5, 0, 0, 0])
    # A piece of two characters tells of both.
    assert first.tolist() == second.tolist() == pytest.approx([0, 0, 0.5**0.5, 0.5**0.5, 0])
    assert token_vectors(states[:0], spans[:0], line).tolist() == [[0.0] * 5] * 3
    assert token_vectors(states, spans, []).shape == (0, 5)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("refund the bill", {"refund", "the", "bill"}),
        ("👍🏽 refund 👨‍👩‍👧 now", {"refund", "now"}),
        ("cafe\u0301 bill", {"bill"}),
        ("ｒｅｆｕｎｄ　now", {"now"}),
        ("call [phone#1] please", {"call", "[phone#1]", "please"}),
        ("\u200brefund\ufe0f it", {"it"}),
        ("ﬁx ½ it", {"it"}),
        ("", set()),
        ("   ", set()),
        ("?!", set()),
    ],
)
def test_the_words_that_the_tokenizer_knows_get_vectors(
    english: SentenceEncoder, text: str, known: set[str]
) -> None:
    vectors = read(english, text)
    assert vectors.shape == (len(tokenize_text(text)), english.token_size)
    lengths = vectors.norm(dim=1)
    assert torch.allclose(lengths[lengths > 0], torch.ones(int((lengths > 0).sum())), atol=1e-5)
    assert {word for word, seen in told(english, text).items() if seen} == known


def test_a_word_keeps_its_vectors_place_behind_emoji_and_combining_marks(english: SentenceEncoder) -> None:
    # The tokenizer does not know the emoji; what follows must not be read one place off.
    known = told(english, "😀👍🏽 e\u0301 refund")
    assert known["refund"]
    assert not known["😀"]
    last = read(english, "😀 refund")[-1]
    assert not torch.allclose(last, read(english, "😀 bill")[-1], atol=1e-3)


def test_vectors_come_with_the_same_pass_and_do_not_depend_on_the_batch(bilingual: SentenceEncoder) -> None:
    texts = ["refund", "我要退款", "a longer text about a bill", "", "refund 我要", "退"]
    lines = [tokenize_text(text) for text in texts]
    together = bilingual.read(texts, lines)
    assert torch.allclose(together.sentences, bilingual.encode(texts), atol=1e-6)
    for text, vectors in zip(texts, together.tokens, strict=True):
        assert torch.allclose(vectors, read(bilingual, text), atol=1e-5), text
    assert bilingual.read([], []).tokens == ()


def test_context_changes_a_tokens_vector(english: SentenceEncoder) -> None:
    assert not torch.allclose(read(english, "my bill")[1], read(english, "the long bill")[2], atol=1e-4)


def test_what_the_tokenizer_was_not_made_for_gets_zeros(
    english: SentenceEncoder, bilingual: SentenceEncoder
) -> None:
    # Of these characters the English tokenizer knows some, too: to a tagger that would be noise.
    assert not read(english, "我要退款").any()
    assert read(bilingual, "我要退款").any(dim=1).all()
    mixed = "please send 我要 the bill"
    assert told(english, mixed) == {
        "please": True,
        "send": True,
        "我": False,
        "要": False,
        "the": True,
        "bill": True,
    }
    assert all(told(bilingual, mixed).values())
    assert not any(told(english, "我要退款开发票 ok").values())


def test_a_masked_value_is_one_token(bilingual: SentenceEncoder) -> None:
    text = "我要 [手机号#1] 退款"
    vectors = read(bilingual, text)
    assert len(vectors) == 5
    assert vectors[2].any()


def test_behind_the_encoders_window_there_is_nothing(english: SentenceEncoder) -> None:
    text = "a " * 500
    vectors = read(english, text)
    seen = vectors.any(dim=1)
    assert vectors.shape[0] == 500
    assert seen[:100].all()
    assert not seen[150:].any()


def test_a_folder_gives_back_the_same_vectors(bilingual: SentenceEncoder, english: SentenceEncoder) -> None:
    for encoder in (bilingual, english):
        again = encoder_of(*encoder_files(encoder))
        assert again.token_size == encoder.token_size == encoder.size
        for text in ("我要 refund", "the bill"):
            assert torch.equal(read(again, text), read(encoder, text))


def test_an_encoder_of_pairs_has_vectors_for_texts_alone() -> None:
    vocabulary = NgramVocabulary.build(["refund it"], NgramSpec())
    pairs = PairEncoder(vocabulary, torch.ones(len(vocabulary), 8))
    seen = pairs.read(["refund it"], [tokenize_text("refund it")])
    assert pairs.token_size == 0
    assert seen.tokens[0].shape == (2, 0)
    assert torch.equal(seen.sentences, pairs.encode(["refund it"]))
