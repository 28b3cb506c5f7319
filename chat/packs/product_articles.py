"""The online shop pack's articles about products, written field by field from its `catalogue.yaml`.

Nothing is in them that the catalogue does not say. `python -m chat.packs.product_articles` writes the files; a
test compares them with what this module makes of the catalogue, so that neither is changed alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from chat.dialogue.flow_text import load_yaml
from chat.packs import PACKS
from chat.packs.solution_articles import bullets, front_matter

FOLDER: Final = PACKS / "ecommerce"
LOCALES: Final = ("zh-hans", "en")
INTENT: Final = "product_details"
Words = Mapping[str, str]
WORDS: Final[Mapping[str, Words]] = {
    "zh-hans": {
        "title": "{name}：价格、规格和售后",
        "line": "{name}，{price} 元：{summary}。",
        "fact": "{label}：{value}",
        "sizes": "尺码",
        "colours": "颜色",
        "between": "、",
        "warranty": "整机保修 {months} 个月。",
        "sealed": "没有拆封的可以七天无理由退货，拆封后不行。",
        "never": "贴身用品，不支持无理由退货。",
        "ask_price": "{name}多少钱",
        "ask_facts": "{name}的参数是什么",
        "ask_attribute": "{name}{label}怎么样",
    },
    "en": {
        "title": "{name}: price, details and warranty",
        "line": "{name}, {price} yuan: {summary}.",
        "fact": "{label}: {value}",
        "sizes": "sizes",
        "colours": "colours",
        "between": ", ",
        "warranty": "The warranty is {months} months.",
        "sealed": "It can be returned without a reason within seven days while it is sealed, and not once opened.",
        "never": "It is worn next to the skin and cannot be returned without a reason.",
        "ask_price": "How much: {name}?",
        "ask_facts": "What are the details of the {name}?",
        "ask_attribute": "{name}: what about the {label}?",
    },
}


def read_items(file: Path = FOLDER / "catalogue.yaml") -> dict[str, dict[str, Any]]:
    """The products of the catalogue by their id; all scalars are texts."""
    items: dict[str, dict[str, Any]] = load_yaml(file.read_text(encoding="utf-8"))["items"]
    return items


def articles() -> Iterator[tuple[Path, str]]:
    """File and text of every article that the catalogue makes."""
    for identity, item in read_items().items():
        for locale in LOCALES:
            # After `product-details`, which stays the article that the intent itself is answered with.
            yield FOLDER / locale / "articles" / f"products-{identity}.md", product_article(identity, item, locale)


def product_article(identity: str, item: Mapping[str, Any], locale: str) -> str:
    """What a product is, costs and can do, and what happens if it fails or does not please."""
    words = WORDS[locale]
    name = capital(item["name"][locale])
    attributes = list(item["attributes"].values())
    questions = [words["ask_price"].format(name=name), words["ask_facts"].format(name=item["name"][locale])]
    questions += [words["ask_attribute"].format(name=name, label=one["label"][locale]) for one in attributes[:2]]
    lines = [words["fact"].format(label=one["label"][locale], value=one["value"][locale]) for one in attributes]
    if sizes := item.get("sizes"):
        lines.append(words["fact"].format(label=words["sizes"], value=words["between"].join(sizes)))
    if colours := item.get("colours"):
        lines.append(words["fact"].format(label=words["colours"], value=words["between"].join(colours[locale])))
    parts = [
        words["line"].format(name=name, price=item["price"], summary=item["summary"][locale]),
        bullets([capital(line) for line in lines]),
    ]
    if months := item.get("warranty_months"):
        parts.append(words["warranty"].format(months=months))
    if terms := item.get("returnable"):
        parts.append(words[terms])
    head = front_matter(words["title"].format(name=name), INTENT, questions, {"id": identity})
    return head + "\n\n".join(parts) + "\n"


def capital(text: str) -> str:
    """The text as the beginning of a line; other letters stay as they are."""
    return text[:1].upper() + text[1:]


def main() -> None:
    """Write all files."""
    for file, text in articles():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
