"""The English grammar, put together."""

from __future__ import annotations

from functools import cache

from nlu.recognizers.en_amounts import add_amounts
from nlu.recognizers.en_days import add_days_of
from nlu.recognizers.en_times import add_lengths, add_times
from nlu.recognizers.grammar import Grammar


@cache
def english() -> Grammar:
    """The grammar of en, made once."""
    grammar = Grammar()
    add_amounts(grammar)
    add_lengths(grammar)
    add_days_of(grammar)
    add_times(grammar)
    grammar.freeze()
    return grammar
