"""The readers of annotated dialogues."""

from __future__ import annotations

import gzip
import json

import pytest

from chat.evaluation.dialogue_formats import catalogue_of, read_dialogues
from chat.evaluation.errors import UnreadableDialogues
from nlu.dialogue_tracking.types import FormSlot, Offer, joined
from tests.chat.evaluation.dialogues_of_trips import HOTEL, trip


@pytest.fixture
def hotel(tmp_path):
    path = tmp_path / "hotel.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.write(json.dumps(HOTEL, ensure_ascii=False) + "\n\n")
    return read_dialogues(path, "crosswoz")


def test_crosswoz_gives_each_message_the_state_that_the_system_had_of_it(hotel):
    first, second = hotel[0].turns
    assert first.state == {
        FormSlot("酒店", "酒店设施"): (joined(("早餐服务", "健身房")),),
        FormSlot("酒店", "评分"): ("4分以上",),
    }
    assert second.state == {FormSlot("酒店", "名称"): ("晨光酒店",)}
    assert first.active == ("酒店",)


def test_crosswoz_locates_what_the_customer_said(hotel):
    turn = hotel[0].turns[0]
    assert [(turn.text[start:end], name) for start, end, name in turn.entities] == [
        ("早餐服务", "酒店设施"),
        ("健身房", "酒店设施"),
        ("4分以上", "评分"),
    ]


def test_what_the_system_said_comes_before_the_next_message(hotel):
    first, second = hotel[0].turns
    assert first.system.text == ""
    assert second.system.offers == (Offer(FormSlot("酒店", "名称"), "晨光酒店"),)
    assert second.system.asked == (FormSlot("酒店", "日期"),)


def test_slots_of_several_values_are_declared(hotel):
    catalogue = catalogue_of(hotel, "crosswoz")
    assert catalogue.slots == {"酒店": ("名称", "评分", "酒店设施")}
    assert FormSlot("酒店", "酒店设施") in catalogue.several


def test_sgd_accumulates_states_and_reads_what_was_asked_and_offered(tmp_path):
    path = tmp_path / "trip.jsonl"
    path.write_text(json.dumps(trip(1, "York", "Bath", "noon", agrees=True)), "utf-8")
    (dialogue,) = read_dialogues(path, "sgd")
    states = [{slot.slot: values for slot, values in turn.state.items()} for turn in dialogue.turns]
    assert states == [
        {"destination": ("Bath",)},
        {"destination": ("Bath",), "origin": ("York",)},
        {"destination": ("Bath",), "origin": ("York",), "time": ("noon",)},
    ]
    assert dialogue.turns[1].system.asked == (FormSlot("Coach_1", "origin"),)
    assert dialogue.turns[2].system.offers == (Offer(FormSlot("Coach_1", "time"), "noon"),)
    assert dialogue.turns[0].entities == ((18, 22, "destination"),)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("{}\n", "line 1: not a dialogue of sgd"),
        ("nonsense\n", "line 1: not JSON"),
        ('{"id": "1", "services": [], "turns": [{"role": "user"}]}\n', "line 1: not a dialogue of sgd"),
        ("[]\n", "line 1: not a dialogue of sgd"),
        ("\n", "no dialogues"),
    ],
)
def test_what_is_no_dialogue_is_named_with_its_line(tmp_path, content, place):
    path = tmp_path / "broken.jsonl"
    path.write_text(content, "utf-8")
    with pytest.raises(UnreadableDialogues, match=place):
        read_dialogues(path, "sgd")


def test_a_missing_or_damaged_file_is_unreadable(tmp_path):
    with pytest.raises(UnreadableDialogues, match="none"):
        read_dialogues(tmp_path / "none.jsonl", "sgd")
    (tmp_path / "damaged.gz").write_bytes(b"no gzip")
    with pytest.raises(UnreadableDialogues, match="damaged"):
        read_dialogues(tmp_path / "damaged.gz", "sgd")


def test_crosswoz_refuses_turns_out_of_order(tmp_path):
    path = tmp_path / "turns.jsonl"
    path.write_text(json.dumps(HOTEL | {"turns": HOTEL["turns"][1:3]}), "utf-8")
    with pytest.raises(UnreadableDialogues, match="take turns"):
        read_dialogues(path, "crosswoz")
