"""Names of other products in a form that can be used here: letters, digits, hyphens and underscores."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_ALLOWED = re.compile(r"[-\w]+")
_OTHERS = re.compile(r"[^-\w]+")


def usable_names(names: Iterable[str], *, known: Collection[str], length: int) -> dict[str, str]:
    """Each name -> the name to use, "" where nothing usable is in it.

    A name that is allowed or `known` stays. In another one every run of other characters becomes an underscore;
    if that makes it the name of something else in the file, a number is appended. The order decides, so that the
    same file gives the same names.
    """
    given = list(dict.fromkeys(names))
    kept = {name for name in given if name in known or (_ALLOWED.fullmatch(name) and len(name) <= length)}
    used = set(kept)
    found: dict[str, str] = {}
    for name in given:
        if name in kept:
            found[name] = name
            continue
        base = _OTHERS.sub("_", name).strip("_")[:length]
        found[name] = fresh = _free(base, used, length) if base else ""
        used.add(fresh)
    return found


def _free(base: str, used: Collection[str], length: int) -> str:
    name, number = base, 2
    while name in used:
        ending = f"_{number}"
        name, number = base[: length - len(ending)] + ending, number + 1
    return name
