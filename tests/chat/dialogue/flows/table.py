"""Rows of tables of dialogues: what a visitor says, and what must be true after it. Wording is never compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tests.chat.dialogue.flows.scene import Scene


@dataclass(frozen=True)
class Said:
    """One message; `asks`, `stack`, `calls` are compared as a whole, `slots` as a part. None: not compared.

    `calls` are the actions of this turn. A slot that is "" must be empty. `ended` is "flow outcome", "" for none.
    """

    text: str
    asks: str | None = None
    stack: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    calls: str | None = None
    ended: str | None = None
    handoff: str = ""
    kind: str | None = None
    article: str | None = None
    after: timedelta = timedelta(seconds=20)


@dataclass(frozen=True)
class Row:
    """A dialogue. `faults` are outcomes that actions have from the beginning."""

    name: str
    locale: str
    turns: Sequence[Said]
    profile: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.locale}: {self.name}"


def row(name: str, *turns: Said, locale: str = "", **more: Mapping[str, str]) -> Row:
    """A row; its language is told by the first message."""
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in turns[0].text)
    return Row(name, locale or ("zh-hans" if chinese else "en"), turns, **more)


def play(one: Row, scene: Scene | None = None) -> Scene:
    """Say everything, checking after each message; the scene as it is then."""
    scene = scene or Scene(locale=one.locale, profile=one.profile, references=one.references)
    scene.backend.faults.update(one.faults)
    for said in one.turns:
        check(scene, said)
    return scene


def check(scene: Scene, said: Said) -> None:
    """Say one thing and compare."""
    before = len(scene.calls)
    decision = scene.say(said.text, after=said.after)
    trace = decision.trace
    seen = {
        "asks": scene.asks,
        "stack": " ".join(scene.stack),
        "calls": " ".join(scene.calls[before:]),
        "ended": f"{trace.ended} {trace.outcome}".strip() if trace else "",
        "handoff": decision.handoff_reason,
        "kind": decision.kind,
        "article": trace.article if trace else "",
        "slots": {name: scene.slots.get(name, "") for name in said.slots},
    }
    wanted = {
        name: dict(said.slots) if name == "slots" else getattr(said, name)
        for name in seen
        if getattr(said, name) is not None
    }
    assert {name: seen[name] for name in wanted} == wanted, f"{said.text!r}: {decision.text!r} {scene.slots}"
    assert decision.text.strip(), f"{said.text!r} was answered with nothing"
