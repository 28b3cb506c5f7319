"""Passages: cut at headings, never too long, the same text always the same hash."""

from __future__ import annotations

import random

from nlu.knowledge.chunking import LONGEST, SHORTEST, split

PARAGRAPH = "Open the order and tap the button. " * 8


def test_a_short_article_is_one_passage() -> None:
    (chunk,) = split("Returns", "Tap **Return**.\n\n## Then\n\n1. Wait\n2. Done")
    assert (chunk.heading, chunk.text) == ("", "Tap Return.\nThen\n1. Wait\n2. Done")


def test_headings_begin_passages_and_are_kept_with_those_above() -> None:
    chunks = split("t", f"intro {PARAGRAPH}\n\n# A\n\n{PARAGRAPH}\n\n## B\n\n{PARAGRAPH}\n\n# C\n\n{PARAGRAPH}")
    assert [chunk.heading for chunk in chunks] == ["", "A", "A / B", "C"]


def test_an_empty_article_is_found_by_its_title() -> None:
    (chunk,) = split("Only a title", "")
    assert chunk.text == "Only a title"


def test_long_text_is_cut_between_sentences() -> None:
    for sentence in ("This is a sentence of some length. ", "这是一个有一定长度的句子。"):
        chunks = split("t", sentence * 200)
        assert len(chunks) >= 3
        assert all(SHORTEST < len(chunk.text) <= LONGEST for chunk in chunks[:-1])
        assert all(chunk.text.endswith((".", "。")) for chunk in chunks)
        assert "".join(chunk.text for chunk in chunks).replace(" ", "") == (sentence * 200).replace(" ", "")


def test_nothing_is_lost_or_too_long_whatever_the_text() -> None:
    source = random.Random(5)
    pieces = [
        "字" * 400,
        "word " * 90,
        "x" * 2500,
        "。",
        "\n\n",
        "# 标题\n\n",
        "- item\n",
        "1. step\n",
        "A. B! C?",
    ]
    for _ in range(100):
        body = "".join(source.choice(pieces) for _ in range(12))
        chunks = split("t", body)
        assert all(0 < len(chunk.text) <= LONGEST + 200 for chunk in chunks)
        kept = "".join(chunk.heading + chunk.text for chunk in chunks)
        assert kept.count("x") >= body.count("x")
        assert kept.count("字") >= body.count("字")


def test_the_hash_follows_the_words() -> None:
    one, same, other = split("t", "a b"), split("u", "**a** b"), split("t", "a c")
    assert one[0].content_hash == same[0].content_hash != other[0].content_hash
