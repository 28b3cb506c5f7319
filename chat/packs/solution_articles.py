"""The after-sales pack's articles about devices, written field by field from its `catalogue.yaml`.

Nothing is in them that the catalogue does not say. `python -m chat.packs.solution_articles` writes the files; a
test compares them with what this module makes of the catalogue, so that neither is changed alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from chat.dialogue.flow_text import load_yaml
from chat.packs import PACKS

FOLDER: Final = PACKS / "aftersales"
LOCALES: Final = ("zh-hans", "en")
Words = Mapping[str, str]
WORDS: Final[Mapping[str, Words]] = {
    "zh-hans": {
        "safety": "**安全提示**：",
        "order": "按顺序做：",
        "data": "{name}：参数、保修和故障码",
        "line": "{name}（型号 {model}）整机保修 {months} 个月，{part}保修 {part_months} 个月。",
        "place": "序列号在{place}，以 SQ{code} 开头。",
        "facts": "主要参数：",
        "codes": "故障码：",
        "code": "**{code} {meaning}**：{steps}",
        "fact": "{label}：{value}",
        "manual": "电子说明书 {pages} 页，{megabytes} MB。",
        "visit": "由师傅上门维修。",
        "send_in": "走寄修，不上门。",
        "ask_codes": "{kind}故障码是什么意思",
        "ask_warranty": "{kind}保修多久",
        "ask_place": "{kind}的序列号在哪里",
    },
    "en": {
        "safety": "**Safety**: ",
        "order": "In this order:",
        "data": "{name}: data, warranty and error codes",
        "line": "{name} (model {model}): the whole device is covered for {months} months, the {part} for "
        "{part_months} months.",
        "place": "The serial number is {place} and begins with SQ{code}.",
        "facts": "Data:",
        "codes": "Error codes:",
        "code": "**{code}, {meaning}**: {steps}",
        "fact": "{label}: {value}",
        "manual": "The manual has {pages} pages and {megabytes} MB.",
        "visit": "It is repaired at home by a technician.",
        "send_in": "It is sent in for repair.",
        "ask_codes": "What do the error codes of the {kind} mean?",
        "ask_warranty": "How long is the warranty of the {kind}?",
        "ask_place": "Where is the serial number of the {kind}?",
    },
}


def read_devices(file: Path = FOLDER / "catalogue.yaml") -> list[dict[str, Any]]:
    """The devices of the catalogue; all scalars are texts."""
    devices: list[dict[str, Any]] = load_yaml(file.read_text(encoding="utf-8"))["devices"]
    return devices


def articles() -> Iterator[tuple[Path, str]]:
    """File and text of every article that the catalogue makes."""
    for device in read_devices():
        for locale in LOCALES:
            folder = FOLDER / locale / "articles"
            yield folder / f"{device['id']}-data.md", data_article(device, locale)
            for symptom in device["symptoms"]:
                file = folder / f"{device['id']}-{symptom['id']}.md"
                yield file, solution_article(device, symptom, locale)


def front_matter(title: str, intent: str, questions: list[str], device: Mapping[str, Any]) -> str:
    """The head of an article, which names the catalogue's entry as its source."""
    lines = [
        "+++",
        f"title = {quoted(title)}",
        f"intent = {quoted(intent)}",
        f"questions = [{', '.join(map(quoted, questions))}]",
        f"source = {quoted('catalogue:' + device['id'])}",
        "+++",
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A TOML text."""
    return json.dumps(text, ensure_ascii=False)


def bullets(lines: list[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {line}" for line in lines)


def solution_article(device: Mapping[str, Any], symptom: Mapping[str, Any], locale: str) -> str:
    """What to do about one symptom: the answer, the warning, the steps, and when to have it repaired."""
    words = WORDS[locale]
    head = front_matter(symptom["title"][locale], "device_fault", symptom["questions"][locale], device)
    parts = [
        symptom["answer"][locale],
        words["safety"] + symptom["warning"][locale],
        words["order"],
        bullets(symptom["steps"][locale]),
        symptom["repair"][locale],
    ]
    return head + "\n\n".join(parts) + "\n"


def data_article(device: Mapping[str, Any], locale: str) -> str:
    """Warranty, place of the serial number, data and error codes of one device."""
    words = WORDS[locale]
    name, kind = device["name"][locale], device["kind"][locale]
    questions = [words["ask_warranty"].format(kind=kind), words["ask_place"].format(kind=kind)]
    line = words["line"].format(
        name=name,
        model=device["model"],
        months=device["warranty_months"],
        part=device["main_part"][locale],
        part_months=device["main_part"]["months"],
    )
    place = words["place"].format(place=device["serial_place"][locale], code=device["code"])
    facts = [words["fact"].format(label=one[locale][0], value=one[locale][1]) for one in device["facts"]]
    between = " " if locale == "en" else ""
    parts = [line, place + between + words[device["service"]]]
    parts += [words["facts"], bullets(facts)]
    if device["codes"]:
        questions.append(words["ask_codes"].format(kind=kind))
        codes = [
            words["code"].format(code=one["code"], meaning=one[locale][0], steps=one[locale][1])
            for one in device["codes"]
        ]
        parts += [words["codes"], bullets(codes)]
    parts.append(words["manual"].format(**device["manual"]))
    title = words["data"].format(name=name)
    return front_matter(title, "", questions, device) + "\n\n".join(parts) + "\n"


def main() -> None:
    """Write all files."""
    for file, text in articles():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
