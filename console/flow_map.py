"""The map of a flow: its steps as boxes with their ways out, ready to be drawn as SVG and to be read as a list.

Ways to other steps are lines; ways to the end and to a person are told in the box, so that lines stay few.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from django.utils.translation import gettext as _

from chat.dialogue.flows import END, PERSON, AnyStep, Flow
from console.flow_layout import Line, Link, Node, lay_out
from console.flow_words import KIND_TITLES, Way, kind_of, summary_of, ways_of

Leads = Literal["step", "end", "person", "nowhere"]
LEAST_WIDTH: Final = 168
MOST_WIDTH: Final = 260
PADDING: Final = 10
HEAD: Final = 48
CELL: Final = 22
MOST_CELL: Final = 124
MOST_EXIT: Final = 170
TITLE_SIZE: Final = 13.0
SMALL_SIZE: Final = 11.5
LATIN: Final = 0.58
"""Mean width of a letter of the console's font, of its height."""
NAMED_LABELS: Final = 2


@dataclass(frozen=True, slots=True)
class MapWay:
    """A way out of a step, or several to the same place. `target` is a step's id, also if that step is missing."""

    labels: tuple[str, ...]
    target: str
    leads: Leads
    taken: bool = False

    @property
    def label(self) -> str:
        """All labels in one."""
        return " / ".join(self.labels)


