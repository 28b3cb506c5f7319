"""Where the boxes of a graph stand and how its lines run: layers from the top down, lines only in the gaps.

After Sugiyama, Tagawa and Toda (1981): lines that lead back are set aside, each box stands one layer below the
lowest one that leads to it, the order within layers is improved by the mean place of neighbours, and the places
are those nearest to the neighbours that keep the order (least squares, by pooling adjacent violators). A line over
several layers has a place of its own in each, so that it crosses no box; one that leads back goes around the boxes
on the right. Plain numbers in, plain numbers out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from console.rounded_lines import CORNER, rounded

MARGIN: Final = 16.0
BETWEEN: Final = 24.0
"""Pixels between neighbours of a layer."""
THREAD: Final = 10.0
"""Width of the place that a line has in a layer which it only passes."""
GAP: Final = 40.0
TRACK: Final = 9.0
"""Height that a line running sideways adds to the gap."""
LANE: Final = 12.0
ENTRY: Final = 16.0
SWEEPS: Final = 12


@dataclass(frozen=True, slots=True)
class Node:
    """A box: its size, and how far from its left edge lines leave it below, by port."""

    id: str
    width: float
    height: float
    ports: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A line from a port of a box to the top of another."""

    source: str
    target: str
    port: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """How a link is drawn: the `d` of a path, and where its tip is. `back`: it leads to an earlier box."""

    link: Link
    path: str
    tip: tuple[float, float]
    back: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole drawing. `places` are upper left corners."""

    width: float
    height: float
    places: Mapping[str, tuple[float, float]]
    lines: tuple[Line, ...]


def lay_out(nodes: Sequence[Node], links: Sequence[Link]) -> Layout:
    """Place all boxes, the first one on top, and draw all links. What no line leads to stands below the rest."""
    if not nodes:
        return Layout(2 * MARGIN, 2 * MARGIN, {}, ())
    drawing = _Drawing({node.id: node for node in nodes}, tuple(links))
    drawing.layer()
    drawing.thread()
    drawing.order()
    drawing.place()
    return drawing.draw()


Item = tuple[str, int]
"""A box (its id, -1), or the place of a link in a layer that it passes ("", the link's number)."""


@dataclass
class _Drawing:
    nodes: Mapping[str, Node]
    links: tuple[Link, ...]
    back: set[int] = field(default_factory=set)
    layers: dict[str, int] = field(default_factory=dict)
    rows: list[list[Item]] = field(default_factory=list)
    x: dict[tuple[int, Item], float] = field(default_factory=dict)

    # Layers

    def layer(self) -> None:
        """Give each box its layer; note which links lead back."""
        outgoing: dict[str, list[int]] = defaultdict(list)
        for number, link in enumerate(self.links):
            outgoing[link.source].append(number)
        base = 0
        for root in self.nodes:
            if root in self.layers:
                continue
            order = self._visit(root, outgoing)
            for node in order:
                self.layers[node] = base
            for node in order:
                for number in outgoing[node]:
                    target = self.links[number].target
                    if number not in self.back:
                        self.layers[target] = max(self.layers[target], self.layers[node] + 1)
            base = max(self.layers[node] for node in order) + 1

    def _visit(self, root: str, outgoing: Mapping[str, Sequence[int]]) -> list[str]:
        """The boxes that the root leads to and that have no layer yet, before each what leads to it."""
        seen, open_now, left = {root}, {root}, []
        stack = [(root, iter(outgoing[root]))]
        while stack:
            node, numbers = stack[-1]
            for number in numbers:
                target = self.links[number].target
                if target in open_now or target in self.layers:
                    self.back.add(number)
                elif target not in seen:
                    seen.add(target)
                    open_now.add(target)
                    stack.append((target, iter(outgoing[target])))
                    break
            else:
                stack.pop()
                open_now.discard(node)
                left.append(node)
        return left[::-1]

    def thread(self) -> None:
        """The rows: boxes, and a place for each link in every layer that it passes."""
        self.rows = [[] for _layer in range(max(self.layers.values()) + 1)]
        for node in self.nodes:
            self.rows[self.layers[node]].append((node, -1))
        for number, link in enumerate(self.links):
            if number not in self.back:
                for layer in range(self.layers[link.source] + 1, self.layers[link.target]):
                    self.rows[layer].append(("", number))

    def chain(self, number: int) -> list[tuple[int, Item]]:
        """The items that a link that leads on joins, from its source to its target, with their layers."""
        link = self.links[number]
        first, last = self.layers[link.source], self.layers[link.target]
        inner: list[tuple[int, Item]] = [(layer, ("", number)) for layer in range(first + 1, last)]
        return [(first, (link.source, -1)), *inner, (last, (link.target, -1))]

    def joints(self) -> list[tuple[int, Item, Item, float]]:
        """Neighbours in adjacent layers: the upper layer, both, and how far the line begins off the centre."""
        found: list[tuple[int, Item, Item, float]] = []
        for number, link in enumerate(self.links):
            if number in self.back:
                continue
            chain = self.chain(number)
            node = self.nodes[link.source]
            off = self.port(node, link.port) - node.width / 2
            for (layer, upper), (_next, lower) in pairwise(chain):
                found.append((layer, upper, lower, off if upper[0] else 0.0))
        return found

    @staticmethod
    def port(node: Node, number: int) -> float:
        return node.ports[number] if number < len(node.ports) else node.width / 2

    # Order

    def order(self) -> None:
        """Sort each row by the mean place of its neighbours, and keep the order that crosses least."""
        above: dict[tuple[int, Item], list[tuple[Item, float]]] = defaultdict(list)
        below: dict[tuple[int, Item], list[tuple[Item, float]]] = defaultdict(list)
        for layer, upper, lower, off in self.joints():
            above[layer + 1, lower].append((upper, off))
            below[layer, upper].append((lower, 0.0))
        best, fewest = [list(row) for row in self.rows], self._crossings(below)
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            layers = range(1, len(self.rows)) if down else range(len(self.rows) - 2, -1, -1)
            for layer in layers:
                around = self.rows[layer - 1 if down else layer + 1]
                spots = {item: place for place, item in enumerate(around)}
                neighbours = above if down else below
                self._sort(layer, spots, neighbours)
            crossings = self._crossings(below)
            if crossings < fewest:
                best, fewest = [list(row) for row in self.rows], crossings
        self.rows = best

    def _sort(
        self,
        layer: int,
        spots: Mapping[Item, int],
        neighbours: Mapping[tuple[int, Item], Sequence[tuple[Item, float]]],
    ) -> None:
        row = self.rows[layer]
        means: dict[Item, float] = {}
        for place, item in enumerate(row):
            near = neighbours.get((layer, item), ())
            # A port's place breaks ties between what the same box leads to.
            known = [spots[other] + off / 10_000 for other, off in near if other in spots]
            means[item] = sum(known) / len(known) if known else float(place)
        row.sort(key=lambda item: means[item])

    def _crossings(self, below: Mapping[tuple[int, Item], Sequence[tuple[Item, float]]]) -> int:
        total = 0
        for layer, row in enumerate(self.rows[:-1]):
            spots = {item: place for place, item in enumerate(self.rows[layer + 1])}
            ends = [spots[lower] for item in row for lower, _off in below.get((layer, item), ())]
            total += sum(1 for i, one in enumerate(ends) for other in ends[i + 1 :] if other < one)
        return total

    # Places

    def place(self) -> None:
        """Centres of all items, as near to their neighbours as the order allows."""
        for layer, row in enumerate(self.rows):
            left = 0.0
            for item in row:
                self.x[layer, item] = left + self.width(item) / 2
                left += self.width(item) + BETWEEN
        joints = self.joints()
        for sweep in range(SWEEPS):
            wanted: dict[tuple[int, Item], list[float]] = defaultdict(list)
            down = sweep % 2 == 0
            layers = range(1, len(self.rows)) if down else range(len(self.rows) - 2, -1, -1)
            by_layer: dict[int, list[tuple[Item, Item, float]]] = defaultdict(list)
            for upper_layer, upper, lower, off in joints:
                by_layer[upper_layer + 1 if down else upper_layer].append((upper, lower, off))
            for layer in layers:
                for upper, lower, off in by_layer[layer]:
                    if down:
                        wanted[layer, lower].append(self.x[layer - 1, upper] + off)
                    else:
                        wanted[layer, upper].append(self.x[layer + 1, lower] - off)
                self._settle(layer, wanted)
        least = min(centre - self.width(item) / 2 for (_layer, item), centre in self.x.items())
        self.x = {key: centre - least + MARGIN for key, centre in self.x.items()}

    def width(self, item: Item) -> float:
        return self.nodes[item[0]].width if item[0] else THREAD

    def _settle(self, layer: int, wanted: Mapping[tuple[int, Item], Sequence[float]]) -> None:
        """Move a row to where its items want to be, in their order and without touching."""
        offsets: list[float] = []
        blocks: list[list[float]] = []  # mean, weight, how many
        left = 0.0
        for item in self.rows[layer]:
            half = self.width(item) / 2
            near = wanted.get((layer, item), ())
            aim = sum(near) / len(near) if near else self.x[layer, item]
            offsets.append(left + half)
            blocks.append([aim - left - half, 1.0 if near else 0.1, 1])
            left += 2 * half + BETWEEN
            while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
                mean, weight, count = blocks.pop()
                before = blocks[-1]
                before[0] = (before[0] * before[1] + mean * weight) / (before[1] + weight)
                before[1] += weight
                before[2] += count
        settled = [mean for mean, _weight, count in blocks for _one in range(int(count))]
        for item, offset, base in zip(self.rows[layer], offsets, settled, strict=True):
            self.x[layer, item] = base + offset

    # Lines

    def draw(self) -> Layout:
        """Heights, lanes and paths."""
        tops, bottoms = self._heights()
        places = {
            node.id: (
                round(self.x[self.layers[node.id], (node.id, -1)] - node.width / 2, 1),
                round(tops[self.layers[node.id]], 1),
            )
            for node in self.nodes.values()
        }
        lanes, right = self._lanes()
        entries = self._entries(lanes)
        tracks = defaultdict[int, int](int)
        ways_up: dict[str, float] = {}
        lines = []
        for number, link in enumerate(self.links):
            node = self.nodes[link.source]
            x, y = places[link.source]
            start = (x + self.port(node, link.port), y + node.height)
            tip = (entries[number], places[link.target][1])
            if number not in self.back:
                path = self._onward(number, start, tip, tops, bottoms)
            else:
                leave, enter = self.layers[link.source] + 1, self.layers[link.target]
                tracks[leave] += 1
                down = bottoms[leave - 1] + TRACK * tracks[leave]
                if link.target not in ways_up:
                    tracks[enter] += 1
                    ways_up[link.target] = tops[enter] - 12 - TRACK * (tracks[enter] - 1)
                lane, up = lanes[link.target], ways_up[link.target]
                path = rounded([start, (start[0], down), (lane, down), (lane, up), (tip[0], up), tip])
            lines.append(Line(link, path, (round(tip[0], 1), round(tip[1], 1)), number in self.back))
        below = TRACK * (tracks[len(self.rows)] + 1) if tracks[len(self.rows)] else 0.0
        return Layout(round(right + MARGIN, 1), round(bottoms[-1] + below + MARGIN, 1), places, tuple(lines))

    def _heights(self) -> tuple[list[float], list[float]]:
        """Where each layer begins and ends; gaps with lines that run sideways are higher."""
        sideways = defaultdict[int, int](int)
        for number in self.back:
            sideways[self.layers[self.links[number].source] + 1] += 1
        for target in {self.links[number].target for number in self.back}:
            sideways[self.layers[target]] += 1
        tops: list[float] = []
        bottoms: list[float] = []
        y = MARGIN
        for layer, row in enumerate(self.rows):
            y += TRACK * sideways[layer] + (GAP if layer else 8.0)
            tops.append(y)
            y += max((self.nodes[item[0]].height for item in row if item[0]), default=0.0)
            bottoms.append(y)
        return tops, bottoms

    def _lanes(self) -> tuple[dict[str, float], float]:
        """Where the links that lead back to a box go up together, right of all that they pass; the right edge."""
        edges = [
            max((self.x[layer, item] + self.width(item) / 2 for item in row), default=0.0)
            for layer, row in enumerate(self.rows)
        ]
        spans: dict[str, tuple[int, int]] = {}
        for number in sorted(self.back):
            link = self.links[number]
            first, last = spans.get(link.target, (len(self.rows), 0))
            layers = (self.layers[link.source], self.layers[link.target])
            spans[link.target] = min(first, *layers), max(last, *layers)
        lanes: dict[str, float] = {}
        for target, (first, last) in sorted(spans.items(), key=lambda one: (one[1][1] - one[1][0], one[0])):
            lane = max(edges[first : last + 1]) + 16
            for other, place in lanes.items():
                if spans[other][0] <= last and first <= spans[other][1]:
                    lane = max(lane, place + LANE)
            lanes[target] = lane
        return lanes, max([*edges, *lanes.values()])

    def _entries(self, lanes: Mapping[str, float]) -> dict[int, float]:
        """Where each link meets the top of its target: side by side, in the order in which they come.

        Those that lead back come together.
        """
        coming: dict[str, list[tuple[float, list[int]]]] = defaultdict(list)
        for number, link in enumerate(self.links):
            if number not in self.back:
                layer, item = self.chain(number)[-2]
                off = self.port(self.nodes[link.source], link.port) - self.nodes[link.source].width / 2
                coming[link.target].append((self.x[layer, item] + (off if item[0] else 0.0), [number]))
        for target, lane in lanes.items():
            coming[target].append((lane, [one for one in self.back if self.links[one].target == target]))
        entries: dict[int, float] = {}
        for target, groups in coming.items():
            centre = self.x[self.layers[target], (target, -1)]
            step = min(ENTRY, (self.nodes[target].width - 2 * CORNER) / len(groups))
            for place, (_x, numbers) in enumerate(sorted(groups)):
                for number in numbers:
                    entries[number] = centre + (place - (len(groups) - 1) / 2) * step
        return entries

    def _onward(
        self,
        number: int,
        start: tuple[float, float],
        tip: tuple[float, float],
        tops: Sequence[float],
        bottoms: Sequence[float],
    ) -> str:
        """A line down: straight beside boxes, bent only in the gaps."""
        parts = [f"M{start[0]:.1f} {start[1]:.1f}"]
        x = start[0]
        chain = self.chain(number)
        for (layer, _item), (following, item) in pairwise(chain):
            aim = tip[0] if item[0] else self.x[following, item]
            above, below = bottoms[layer], tops[following]
            middle = (above + below) / 2
            parts.append(f"V{above:.1f}C{x:.1f} {middle:.1f} {aim:.1f} {middle:.1f} {aim:.1f} {below:.1f}")
            x = aim
        return "".join(parts)
