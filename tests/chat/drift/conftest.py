"""An active version whose customers write as a test says."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.utils import timezone

from chat.actions.drift import look
from chat.actions.visitors import create_visitor
from chat.models import Site, Turn
from chat.models.turns import TurnStatus
from nlu.actions.workspaces import create_workspace
from nlu.inference import version_dir
from nlu.models import ModelVersion, Workspace
from tests.nlu.held_out_scene import answer, write_version_folder


@dataclass
class Counter:
    """A shop with two versions, the first of them active. Customers write what a test says."""

    workspace: Workspace = field(
        default_factory=lambda: create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)
    )
    numbers: itertools.count = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.site = Site.objects.create(
            workspace=self.workspace, key=self.workspace.slug, name="Shop", locale="en"
        )
        self.versions = [self.version(1, "active"), self.version(2, "candidate")]

    def version(self, number: int, status: str) -> ModelVersion:
        folder = f"{self.workspace.slug}-{number}"
        version = ModelVersion(
            workspace=self.workspace, number=number, status=status, folder=folder, dataset_fingerprint="0"
        )
        version.manifest_hash = write_version_folder(
            version_dir(version), [answer(0.9, key=key) for key in range(100)]
        )
        version.activated_at = timezone.now() if status == "active" else None
        version.save()
        return version

    def write(
        self,
        *understood: str,
        times: int = 1,
        customers: int = 1,
        locale: str = "en",
        version: ModelVersion | None = None,
    ) -> None:
        """Customers write each of these (empty: rejected) so many times, one after the other, in turns."""
        conversations = itertools.cycle(
            [create_visitor(site=self.site, locale="en").conversation for _ in range(customers)]
        )
        Turn.objects.bulk_create(
            Turn(
                workspace=self.workspace,
                conversation=next(conversations),
                status=TurnStatus.DONE,
                model_version=version or self.versions[0],
                parse={
                    "text": f"message {next(self.numbers)}",
                    "locale": locale,
                    "intents": [{"name": name or "refund", "confidence": 0.9}],
                    "in_scope": bool(name),
                    "scope_score": 0.9 if name else 0.1,
                },
                outcome="reply",
                finished_at=timezone.now(),
            )
            for _ in range(times)
            for name in understood
        )

    def look(self) -> int:
        """Count everything that is new."""
        return sum(iter(lambda: look(workspace_id=self.workspace.pk), 0))


@pytest.fixture
def counter(db, settings, tmp_path: Path) -> Counter:
    settings.MODEL_DIR = tmp_path
    return Counter()