@dataclass(frozen=True, slots=True)
class MapCell:
    """A way out as it is written at the bottom of a box; in pixels from the box's left edge."""

    way: MapWay
    text: str
    x: float
    width: float

    @property
    def middle(self) -> float:
        """Where the text stands and the line begins."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class MapBox:
    """A step where it is drawn; `place` counts from 1. `reached`: the path came by; `current`: it waits there."""

    id: str
    place: int
    kind: str
    kind_title: str
    title: str
    summary: str
    whole_summary: str
    ways: tuple[MapWay, ...]
    cells: tuple[MapCell, ...]
    x: float
    y: float
    width: float
    height: float
    chosen: bool = False
    troubled: bool = False
    reached: bool = False
    current: bool = False

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width


@dataclass(frozen=True, slots=True)
class MapEdge:
    """A line between two boxes: the paths of line and tip. `back`: it leads to an earlier step."""

    source: str
    target: str
    label: str
    path: str
    tip: str
    back: bool
    taken: bool


@dataclass(frozen=True, slots=True)
class FlowMap:
    """Everything that is drawn, in pixels."""

    width: float
    height: float
    boxes: tuple[MapBox, ...]
    edges: tuple[MapEdge, ...]

    @property
    def has_path(self) -> bool:
        """Whether a path is highlighted."""
        return any(box.reached for box in self.boxes)


def map_of(
    definition: Flow,
    *,
    locale: str,
    chosen: str = "",
    troubled: Collection[str] = (),
    path: Sequence[str] = (),
    current: str = "",
) -> FlowMap:
    """The map of any flow, complete or not. `path` are the ids of the steps that a conversation visited, in order;
    `current` is the one that it waits at."""
    taken = frozenset(pairwise(path))
    ways = {step.id: _ways(step, definition, locale, taken) for step in definition.steps}
    boxes = [_Sized.of(step, definition, locale, ways[step.id]) for step in definition.steps]
    nodes = [Node(box.step.id, box.width, box.height, tuple(cell.middle for cell in box.cells)) for box in boxes]
    links: list[Link] = []
    labels: list[MapWay] = []
    for box in boxes:
        for port, way in enumerate(box.ways):
            if way.leads == "step":
                links.append(Link(box.step.id, way.target, port))
                labels.append(way)
    layout = lay_out(nodes, links)
    return FlowMap(
        width=layout.width,
        height=layout.height,
        boxes=tuple(
            MapBox(
                id=box.step.id,
                place=place,
                kind=box.kind,
                kind_title=box.kind_title,
                title=box.title,
                summary=box.summary,
                whole_summary=box.whole_summary,
                ways=box.ways,
                cells=box.cells,
                x=layout.places[box.step.id][0],
                y=layout.places[box.step.id][1],
                width=box.width,
                height=box.height,
                chosen=box.step.id == chosen,
                troubled=box.step.id in troubled,
                reached=box.step.id in path,
                current=box.step.id == current,
            )
            for place, box in enumerate(boxes, start=1)
        ),
        edges=tuple(_edge(line, way) for line, way in zip(layout.lines, labels, strict=True)),
    )


def _edge(line: Line, way: MapWay) -> MapEdge:
    x, y = line.tip
    return MapEdge(
        source=line.link.source,
        target=line.link.target,
        label=way.label,
        path=line.path,
        tip=f"M{x - 4:.1f} {y - 8:.1f}L{x:.1f} {y:.1f}L{x + 4:.1f} {y - 8:.1f}Z",
        back=line.back,
        taken=way.taken,
    )


def _ways(step: AnyStep, definition: Flow, locale: str, taken: Collection[tuple[str, str]]) -> tuple[MapWay, ...]:
    """The ways out by where they lead, in order."""
    by_target: dict[str, list[str]] = {}
    for way in _told(step, definition, locale):
        by_target.setdefault(way.target, []).append(str(way.label))
    return tuple(
        MapWay(
            tuple(dict.fromkeys(label for label in labels if label)),
            target,
            _leads(target, definition),
            (step.id, target) in taken,
        )
        for target, labels in by_target.items()
    )


def _told(step: AnyStep, definition: Flow, locale: str) -> list[Way]:
    return [] if kind_of(step) in ("end", "handoff") else ways_of(step, definition, locale)


def _leads(target: str, definition: Flow) -> Leads:
    if target in definition.places:
        return "step"
    return "end" if target == END else "person" if target == PERSON else "nowhere"


@dataclass(frozen=True, slots=True)
class _Sized:
    """A step with its words cut to the box that they make."""

    step: AnyStep
    kind: str
    kind_title: str
    title: str
    summary: str
    whole_summary: str
    ways: tuple[MapWay, ...]
    cells: tuple[MapCell, ...]
    width: float
    height: float

    @classmethod
    def of(cls, step: AnyStep, definition: Flow, locale: str, ways: tuple[MapWay, ...]) -> _Sized:
        kind = kind_of(step)
        kind_title = str(KIND_TITLES[kind])
        summary = summary_of(step, definition, locale)
        kind_width = text_width(kind_title, SMALL_SIZE) + PADDING
        wanted = max(
            text_width(step.id, TITLE_SIZE) + kind_width + 24, text_width(summary, SMALL_SIZE), LEAST_WIDTH - 20
        )
        width = min(wanted, MOST_WIDTH - 20) + 2 * PADDING
        texts = [_cell_text(way, kind) for way in ways] if _need_cells(ways) else []
        widths = [text_width(text, SMALL_SIZE) + 18 for text in texts]
        width = round(max(width, sum(widths)), 1)
        spare = (width - sum(widths)) / max(len(widths), 1)
        cells: list[MapCell] = []
        x = 0.0
        for way, text, own in zip(ways, texts, widths, strict=False):
            cells.append(MapCell(way, text, round(x, 1), round(own + spare, 1)))
            x += own + spare
        return cls(
            step=step,
            kind=kind,
            kind_title=kind_title,
            title=fit(step.id, width - 2 * PADDING - kind_width - 20, TITLE_SIZE),
            summary=fit(summary, width - 2 * PADDING, SMALL_SIZE),
            whole_summary=summary,
            ways=ways,
            cells=tuple(cells),
            width=width,
            height=HEAD + (CELL if cells else 0),
        )


def _need_cells(ways: Sequence[MapWay]) -> bool:
    """A single line to another step explains itself."""
    return len(ways) > 1 or any(way.leads != "step" for way in ways)


def _cell_text(way: MapWay, kind: str) -> str:
    """The labels, with where they lead if no line shows it; each part cut to what a cell may take."""
    aims: Mapping[Leads, str] = {
        "step": "",
        "end": f"→ {_('end')}",
        "person": f"→ {_('person')}",
        "nowhere": f"→ ? {way.target}",
    }
    aim = fit(aims[way.leads], MOST_CELL, SMALL_SIZE)
    named = " / ".join(way.labels[:NAMED_LABELS]) or _usual(kind, way)
    if len(way.labels) > NAMED_LABELS:
        named += f" +{len(way.labels) - NAMED_LABELS}"
    room = MOST_EXIT - text_width(aim, SMALL_SIZE) if aim else MOST_CELL
    return " ".join(part for part in (fit(named, room, SMALL_SIZE), aim) if part)


def _usual(kind: str, way: MapWay) -> str:
    """What the way without a label is called beside others."""
    if way.leads == "end" and kind not in ("ask", "choose", "action"):
        return ""
    return {"ask": _("answered"), "choose": _("chosen"), "action": "ok"}.get(kind, "")


def text_width(text: str, size: float) -> float:
    """About how many pixels a text takes in a font of this height."""
    return sum(size if unicodedata.east_asian_width(one) in "WF" else size * LATIN for one in text)


def fit(text: str, width: float, size: float) -> str:
    """As much of a text as fits into the width."""
    if text_width(text, size) <= width:
        return text
    kept = ""
    left = width - size * LATIN
    for one in text:
        left -= text_width(one, size)
        if left < 0:
            break
        kept += one
    return kept.rstrip() + "…"
