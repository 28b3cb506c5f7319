"""Invented dialogues in the format of CrossWOZ: hotels, asked for by score, kind and what they have."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

SCORES = ("4分以上", "4.5分以上", "5分")
KINDS = ("经济型", "舒适型", "豪华型", "高档型")
HAS = ("健身房", "早餐服务", "停车场", "会议室")


def stay(number: int, score: str, kind: str, has: str, too: str) -> dict:
    """Score and kind at once, then two things that the hotel must have."""
    first = {"评分": score, "酒店类型": kind}
    both = {"酒店": first | {"酒店设施": f"{has} {too}"}}
    return {
        "id": str(number),
        "type": "单领域",
        "turns": [
            _said(f"找一家{score}的{kind}酒店", [["Inform", "酒店", n, v] for n, v in first.items()]),
            _answered("有的，还有什么要求吗", {"酒店": first}),
            _said(f"要有{has}和{too}", [["Inform", "酒店", f"酒店设施-{v}", "是"] for v in (has, too)]),
            _answered("推荐晨光酒店", both, ["Inform", "酒店", "名称", "晨光酒店"]),
            _said("谢谢", [["General", "thank", "none", "none"]]),
            _answered("不客气", both, ["General", "welcome", "none", "none"]),
        ],
    }


def _said(text: str, acts: list[list[str]]) -> dict:
    return {"role": "usr", "text": text, "acts": acts}


def _answered(text: str, state: dict, *acts: list[str]) -> dict:
    return {"role": "sys", "text": text, "acts": list(acts), "sys_state": state}


def write_stays(path: Path, part: int, parts: int) -> Path:
    """Every `parts`-th of all combinations, from `part` on."""
    combinations = itertools.product(SCORES, KINDS, itertools.permutations(HAS, 2))
    rows = [stay(number, score, kind, *has) for number, (score, kind, has) in enumerate(combinations)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows[part::parts]), "utf-8")
    return path
