"""Reading parts of a document field by field, with errors that name the place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, Self

from chat.errors import InvalidInput

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
LOCALE: Final = re.compile(r"[a-z]{2}(-[a-z0-9]{2,8})?")
LONGEST_TEXT: Final = 2_000
MOST_VARIANTS: Final = 10


class Fields:
    """One mapping of the document. Every read marks its key; `done` refuses what nobody read."""

    def __init__(self, data: Any, place: str) -> None:
        if not isinstance(data, dict):
            raise InvalidInput(f"{place}: a mapping is wanted here")
        self.data: dict[str, Any] = data
        self.place = place
        self.read: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.data

    def error(self, key: str, what: str) -> InvalidInput:
        """An error at a key."""
        return InvalidInput(f"{self.place}.{key}: {what}" if key else f"{self.place}: {what}")

    def get(self, key: str) -> Any:
        """The raw value, None if it is not there."""
        self.read.add(key)
        return self.data.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(key, "a text is wanted")
        if len(value) > LONGEST_TEXT:
            raise self.error(key, f"longer than {LONGEST_TEXT} characters")
        return value

    def name(self, key: str, default: str | None = None) -> str:
        """A name of lower-case letters, digits and underscores."""
        value = self.text(key, default)
        if value and NAME.fullmatch(value) is None:
            raise self.error(key, f"{value!r} is no name (lower-case letters, digits, underscores)")
        return value

    def one_of(self, key: str, allowed: Collection[str], default: str) -> str:
        """One of the allowed words."""
        value = self.text(key, default)
        if value not in allowed:
            raise self.error(key, f"{value!r} is none of {', '.join(sorted(allowed))}")
        return value

    def flag(self, key: str) -> bool:
        """true or false; false if it is not there."""
        return self.one_of(key, ("true", "false"), "false") == "true"

    def number(self, key: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.text(key, str(default))
        if not re.fullmatch(r"[0-9]{1,6}", value) or not least <= int(value) <= most:
            raise self.error(key, f"a whole number from {least} to {most} is wanted")
        return int(value)

    def names(self, key: str) -> tuple[str, ...]:
        """A list of names; empty if it is not there."""
        values = self.get(key)
        if values is None:
            return ()
        if not isinstance(values, list) or not all(isinstance(one, str) and NAME.fullmatch(one) for one in values):
            raise self.error(key, "a list of names is wanted")
        return tuple(values)

    def texts(self, key: str) -> dict[str, tuple[str, ...]]:
        """Texts per language; empty if they are not there."""
        return texts_of(self.get(key), f"{self.place}.{key}")

    def titles(self, key: str) -> dict[str, str]:
        """One text per language; at least one language must be there."""
        texts = self.texts(key)
        if not texts:
            raise self.error(key, "a text per language is wanted")
        return {locale: variants[0] for locale, variants in texts.items()}

    def templates(self, key: str) -> dict[str, str]:
        """Name -> template; empty if it is not there."""
        value = self.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.error(key, "a mapping of names to templates is wanted")
        for name, template in value.items():
            if NAME.fullmatch(name) is None or not isinstance(template, str) or len(template) > LONGEST_TEXT:
                raise self.error(key, f"{name!r}: a name with a short template is wanted")
        return dict(value)

    def inner(self, key: str) -> Fields:
        """A mapping under the key; empty if it is not there."""
        value = self.get(key)
        return type(self)({} if value is None else value, f"{self.place}.{key}")

    def each(self, key: str) -> Iterator[tuple[str, Self]]:
        """The mappings of a mapping, by name."""
        for name, value in self.inner(key).data.items():
            if NAME.fullmatch(name) is None:
                raise self.error(key, f"{name!r} is no name (lower-case letters, digits, underscores)")
            yield name, type(self)(value, f"{self.place}.{key}.{name}")

    def items(self, key: str) -> list[Self]:
        """The mappings of a list."""
        values = self.get(key)
        if values is None:
            return []
        if not isinstance(values, list):
            raise self.error(key, "a list is wanted")
        return [type(self)(value, f"{self.place}.{key}[{place}]") for place, value in enumerate(values)]

    def done(self) -> None:
        """InvalidInput if there is a key that has no meaning here: mostly a misspelt one."""
        unknown = [key for key in self.data if key not in self.read]
        if unknown:
            raise self.error(unknown[0], "this key has no meaning here")


def texts_of(value: Any, place: str) -> dict[str, tuple[str, ...]]:
    """Language -> variants, from a text or a list of texts per language."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{place}: texts per language are wanted (zh-hans: …, en: …)")
    result: dict[str, tuple[str, ...]] = {}
    for locale, texts in value.items():
        if LOCALE.fullmatch(locale) is None:
            raise InvalidInput(f"{place}: {locale!r} is no language (zh-hans, en)")
        variants: Sequence[Any] = texts if isinstance(texts, list) else [texts]
        if len(variants) > MOST_VARIANTS:
            raise InvalidInput(f"{place}.{locale}: at most {MOST_VARIANTS} variants")
        for one in variants:
            if not isinstance(one, str) or not one.strip() or len(one) > LONGEST_TEXT:
                raise InvalidInput(f"{place}.{locale}: a text of at most {LONGEST_TEXT} characters is wanted")
        if variants:
            result[locale] = tuple(one.strip() for one in variants)
    return result
