"""The map of a flow: nothing lies over anything else, no way is left out, and what is not finished is drawn."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from chat.dialogue.flow_reader import flow_of, read_flow
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.flows import END, PERSON, Flow
from chat.models import Flow as FlowRow
from console.flow_layout import Link, Node, lay_out
from console.flow_map import FlowMap, fit, map_of, text_width
from console.flow_words import kind_of, ways_of

PACKS = Path(__file__).parents[3] / "chat" / "packs"
FILES = sorted(PACKS.glob("*/flows/*.yaml"))
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def points_of(path: str) -> list[tuple[float, float]]:
    """Points along a path of M, L, V, C and Q, close to each other."""
    points: list[tuple[float, float]] = []
    for command, rest in re.findall(r"([MLVCQ])([^MLVCQ]*)", path):
        numbers = [float(one) for one in NUMBER.findall(rest)]
        x, y = points[-1] if points else (0.0, 0.0)
        ends = [(x, numbers[0])] if command == "V" else list(zip(numbers[::2], numbers[1::2], strict=True))
        corners = [(x, y), *ends]
        for step in range(1, 25) if points else [24]:
            points.append(
                bezier(corners, step / 24) if command in "CQ" else mix(corners[0], corners[-1], step / 24)
            )
    return points


def mix(one: tuple[float, float], other: tuple[float, float], share: float) -> tuple[float, float]:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def bezier(corners: list[tuple[float, float]], share: float) -> tuple[float, float]:
    while len(corners) > 1:
        corners = [mix(one, other, share) for one, other in pairwise(corners)]
    return corners[0]


def wrong_with(drawn: FlowMap) -> list[str]:
    """Boxes that overlap or are cut off, and lines that run through boxes."""
    found = []
    for one, other in combinations(drawn.boxes, 2):
        apart = one.right <= other.x or other.right <= one.x
        if not apart and one.y < other.y + other.height and other.y < one.y + one.height:
            found.append(f"{one.id} lies over {other.id}")
    for box in drawn.boxes:
        if box.x < 0 or box.y < 0 or box.right > drawn.width or box.y + box.height > drawn.height:
            found.append(f"{box.id} is cut off")
    for edge in drawn.edges:
        for x, y in points_of(edge.path):
            if not (0 <= x <= drawn.width and 0 <= y <= drawn.height):
                found.append(f"{edge.source} -> {edge.target} leaves the map")
            for box in drawn.boxes:
                if box.x + 0.5 < x < box.right - 0.5 and box.y + 0.5 < y < box.y + box.height - 0.5:
                    found.append(f"{edge.source} -> {edge.target} runs through {box.id}")
    return sorted(set(found))


def places_of(flow: Flow) -> set[tuple[str, str]]:
    """Every way of the flow, as (step, where it leads)."""
    return {
        (step.id, way.target)
        for step in flow.steps
        if kind_of(step) not in ("end", "handoff")
        for way in ways_of(step, flow)
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_every_flow_of_the_packs_is_drawn_whole(file: Path) -> None:
    flow = read_flow(file.read_text(encoding="utf-8"))
    for locale in ("zh-hans", "en"):
        with translation.override(locale):
            drawn = map_of(flow, locale=locale)
        assert wrong_with(drawn) == []
        assert [box.id for box in drawn.boxes] == [step.id for step in flow.steps]
        shown = {(edge.source, edge.target) for edge in drawn.edges}
        told = {(box.id, way.target) for box in drawn.boxes for way in box.ways}
        assert told == places_of(flow)
        assert shown == {pair for pair in told if pair[1] in flow.places}
        boxes = {box.id: box for box in drawn.boxes}
        for edge in drawn.edges:
            first, last = points_of(edge.path)[0], points_of(edge.path)[-1]
            source, target = boxes[edge.source], boxes[edge.target]
            assert (first[1], last[1]) == (
                pytest.approx(source.y + source.height, abs=0.2),
                pytest.approx(target.y, abs=0.2),
            )
            assert source.x <= first[0] <= source.right
            assert target.x <= last[0] <= target.right
            assert edge.back is (target.y < source.y + source.height)


def test_there_are_packs_to_draw() -> None:
    assert len(FILES) > 40


CIRCLE = """
name: circle
title: {en: Circle}
triggers: []
slots: {day: {type: date, title: {en: day}}}
steps:
  - {id: first, ask: day, text: {en: "Which day?"}, otherwise: lost}
  - {id: sure, confirm: {en: "Sure?"}, yes: do, no: first}
  - {id: do, action: book, outcomes: {full: first, failed: person, late: gone}}
  - {id: again, say: {en: "Once more."}, next: again}
  - {id: lost, handoff: {en: "A colleague."}}
  - {id: alone, say: {en: "Nobody leads here."}, next: sure}
