"""Masking speed with 200 rules: `python -m tests.bench.bench_masking` prints one JSON object.

Wanted: p99 at most 5 ms for 1,000 characters; 100,000 adversarial ones in at most 200 ms by the
built-in rules. Processor time is measured, so that other programs on the machine matter less.
"""

from __future__ import annotations

import json
import random
import sys
import time

from nlu.masking.engine import DEFAULT_RULES, Masker, Rule, compile_rules

LENGTH = 1_000
ADVERSARIAL = 100_000
PIECES = [
    "我的手机是", "order", "13800138000", "about", "refund", "1700000000000", "a.b@qq.com", "快递", "卡号",
    "LM20260318001234", "4111 1111 1111 1111", "请", "尽快", "Key5: AB12345", "，", "。", "档案77-2026", "thanks",
]  # fmt: skip
UNITS = {
    "digits": "1", "spelled": "1 ", "pairs": "13 ", "triples": "444 ", "quadruples": "4444 ", "dashes": "6222-",
    "ats": "@", "addresses": "a@a.", "letters": "a", "mobiles": "13800138000 ", "codes": "+86", "wide": "１",
    "hidden": "1\u200b", "identities": "110101199003077715 ", "placeholders": "[手机号#1]",
    "decimals": "1.13800138000.", "commas": "13,", "slashes": "444/", "lines": "4444\n", "brackets": "(138)",
    "foreign addresses": "张三@公司.", "typed on": "a13800138000",
}  # fmt: skip


def rules() -> list[Rule]:
    """The built-in rules and as many own patterns as make 200."""
    own = [
        Rule(f"own {number}", "pattern", f"L{number}", rf"(?i)(?:key|档案){number}[:= -]+[A-Z0-9]{{4,9}}")
        for number in range(200 - len(DEFAULT_RULES))
    ]
    return [*DEFAULT_RULES, *own]


def milliseconds(masker: Masker, text: str) -> float:
    """Processor time of masking the text."""
    started = time.process_time()
    masker.mask(text)
    return (time.process_time() - started) * 1000


def main() -> None:
    """Measure and print."""
    source = random.Random(1)
    many = compile_rules(rules())
    times = sorted(
        milliseconds(
            many, "".join(source.choice(PIECES) + source.choice(["", " "]) for _ in range(LENGTH))[:LENGTH]
        )
        for _ in range(500)
    )
    few = compile_rules(DEFAULT_RULES)
    worst = {name: milliseconds(few, (unit * ADVERSARIAL)[:ADVERSARIAL]) for name, unit in UNITS.items()}
    json.dump(
        {
            "milliseconds_per_1000_characters": {"p50": round(times[250], 2), "p99": round(times[495], 2)},
            "adversarial_milliseconds": {name: round(value, 1) for name, value in sorted(worst.items())},
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
