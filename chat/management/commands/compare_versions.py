"""Compare two model versions on the live turns of late, offline: what a shadow finds while it runs."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from chat.models import ShadowScore, Turn
from chat.recent_messages import asked_turns, recent_turns
from chat.shadowing import compare
from nlu.errors import NluError
from nlu.inference import use_threads, version_dir
from nlu.models import ModelVersion, Workspace

if TYPE_CHECKING:
    from chat.shadowing import Comparison
    from nlu.pipeline.pipeline import NluPipeline

MOST = 5_000


class Command(BaseCommand):
    """JSON on stdout: how many turns, how many the two understand differently, by pair, and which."""

    help = "Compare two model versions on the masked live turns of the last 30 days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The two versions by number, and which turns."""
        parser.add_argument("active", help="number of the version to compare with, such as 7 or v7")
        parser.add_argument("candidate", help="number of the other version")
        parser.add_argument("--workspace", default="default", help="short name of the workspace")
        parser.add_argument("--limit", type=int, default=MOST, help=f"newest turns at most (default {MOST})")
        parser.add_argument(
            "--shadow",
            action="store_true",
            help="only turns that CANDIDATE scored as the shadow of ACTIVE, and whether it found the same",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load both, ask both, print."""
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace {options['workspace']}")
        if options["limit"] < 1:
            raise CommandError("--limit takes a number of turns from 1")
        active = version_called(workspace, options["active"])
        candidate = version_called(workspace, options["candidate"])
        turns = recent_turns(workspace.pk)
        if options["shadow"]:
            turns = Turn.objects.filter(shadow_score__in=scores_of(active, candidate))
        compared = compare(load(active), load(candidate), asked_turns(turns, options["limit"]))
        found = {"active": str(active), "candidate": str(candidate), **compared.to_json()}
        if options["shadow"]:
            found["shadow"] = beside_the_shadow(compared, active, candidate)
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))


def version_called(workspace: Workspace, name: str) -> ModelVersion:
    """The workspace's version with this number."""
    number = name.removeprefix("v")
    version = None
    if number.isascii() and number.isdigit() and len(number) < 10:
        version = ModelVersion.objects.filter(workspace=workspace, number=int(number)).first()
    if version is None:
        raise CommandError(f"Workspace {workspace.slug} has no version {name}")
    return version


def load(version: ModelVersion) -> NluPipeline:
    """The version's pipeline."""
    # Imported late: torch takes seconds to import and a mistyped option should not.
    from nlu.pipeline.pipeline import NluPipeline

    use_threads(1)
    try:
        return NluPipeline.load(version_dir(version))
    except (NluError, OSError) as error:
        raise CommandError(f"Version {version} cannot be loaded: {error}") from error


def scores_of(active: ModelVersion, candidate: ModelVersion) -> QuerySet[ShadowScore]:
    """What the candidate's shadow runs kept beside this active version."""
    return ShadowScore.objects.filter(run__version=candidate, active=active)


def beside_the_shadow(compared: Comparison, active: ModelVersion, candidate: ModelVersion) -> dict[str, Any]:
    """Whether the live run found the same disagreements, and the turns where it did not."""
    compared_turns = {str(one.asked.uuid) for one in compared.readings}
    rows = scores_of(active, candidate).filter(disagrees=True).values_list("turn__uuid", "understood", "said")
    live = {(str(uuid), understood, said) for uuid, understood, said in rows if str(uuid) in compared_turns}
    offline = {(str(one.asked.uuid), one.understood, one.said) for one in compared.disagreements}
    return {
        "disagree": len(live),
        "same": live == offline,
        "only_live": sorted({row[0] for row in live - offline}),
        "only_offline": sorted({row[0] for row in offline - live}),
    }
