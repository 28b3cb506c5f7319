"""Customers' messages that nobody has labelled, for generators and for adversarial training.

They are read when they are needed and kept nowhere: what is erased teaches nothing from then on.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from nlu.actions.masking import mask_for_workspace
from nlu.models import EvaluationCase, Utterance, Workspace
from nlu.pipeline.normalizer import canonical
from nlu.signals import recent_examples_wanted
from nlu.types import Example

MOST_MESSAGES: Final = 2000


def unlabelled_messages(workspace: Workspace) -> tuple[str, ...]:
    """Recent messages, masked, each once, in a stable order; none that is an utterance or a case.

    Those have labels: they teach by themselves, or must teach nothing at all.
    """
    labelled = set(EvaluationCase.objects.filter(workspace=workspace).values_list("normalized", flat=True))
    labelled |= set(Utterance.objects.filter(workspace=workspace).values_list("normalized", flat=True))
    found: dict[str, str] = {}
    for example in _recent(workspace):
        text = mask_for_workspace(workspace.pk, example.text.strip())
        if (key := canonical(text)) and key not in labelled:
            found.setdefault(key, text)
    return tuple(found[key] for key in sorted(found))


def _recent(workspace: Workspace) -> Iterable[Example]:
    answers = recent_examples_wanted.send(sender=Workspace, workspace_id=workspace.pk, limit=MOST_MESSAGES)
    given: list[Iterable[Example]] = [examples for _receiver, examples in answers]  # type: ignore[misc]
    return [example for examples in given for example in islice(examples, MOST_MESSAGES)]
