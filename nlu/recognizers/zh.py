"""The Chinese grammar, put together."""

from __future__ import annotations

from functools import cache

from nlu.recognizers.grammar import Grammar
from nlu.recognizers.zh_amounts import add_amounts
from nlu.recognizers.zh_counts import add_counts
from nlu.recognizers.zh_days import add_days_of
from nlu.recognizers.zh_times import add_lengths, add_times


@cache
def chinese() -> Grammar:
    """The grammar of zh-hans, made once."""
    grammar = Grammar()
    add_counts(grammar)
    add_lengths(grammar)
    add_days_of(grammar)
    add_times(grammar)
    add_amounts(grammar)
    grammar.freeze()
    return grammar
