"""`make quality`: how well the shop assistant answers questions that its content was not written from.

Installs the pack into a database of its own, trains, and sends every question of `shop_questions.jsonl` as a fresh
conversation through `chat.answering` (the code that live chat uses). One JSON object on stdout:
right = acted on an accepted intent or its article; wrong = acted on another; the rest asked or offered a person.
Beside them, whether messages of two concerns are told from messages of one, and a person comes who is asked for
(`tests.quality.several`), set by set.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat.dialogue.decision import ArticleEntry, Decision

QUESTIONS = Path(__file__).parent / "shop_questions.jsonl"
ACTED = {"reply", "article", "flow"}


def read_questions() -> list[dict]:
    """The questions with their language, accepted intents and kind (`in` or `out`)."""
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines() if line]


def outcome(decision: Decision, row: dict, articles: dict[str, ArticleEntry]) -> str:
    """`right`, `wrong` or `asked` for one decision."""
    acted = decision.kind in ACTED or decision.handoff_reason == "intent"
    if not acted:
        return "asked"
    cited = [articles[citation.url] for citation in decision.citations if citation.url in articles]
    by_article = any(one.intent in row["intents"] or one.slug in row.get("articles", ()) for one in cited)
    return "right" if decision.intent in row["intents"] or by_article else "wrong"


def measure(workspace_id: int, verbose: bool) -> dict:
    """Ask everything and count, per language."""
    from chat.answering import TurnInput, answer
    from chat.catalogue import read_catalogue
    from chat.dialogue.state import DialogueState
    from nlu.inference import PipelineCache
    from nlu.models import Workspace
    from tests.quality.several import SETS, several_figures

    workspace = Workspace.objects.get(pk=workspace_id)
    models = PipelineCache()
    report = {}
    for locale in ("zh-hans", "en"):
        rows = [row for row in read_questions() if row["locale"] == locale]
        articles = {one.url: one for one in read_catalogue(workspace, locale).articles.values()}
        inputs = [
            TurnInput(
                turn_id=number,
                workspace_id=workspace_id,
                locale=locale,
                text=row["text"],
                question=row["text"],
                state=DialogueState(),
            )
            for number, row in enumerate(rows)
        ]
        counts: Counter[tuple[str, str]] = Counter()
        for row, answered in zip(rows, answer(inputs, models=models), strict=True):
            result = outcome(answered.decision, row, articles)
            counts[row["kind"], result] += 1
            if verbose and (result == "wrong" or (row["kind"] == "in" and result == "asked")):
                top = answered.parse.top
                print(
                    f"{row['kind']} {result}: {row['text']!r} accepted {row['intents']} decided "
                    f"{answered.decision.kind} {answered.decision.intent} {answered.decision.certainty:.2f}; "
                    f"top {top.name if top else ''} {top.confidence if top else 0:.2f} "
                    f"scope {answered.parse.scope_score:.2f}; "
                    f"hits {[(hit.article_slug, round(hit.relevance, 2)) for hit in answered.passages[:2]]}",
                    file=sys.stderr,
                )
        asked = sum(counts["in", result] for result in ("right", "wrong", "asked"))
        off_topic = sum(counts["out", result] for result in ("right", "wrong", "asked"))
        report[locale] = {
            "questions": asked,
            "right": round(counts["in", "right"] / asked, 4),
            "wrong": round(counts["in", "wrong"] / asked, 4),
            "off_topic": off_topic,
            "off_topic_answered": round((counts["out", "right"] + counts["out", "wrong"]) / off_topic, 4),
            **{
                name: several_figures(name, locale, workspace_id=workspace_id, models=models, verbose=verbose)
                for name in SETS
            },
        }
    return report


def main() -> int:
    """Prepare a fresh installation in a temporary folder, or use the one of XIAOER_VAR with `--here`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--here", action="store_true", help="measure the installation of this environment")
    parser.add_argument("--verbose", action="store_true", help="show what went wrong on stderr")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    with tempfile.TemporaryDirectory(prefix="xiaoer-quality-") as folder:
        if not options.here:
            os.environ["XIAOER_VAR"] = folder
        import django

        django.setup()
        from nlu.models import Workspace

        if not options.here:
            prepare()
        report = measure(Workspace.objects.get(slug="default").pk, options.verbose)
        print(json.dumps(report))
    return 0 if all(good_enough(one) for one in report.values()) else 1


def good_enough(figures: dict) -> bool:
    """Whether nothing has become clearly worse than what was reached when these bounds were set."""
    for name in ("several", "several_held"):
        if figures[name]["both_right"] < 0.5 or figures[name]["ones_said_to_be_several"] > 0.12:
            return False
    people = figures["people"]
    if people["person_came"] < 0.8 * people["person_asked"] or people["person_came_unasked"] > 10:
        return False
    return figures["right"] >= 0.78 and figures["wrong"] <= 0.05 and figures["off_topic_answered"] <= 0.12


def prepare() -> None:
    """Database, pack, model."""
    from django.core.management import call_command

    from nlu.actions.direct_training import train_now

    call_command("migrate", verbosity=0)
    call_command("load_pack", "ecommerce", stdout=sys.stderr)
    train_now(workspace_slug="default", activate=True, quick=True)


if __name__ == "__main__":
    sys.exit(main())
