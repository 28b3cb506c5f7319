"""Reading scenario packs: a folder with `pack.toml` and one folder of words per language.

Pure reading and checking; `chat/actions/packs.py` stores what is read.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chat.business.action_reader import ActionFile, read_action_file
from chat.dialogue.flow_reader import flow_of
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.scripts import scripts_of
from chat.errors import InvalidInput
from chat.packs.invitations import PackInvitations, read_invitations

PACKS = Path(__file__).resolve().parent
MARK = re.compile(r"\[([^\[\]]+)\]\(([a-z_]+)\)")
FRONT_MATTER = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PackUtterance:
    """A plain text with the spans that were marked in it: (start, end, type)."""

    text: str
    entities: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class PackIntent:
    """One intent in one language."""

    name: str
    locale: str
    title: str
    description: str
    replies: tuple[str, ...]
    quick_replies: tuple[str, ...]
    utterances: tuple[PackUtterance, ...]


@dataclass(frozen=True, slots=True)
class PackArticle:
    """One article in one language; `source` is the entry of the pack's catalogue that it was made from, if any."""

    slug: str
    locale: str
    title: str
    intent: str
    questions: tuple[str, ...]
    body: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class PackEntity:
    """An entity type in one language: canonical value -> synonyms."""

    name: str
    locale: str
    title: str
    values: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PackHandling:
    """How the assistant reacts to an intent."""

    kind: str
    article: str


@dataclass(frozen=True, slots=True)
class PackFlow:
    """One flow: what is stored of it, checked."""

    name: str
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PackConversation:
    """One recorded conversation in one language: what is stored of it, checked."""

    name: str
    locale: str
    script: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole pack, checked. `keeps`: recognizers whose masking rules must keep originals for its flows."""

    name: str
    workspace_slug: str
    workspace_name: str
    default_locale: str
    site_key: str
    site_name: str
    site_locale: str
    handlings: dict[str, PackHandling]
    patterns: dict[str, str]
    intents: tuple[PackIntent, ...]
    articles: tuple[PackArticle, ...]
    entities: tuple[PackEntity, ...]
    out_of_scope: tuple[tuple[str, str], ...]
    flows: tuple[PackFlow, ...] = ()
    conversations: tuple[PackConversation, ...] = ()
    actions: ActionFile | None = None
    invitations: PackInvitations | None = None
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackHead:
    """What a pack says of itself, read without its words; the counts are of one language."""

    name: str
    workspace_slug: str
    workspace_name: str
    site_key: str
    intents: int
    articles: int
    flows: int


def read_pack_head(name: str, *, root: Path = PACKS) -> PackHead:
    """The head of a pack, in milliseconds; InvalidInput if there is none of this name."""
    folder = folder_of(name, root)
    head = read_toml(folder / "pack.toml")
    return PackHead(
        name=head["name"],
        workspace_slug=head["workspace"]["slug"],
        workspace_name=head["workspace"]["name"],
        site_key=head["site"]["key"],
        intents=len(head["intents"]),
        articles=len(list((folder / head["locales"][0] / "articles").glob("*.md"))),
        flows=len(list((folder / "flows").glob("*.yaml"))),
    )


def available() -> list[str]:
    """The names of the packs that are shipped."""
    return sorted(folder.parent.name for folder in PACKS.glob("*/pack.toml"))


def folder_of(name: str, root: Path) -> Path:
    """Where a pack is; InvalidInput, with the shipped ones, if it is not there."""
    if not re.fullmatch(r"[a-z0-9-]+", name) or not (root / name / "pack.toml").is_file():
        raise InvalidInput(f"There is no pack {name!r}; available: {', '.join(available())}")
    return root / name


def demo_trades() -> dict[str, str]:
    """Connection of a shipped pack -> its part of the demo backend."""
    files = (read_actions(PACKS / name / "actions.yaml") for name in available())
    return {file.connection.name: file.connection.demo for file in files if file is not None}


def read_pack(name: str, *, root: Path = PACKS) -> Pack:
    """Read a pack; InvalidInput names the file and what is wrong with it."""
    folder = folder_of(name, root)
    head = read_toml(folder / "pack.toml")
    handlings = {
        intent: PackHandling(kind=fields["handling"], article=fields.get("article", ""))
        for intent, fields in head["intents"].items()
    }
    intents: list[PackIntent] = []
    articles: list[PackArticle] = []
    entities: list[PackEntity] = []
    outside: list[tuple[str, str]] = []
    for locale in head["locales"]:
        words = folder / locale
        intents += [read_intent(file, locale, handlings) for file in sorted((words / "intents").glob("*.toml"))]
        articles += [read_article(file, locale) for file in sorted((words / "articles").glob("*.md"))]
        entities += read_entities(words / "entities.toml", locale)
        lines = (words / "out_of_scope.txt").read_text(encoding="utf-8").splitlines()
        outside += [(locale, line.strip()) for line in lines if line.strip()]
    return Pack(
        name=head["name"],
        workspace_slug=head["workspace"]["slug"],
        workspace_name=head["workspace"]["name"],
        default_locale=head["workspace"]["default_locale"],
        site_key=head["site"]["key"],
        site_name=head["site"]["name"],
        site_locale=head["site"]["locale"],
        handlings=handlings,
        patterns={kind: fields["pattern"] for kind, fields in head.get("entities", {}).items()},
        intents=tuple(intents),
        articles=tuple(articles),
        entities=tuple(entities),
        out_of_scope=tuple(outside),
        flows=tuple(read_flow_file(file) for file in sorted((folder / "flows").glob("*.yaml"))),
        conversations=tuple(
            one
            for locale in head["locales"]
            for one in read_conversations(folder / "conversations" / f"{locale}.yaml", locale)
        ),
        actions=read_actions(folder / "actions.yaml"),
        invitations=read_invitations(folder / "invitations.yaml"),
        keeps=tuple(head.get("masking", {}).get("keep", ())),
    )


def read_actions(file: Path) -> ActionFile | None:
    """The connection and its actions; None where the pack has none."""
    if not file.is_file():
        return None
    try:
        return read_action_file(file.read_text(encoding="utf-8"))
    except InvalidInput as error:
        raise InvalidInput(f"{file.name}: {error}") from None


def read_flow_file(file: Path) -> PackFlow:
    """One flow in all its languages."""
    try:
        definition = load_yaml(file.read_text(encoding="utf-8"))
        flow = flow_of(definition)
    except InvalidInput as error:
        raise InvalidInput(f"{file.parent.name}/{file.name}: {error}") from None
    if flow.name != file.stem:
        raise InvalidInput(f"{file.parent.name}/{file.name}: the flow is named {flow.name!r}")
    return PackFlow(flow.name, definition)


def read_conversations(file: Path, locale: str) -> list[PackConversation]:
    """The recorded conversations of one language; none where the file is missing."""
    if not file.is_file():
        return []
    try:
        scripts = load_yaml(file.read_text(encoding="utf-8"))
        names = [script.name for script in scripts_of(scripts)]
    except InvalidInput as error:
        raise InvalidInput(f"{file.parent.name}/{file.name}: {error}") from None
    return [PackConversation(name, locale, one) for name, one in zip(names, scripts, strict=True)]


def read_toml(file: Path) -> dict[str, Any]:
    """A TOML file; InvalidInput with its name when it does not parse."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file.parent.name}/{file.name}: {error}") from None


