"""Invented dialogues in the two public formats: trips by coach, asked for in many combinations."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

CITIES = ("Leeds", "York", "Bath", "Ely", "Derby", "Hull")
TIMES = ("9 am", "noon", "5 pm")


def frame(text: str, state: dict[str, str], acts: list[str], **spans: str) -> dict:
    """A frame of the service Coach_1 with spans where their texts are."""
    slots = [
        {"slot": slot, "start": text.index(value), "exclusive_end": text.index(value) + len(value)}
        for slot, value in spans.items()
    ]
    return {
        "service": "Coach_1",
        "intent": "BookSeat",
        "state": {slot: [value] for slot, value in state.items()},
        "slots": slots,
        "acts": acts,
    }


def user(text: str, state: dict[str, str], **spans: str) -> dict:
    return {"role": "user", "text": text, "frames": [frame(text, state, [], **spans)]}


def system(text: str, acts: list[str], **spans: str) -> dict:
    return {"role": "system", "text": text, "frames": [frame(text, {}, acts, **spans)]}


def trip(number: int, start: str, end: str, time: str, *, agrees: bool) -> dict:
    """One dialogue: where to, where from, a time that is offered and taken or not."""
    there = {"destination": end}
    both = there | {"origin": start}
    turns = [
        user(f"I need a coach to {end} please", there, destination=end),
        system("Where do you leave from?", ["REQUEST:origin"]),
        user(start, both, origin=start) if number % 2 else user(f"I leave from {start}", both, origin=start),
        system(f"There is one at {time}, shall I book it?", ["OFFER:time"], time=time),
    ]
    final = both | {"time": time} if agrees else both
    turns.append(user("Yes, that is fine" if agrees else "No, not that one", final))
    return {"id": str(number), "services": ["Coach_1"], "turns": turns}


def write_trips(path: Path, part: int, parts: int) -> Path:
    """Every `parts`-th of all combinations, from `part` on, in the format of SGD."""
    pairs = itertools.permutations(CITIES, 2)
    rows = [
        trip(number, start, end, TIMES[number % 3], agrees=number % 5 < 3)
        for number, ((start, end), _) in enumerate(itertools.product(pairs, range(2)))
    ]
    kept = rows[part::parts]
    path.write_text("".join(json.dumps(row) + "\n" for row in kept), "utf-8")
    return path


HOTEL = {
    "id": "7",
    "type": "单领域",
    "turns": [
        {
            "role": "usr",
            "text": "想住一家有早餐服务和健身房的酒店，评分4分以上",
            "acts": [
                ["Inform", "酒店", "酒店设施-早餐服务", "是"],
                ["Inform", "酒店", "酒店设施-健身房", "是"],
                ["Inform", "酒店", "评分", "4分以上"],
                ["Request", "酒店", "名称", ""],
            ],
        },
        {
            "role": "sys",
            "text": "推荐晨光酒店，您几号入住？",
            "acts": [["Inform", "酒店", "名称", "晨光酒店"], ["Request", "酒店", "日期", ""]],
            "sys_state": {"酒店": {"酒店设施": "早餐服务 健身房", "评分": "4分以上、"}},
        },
        {"role": "usr", "text": "晨光酒店的电话是多少", "acts": [["Inform", "酒店", "名称", "晨光酒店"]]},
        {
            "role": "sys",
            "text": "电话是无",
            "acts": [["Inform", "酒店", "电话", " "], ["General", "bye", "none", "none"]],
            "sys_state": {"酒店": {"名称": "晨光酒店"}},
        },
    ],
}
