"""All packs: install, train, have the recorded conversations by `test_dialogues` and live, then those held back.

A part of `make test-long`; it takes about a quarter of an hour a pack on two cores.
"""

from __future__ import annotations

import argparse
import json
import sys

from chat.packs import available
from tests.chaos.stack import Stack
from tests.packs_live.__main__ import ROOT, enough, have_pack, say, set_up


def main() -> int:
    """Train each pack once; 0 only if everything went as it should."""
    reports = []
    with Stack() as stack:
        backend = set_up(stack)
        for pack in available():
            for held in (False, True):
                options = argparse.Namespace(
                    pack=pack, packs=ROOT / "chat" / "packs", held=held, locale="", model=None, replay=True
                )
                report = have_pack(stack, options, backend)
                say(json.dumps({key: report[key] for key in ("pack", "held", "passed", "failed")}))
                reports.append(report)
    print(json.dumps(reports, ensure_ascii=False))
    return 0 if all(enough(report) for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
