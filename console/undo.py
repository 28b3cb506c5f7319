"""The last steps that a person can take back, kept in their session until they sign out."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.http import HttpRequest

from nlu.actions.corrections import Taught
from nlu.actions.utterance_edits import MovedUtterance, RemovedUtterance
from nlu.models import Workspace

UNDO_KEY: Final = "undo"
KEPT_STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A flow's draft before a change that made the revision."""

    flow: int
    revision: int
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What was done: utterances that were removed, where moved ones came from, what a correction taught, or what a
    flow's draft was before.

    `settled` is the id of an answer that let a finding of data health stand, 0 for none. `page` is the address
    of the screen to go back to, where that is not the intent's own page.
    """

    removed: tuple[RemovedUtterance, ...] = ()
    moved: tuple[MovedUtterance, ...] = ()
    taught: Taught | None = None
    settled: int = 0
    page: str = ""
    draft: KeptDraft | None = None


def remember(request: HttpRequest, workspace: Workspace, step: Step) -> str:
    """Keep the step; the key that takes it back. Only the newest few are kept."""
    steps: dict[str, Any] = request.session.get(UNDO_KEY, {})
    key = secrets.token_urlsafe(8)
    steps[key] = {"workspace": workspace.pk, **asdict(step)}
    request.session[UNDO_KEY] = dict(list(steps.items())[-KEPT_STEPS:])
    return key


def take(request: HttpRequest, workspace: Workspace, key: str) -> Step | None:
    """The step under this key, which is then forgotten; None when it was taken back before or is another's."""
    steps: dict[str, Any] = request.session.get(UNDO_KEY, {})
    step = steps.get(key)
    if step is None or step["workspace"] != workspace.pk:
        return None
    del steps[key]
    request.session[UNDO_KEY] = steps
    return Step(
        removed=tuple(
            RemovedUtterance(
                **{
                    **row,
                    "spans": tuple((span[0], span[1], span[2]) for span in row["spans"]),
                    "made_from": tuple(row.get("made_from", ())),
                }
            )
            for row in step["removed"]
        ),
        moved=tuple(MovedUtterance(**row) for row in step["moved"]),
        taught=None if step.get("taught") is None else Taught.from_json(step["taught"]),
        settled=step.get("settled", 0),
        page=step.get("page", ""),
        draft=None if step.get("draft") is None else KeptDraft(**step["draft"]),
    )
