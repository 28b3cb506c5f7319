"""Sealed values open in their own row with their own key, and nowhere else."""

from __future__ import annotations

import pytest

from nlu.errors import InvalidData, SealBroken, SealKeyMissing
from nlu.sealing import KeyRing, Sealed, new_key

CONTEXT = ("vault", 1, "scope", 2, "[phone#1]")


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing.from_texts([new_key()])


@pytest.mark.parametrize("value", ["13800138000", "", "小二 👋", "a" * 10_000, "\ud800"])
def test_a_value_comes_back_and_is_not_to_be_seen_meanwhile(value, ring: KeyRing):
    sealed = ring.seal(value, context=CONTEXT)
    assert ring.open(sealed, context=CONTEXT) == value
    assert not value or value.encode("utf-8", "surrogatepass") not in sealed.data


def test_the_same_value_is_sealed_differently_each_time(ring: KeyRing):
    assert ring.seal("x", context=CONTEXT).data != ring.seal("x", context=CONTEXT).data


@pytest.mark.parametrize(
    "other",
    [
        ("vault", 2, "scope", 2, "[phone#1]"),
        ("vault", 1, "other", 2, "[phone#1]"),
        ("vault", 1, "scope", 3, "[phone#1]"),
        ("vault", 1, "scope", 2, "[phone#2]"),
        ("secret", 1, "scope", 2, "[phone#1]"),
        ("vault", 12, "scope", "", "[phone#1]"),
        ("vault", 1, "scope2", "[phone#1]"),
    ],
)
def test_a_ciphertext_does_not_open_in_another_row(other, ring: KeyRing):
    with pytest.raises(SealBroken):
        ring.open(ring.seal("x", context=CONTEXT), context=other)


def test_a_changed_ciphertext_does_not_open(ring: KeyRing):
    sealed = ring.seal("13800138000", context=CONTEXT)
    for position in range(len(sealed.data)):
        changed = bytearray(sealed.data)
        changed[position] ^= 1
        with pytest.raises(SealBroken):
            ring.open(Sealed(bytes(changed), sealed.key_id), context=CONTEXT)
    for data in (b"", sealed.data[:5], sealed.data[:-1]):
        with pytest.raises(SealBroken):
            ring.open(Sealed(data, sealed.key_id), context=CONTEXT)


def test_the_first_key_seals_and_all_open():
    old, new = new_key(), new_key()
    before = KeyRing.from_texts([old]).seal("x", context=CONTEXT)
    both = KeyRing.from_texts([new, old])
    assert both.open(before, context=CONTEXT) == "x"
    after = both.seal("x", context=CONTEXT)
    assert after.key_id == both.current_id != before.key_id
    with pytest.raises(SealKeyMissing):
        KeyRing.from_texts([old]).open(after, context=CONTEXT)


def test_without_a_key_nothing_is_sealed():
    with pytest.raises(SealKeyMissing):
        KeyRing(()).seal("x", context=CONTEXT)


@pytest.mark.parametrize("text", ["", "short", "!" * 43, "A" * 47], ids=["empty", "short", "marks", "long"])
def test_what_is_no_key(text):
    with pytest.raises(InvalidData):
        KeyRing.from_texts([text])


def test_keys_are_not_shown(ring: KeyRing):
    assert "secret" not in repr(ring)