def read_intent(file: Path, locale: str, handlings: dict[str, PackHandling]) -> PackIntent:
    """One intent's words."""
    if file.stem not in handlings:
        raise InvalidInput(f"{locale}/{file.name}: pack.toml does not name this intent")
    fields = read_toml(file)
    return PackIntent(
        name=file.stem,
        locale=locale,
        title=fields["title"],
        description=fields.get("description", ""),
        replies=tuple(fields.get("replies", ())),
        quick_replies=tuple(fields.get("quick_replies", ())),
        utterances=tuple(read_marked(line) for line in fields["utterances"]),
    )


def read_marked(line: str) -> PackUtterance:
    """`is the [red](colour) one in` -> the plain text and the span of `red`."""
    text: list[str] = []
    spans: list[tuple[int, int, str]] = []
    length = end = 0
    for match in MARK.finditer(line):
        before = line[end : match.start()]
        text.append(before)
        length += len(before)
        spans.append((length, length + len(match[1]), match[2]))
        text.append(match[1])
        length += len(match[1])
        end = match.end()
    text.append(line[end:])
    return PackUtterance(text="".join(text), entities=tuple(spans))


def read_article(file: Path, locale: str) -> PackArticle:
    """One article with its front matter."""
    match = FRONT_MATTER.match(file.read_text(encoding="utf-8"))
    if match is None:
        raise InvalidInput(f"{locale}/{file.name}: no front matter between +++ lines")
    try:
        fields = tomllib.loads(match[1])
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{locale}/{file.name}: {error}") from None
    return PackArticle(
        slug=file.stem,
        locale=locale,
        title=fields["title"],
        intent=fields.get("intent", ""),
        questions=tuple(fields.get("questions", ())),
        body=match[2].strip(),
        source=fields.get("source", ""),
    )


def read_entities(file: Path, locale: str) -> list[PackEntity]:
    """The lists of one language."""
    return [
        PackEntity(
            name=name,
            locale=locale,
            title=fields.get("title", ""),
            values={entry["value"]: tuple(entry.get("synonyms", ())) for entry in fields.get("values", ())},
        )
        for name, fields in read_toml(file).items()
    ]
