"""What a product of the demo shop is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute of a product, as it is written in both languages."""

    key: str
    label_zh: str
    label_en: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Option:
    """One variant that can be bought: size and colour as the shop names them; empty where there is only one."""

    size: str
    colour_zh: str
    colour_en: str
    stock: int

    @property
    def zh(self) -> str:
        """The variant in a line."""
        return " / ".join(part for part in (self.colour_zh, size_zh(self.size)) if part)

    @property
    def en(self) -> str:
        """The variant in a line."""
        return " / ".join(part for part in (self.colour_en, size_en(self.size)) if part)


@dataclass(frozen=True, slots=True)
class Product:
    """A product. `kind` tells what it may be compared with; the last two, how it may be returned."""

    id: str
    kind: str
    name_zh: str
    name_en: str
    line_zh: str
    line_en: str
    price: int
    facts: tuple[Fact, ...]
    options: tuple[Option, ...]
    warranty_months: int = 0
    returnable: bool = True
    sealed_only: bool = False


def size_zh(size: str) -> str:
    """`41` is a shoe's size and written `41 码`; `M` stays."""
    return f"{size} 码" if size.isdigit() else size


def size_en(size: str) -> str:
    """`size 41`."""
    return f"size {size}" if size else ""
