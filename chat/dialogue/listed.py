"""What is known of a workspace's entity types beside the model: their listed values and patterns.

The model finds values anywhere in a message and has to be careful. Where a value of one type was asked for, a
short answer may say it in fewer words: "2" for "2 people", a part of a value, one with a letter wrong, a number
with blanks in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import re2

from chat.dialogue.spelling import near
from nlu.pipeline.entity_resolver import EntityCatalogue
from nlu.pipeline.normalizer import canonical

LONGEST_ANSWER: Final = 40
"""Characters of an answer that may name a value by a part of it, or misspelt."""
_LEADING_NUMBER: Final = re.compile(r"(\d+(?:\.\d+)?)(?![\d:/-])")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_PEOPLE: Final = re.compile(r"\d\s*(?:人|位)|\b(?:people|persons?|guests?|adults?|passengers?|travell?ers?)\b")
_AROUND: Final = re.compile(
    r"^(?:(?:我(?:的)?|是|在|就|要|选|那|叫|应该|大概|可能|好像|嗯|的|用|按|想要?|it'?s|its|it is|"
    r"i'?m in|i am in|in|the|a|an|for|my|"
    r"from|to|is|probably|i think|maybe|i want|i'?d like|i'?ll take|make it|please|let'?s say|go with|"
    r"only|just|about)(?:\s+|(?=[\u4e00-\u9fff])))+"
    r"|(?:的|吧|呢|啊|了|那个|那种|这个|谢谢|please|thanks|one|i think)+$"
)


@dataclass(frozen=True)
class ListedValues:
    """The lists and patterns of the active model; nothing without a model."""

    catalogue: EntityCatalogue = field(default_factory=EntityCatalogue)

    @cached_property
    def _forms(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Type -> canonical form -> values written so."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for listed in self.catalogue.lists:
            forms = found.setdefault(listed.type, {})
            for value in listed.values:
                for form in (value.value, *value.synonyms):
                    key = canonical(form)
                    if key and value.value not in forms.get(key, ()):
                        forms[key] = (*forms.get(key, ()), value.value)
        return found

    @cached_property
    def _numbered(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Type -> number -> the values that begin with it: "2" -> "2位", "2 people"."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for listed in self.catalogue.lists:
            numbers = found.setdefault(listed.type, {})
            for value in listed.values:
                if match := _LEADING_NUMBER.match(value.value):
                    numbers[match[1]] = (*numbers.get(match[1], ()), value.value)
        return found

    @cached_property
    def _patterns(self) -> Mapping[str, re2._Regexp[str]]:
        return {entry.type: re2.compile(entry.pattern) for entry in self.catalogue.patterns}

    @cached_property
    def _of_people(self) -> frozenset[str]:
        return frozenset(
            kind
            for kind, numbers in self._numbered.items()
            if numbers and sum(_PEOPLE.search(form) is not None for form in self._forms[kind]) >= 2
        )

    def counts_people(self, kind: str) -> bool:
        """Whether the values of the type are numbers of people."""
        return kind in self._of_people

    def numbered(self, kind: str, number: str, locale: str) -> str:
        """The value that begins with this number, in the language if there are several; empty if none does."""
        values = self._numbered.get(kind, {}).get(number, ())
        chinese = locale.startswith("zh")
        fitting = [value for value in values if bool(_HAN.search(value)) == chinese] or list(values)
        return fitting[0] if len(fitting) == 1 else ""

    def meant(self, kind: str, text: str) -> str:
        """The only value that a short answer names in full, misspelt, or by a part; empty if none or several."""
        forms = self._forms.get(kind)
        if not forms or len(text) > LONGEST_ANSWER:
            return ""
        whole = canonical(text).strip(" .,!?。，！？、~")
        for said in dict.fromkeys((whole, _AROUND.sub("", _AROUND.sub("", whole)).strip())):
            if said in forms:
                return forms[said][0] if len(forms[said]) == 1 else ""
            for values in (self._misspelt(forms, said), self._by_part(forms, said)):
                if len(values) == 1:
                    return values.pop()
        return ""

    def _misspelt(self, forms: Mapping[str, tuple[str, ...]], said: str) -> set[str]:
        return {value for form, values in forms.items() if near(said, form) for value in values}

    def _by_part(self, forms: Mapping[str, tuple[str, ...]], said: str) -> set[str]:
        if len(said) < (2 if _HAN.search(said) else 3):
            return set()
        if _HAN.search(said):
            return {value for form, values in forms.items() if said in form for value in values}
        part = re.compile(rf"\b{re.escape(said)}\b")
        return {value for form, values in forms.items() if part.search(form) for value in values}

    def written(self, kind: str, text: str) -> str:
        """A value of the type's pattern that is written with blanks or dashes in it; empty if there is none."""
        pattern = self._patterns.get(kind)
        if pattern is None or len(text) > LONGEST_ANSWER:
            return ""
        joined = re.sub(r"(?<=[A-Za-z0-9])[\s\-_.]+(?=[A-Za-z0-9])", "", text)
        match = pattern.search(joined)
        if match is None:
            return ""
        return str(match.group(1 if pattern.groups and match.group(1) else 0))


NOTHING_LISTED: Final = ListedValues()
"""Of a workspace without a model."""