"""


def test_what_leads_back_goes_around_and_what_nothing_leads_to_stands_below() -> None:
    drawn = map_of(flow_of(load_yaml(CIRCLE)), locale="en")
    assert wrong_with(drawn) == []
    back = {(edge.source, edge.target) for edge in drawn.edges if edge.back}
    assert back == {("sure", "first"), ("do", "first"), ("again", "again"), ("alone", "sure")}
    lowest = max(drawn.boxes, key=lambda box: box.y)
    assert lowest.id == "alone"
    ways = {box.id: [(way.label, way.target, way.leads) for way in box.ways] for box in drawn.boxes}
    with translation.override("en"):
        drawn = map_of(flow_of(load_yaml(CIRCLE)), locale="en")
    ways = {box.id: [(way.label, way.target, way.leads) for way in box.ways] for box in drawn.boxes}
    assert ways["do"] == [
        ("", "again", "step"),
        ("full", "first", "step"),
        ("failed", PERSON, "person"),
        ("late", "gone", "nowhere"),
    ]
    assert ways["sure"][:2] == [("yes", "do", "step"), ("no", "first", "step")]
    assert ways["lost"] == []
    cells = {box.id: [cell.text for cell in box.cells] for box in drawn.boxes}
    assert cells["do"] == ["ok", "full", "failed → person", "late → ? gone"]


def test_a_flow_without_steps_has_an_empty_map() -> None:
    drawn = map_of(flow_of(load_yaml("name: empty\ntitle: {en: Empty}\n")), locale="en")
    assert (drawn.boxes, drawn.edges) == ((), ())


def test_the_path_is_highlighted_where_it_went() -> None:
    flow = flow_of(load_yaml(CIRCLE))
    path = ["first", "sure", "first", "sure", "do"]
    drawn = map_of(flow, locale="en", path=path, current="do", troubled={"alone"}, chosen="sure")
    assert {box.id for box in drawn.boxes if box.reached} == {"first", "sure", "do"}
    assert [box.id for box in drawn.boxes if box.current] == ["do"]
    assert [box.id for box in drawn.boxes if box.troubled] == ["alone"]
    assert [box.id for box in drawn.boxes if box.chosen] == ["sure"]
    assert {(edge.source, edge.target) for edge in drawn.edges if edge.taken} == {
        ("first", "sure"),
        ("sure", "first"),
        ("sure", "do"),
    }
    assert not map_of(flow, locale="en").has_path


@pytest.mark.parametrize("count", [1, 30, 200])
def test_a_long_line_of_steps_with_many_loops_stays_apart(count: int) -> None:
    nodes = [Node(f"s{place}", 180, 60, (60.0, 120.0)) for place in range(count)]
    links = [Link(f"s{place}", f"s{place + 1}", 0) for place in range(count - 1)]
    links += [Link(f"s{place}", f"s{place // 2}", 1) for place in range(count)]
    layout = lay_out(nodes, links)
    assert len(layout.lines) == len(links)
    rows = sorted(y for _x, y in layout.places.values())
    assert all(below - above >= 60 for above, below in pairwise(rows))


@pytest.mark.parametrize("text", ["a", "订单号", "W" * 80, "很长的一句话" * 9, "mixed 混合 words " * 5])
def test_texts_are_cut_to_the_width(text: str) -> None:
    cut = fit(text, 120, 12)
    assert text_width(cut, 12) <= 120
    assert cut == text or cut.endswith("…")


HOSTILE = "</title></svg><script>alert(1)</script>{{ 7 }}\"'"


def test_texts_of_staff_are_only_text_in_the_map_and_its_list() -> None:
    data = load_yaml(CIRCLE)
    data["steps"][0]["text"] = {"en": HOSTILE}
    drawn = map_of(flow_of(data), locale="en", path=["first"], current="first")
    with translation.override("en"):
        page = render_to_string("console/flows/map.html", {"map": drawn, "flow": FlowRow(pk=7, name="circle")})
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 2
    assert page.count("<svg") == page.count("</svg>") == 1
    assert " style=" not in page
    listed = page[page.index("<ol") :]
    for step in data["steps"]:
        assert f'<span class="mono">{step["id"]}</span>' in listed
    assert "gone, which is not there" in listed
    assert "the talk is here" in listed
    assert END not in {box.id for box in drawn.boxes}
