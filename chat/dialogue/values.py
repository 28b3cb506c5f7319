"""What a flow knows at a moment, by path: slots, results of actions, the customer's profile, the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chat.dialogue.calls import OutputValue
from chat.dialogue.flows import Choose, ConditionSource, Flow, Texts, variant
from chat.dialogue.frames import Frame
from chat.dialogue.templates import clock_value, fields_of, fill, shown, whole_field


@dataclass(frozen=True, slots=True)
class FlowValues:
    """Look-up and rendering for one frame. `item` is the list entry that an option is made from."""

    flow: Flow
    frame: Frame
    locale: str
    now: datetime
    profile: Mapping[str, str] = field(default_factory=dict)
    item: Mapping[str, str] = field(default_factory=dict)

    def canonical(self, path: str) -> str:
        """The value at a path in canonical form; empty where there is none."""
        head, _dot, rest = path.partition(".")
        if not rest:
            return self.frame.slots.get(head, "")
        if head == "item":
            return self.item.get(rest, "")
        if head == "profile":
            return self.profile.get(rest, "")
        return _inside(self.frame.saved.get(head, {}), rest)

    def shown(self, path: str) -> str:
        """The value as it is told to people; of a choice, the words that it was offered in."""
        value = self.canonical(path)
        if value and "." not in path:
            label = self.label(path, value)
            if label:
                return label
        return shown(value, self.locale)

    def label(self, slot: str, value: str) -> str:
        """The written option's label of a choice, empty if there is none."""
        for step in self.flow.steps:
            if isinstance(step, Choose) and step.slot == slot:
                for option in step.options:
                    if option.value == value:
                        return variant(option.label, self.locale, 0)
        return ""

    def render(self, texts: Texts, turn: int) -> str:
        """This turn's wording with its placeholders filled."""
        return fill(variant(texts, self.locale, turn), self.shown)

    def render_canonical(self, template: str) -> str:
        """A template of an action's input, or of a slot that another flow is given."""
        whole = whole_field(template)
        return self.canonical(whole) if whole else fill(template, self.canonical)

    def basis(self, texts: Texts) -> str:
        """The values that a text is about, whatever its language: what somebody agreed to."""
        paths = sorted({path for variants in texts.values() for text in variants for path in _paths(text)})
        return "\n".join(f"{path}={self.canonical(path)}" for path in paths)

    def condition_value(self, source: ConditionSource, name: str) -> str:
        """What a branch's condition compares."""
        if source == "slot":
            return self.frame.slots.get(name, "")
        if source == "profile":
            return self.profile.get(name, "")
        if source == "clock":
            return clock_value(self.now, name)
        head, _dot, rest = name.partition(".")
        return _inside(self.frame.saved.get(head, {}), rest)

    def listed(self, saved: str, output: str) -> tuple[Mapping[str, str], ...]:
        """A list that an action returned; empty if there is none."""
        value = self.frame.saved.get(saved, {}).get(output, ())
        return value if not isinstance(value, str) else ()


def _paths(text: str) -> list[str]:
    try:
        return fields_of(text)
    except ValueError:
        return []


def _inside(outputs: Mapping[str, OutputValue], path: str) -> str:
    """`output`, `list.count` or `list.0.field` of an action's outputs; empty where there is none."""
    name, _dot, rest = path.partition(".")
    value = outputs.get(name, "")
    if isinstance(value, str):
        return value if not rest else ""
    if rest in ("", "count"):
        return str(len(value))
    place, _dot, inner = rest.partition(".")
    if not place.isdecimal() or int(place) >= len(value):
        return ""
    return value[int(place)].get(inner, "")
