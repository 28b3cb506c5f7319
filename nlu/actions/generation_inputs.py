"""What a run that proposes utterances reads: texts to learn from, texts to stay away from, the checking model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu.actions.masking import mask_text
from nlu.actions.unlabelled_messages import unlabelled_messages
from nlu.export import training_data
from nlu.inference import active_version, version_dir
from nlu.models import EvaluationCase, GenerationRun, ModelVersion, ProposedUtterance, Utterance, Workspace
from nlu.pipeline.entity_resolver import EntityCatalogue
from nlu.training.dataset import Dataset, unrelated
from nlu.training.meanings import is_reserved
from nlu.training.origins import origin_key
from nlu.types import Example

if TYPE_CHECKING:
    from nlu.masking.engine import Masked
    from nlu.training.masked import Mask


@dataclass(frozen=True, slots=True)
class GenerationInputs:
    """What a run works with.

    learned: utterances and articles' questions that nobody reserved; generated: those accepted before, less what
    was made from a held-out text; held_out: reserved texts and cases with an intent, which nothing learns from;
    guarded: every text that no proposal may come near; seen: what nobody needs to see again; intents: those of the
    run that there is something to learn from; skipped: the others; ids: of utterances, by their origin keys.
    """

    learned: tuple[Example, ...]
    generated: tuple[Example, ...]
    held_out: tuple[Example, ...]
    guarded: tuple[str, ...]
    seen: tuple[str, ...]
    messages: tuple[str, ...]
    catalogue: EntityCatalogue
    titles: tuple[Example, ...]
    intents: tuple[str, ...]
    skipped: tuple[str, ...]
    ids: Mapping[str, int]

    def dataset(self) -> Dataset:
        """What both trainings of an effect learn from."""
        withheld = [example.text for example in self.held_out]
        return Dataset.of((*self.learned, *self.generated), self.titles, withheld)


def generation_inputs(run: GenerationRun) -> GenerationInputs:
    """Everything from the workspace as it is now, in a stable order.

    One real text in five is reserved (`nlu.training.meanings`): proposals are made without them, so that they tell
    what the proposals are worth.
    """
    workspace = run.workspace
    data = training_data(workspace)
    learned = tuple(one for one in data.examples if not is_reserved(one.text))
    reserved = tuple(one for one in data.examples if is_reserved(one.text))
    outside = tuple(one for one in data.out_of_scope if not is_reserved(one.text))
    reserved_outside = tuple(one for one in data.out_of_scope if is_reserved(one.text))
    totals = Counter(one.intent for one in learned)
    cases = _cases(workspace)
    held_out = tuple(one for one in (*reserved, *cases) if totals[one.intent])
    messages = unlabelled_messages(workspace)
    rows = Utterance.objects.filter(workspace=workspace)
    proposed = ProposedUtterance.objects.filter(workspace=workspace).order_by("pk")
    return GenerationInputs(
        learned=(*learned, *outside),
        generated=unrelated(data.generated, held_out),
        held_out=held_out,
        guarded=tuple(
            dict.fromkeys((*(one.text for one in (*reserved, *reserved_outside, *cases)), *data.withheld))
        ),
        seen=(*proposed.values_list("text", flat=True), *messages, *(one.text for one in data.generated)),
        messages=messages,
        catalogue=data.catalogue,
        titles=data.titles,
        intents=tuple(name for name in run.intents if totals[name]),
        skipped=tuple(name for name in run.intents if not totals[name]),
        ids={origin_key(text): pk for pk, text in rows.values_list("pk", "text")},
    )


def _cases(workspace: Workspace) -> Sequence[Example]:
    # Corrections teach by themselves, and are no more held out than other utterances.
    rows = EvaluationCase.objects.filter(workspace=workspace).untaught().order_by("normalized", "pk")
    found: dict[str, Example] = {}
    for normalized, text, intent in rows.values_list("normalized", "text", "intent__name"):
        found.setdefault(normalized, Example(text=text, intent=intent or ""))
    return tuple(found.values())


def workspace_mask(workspace: Workspace) -> Mask:
    """Masks as the workspace's chat does."""

    def mask(text: str) -> Masked:
        return mask_text(workspace.pk, text)

    return mask


def checker_of(workspace: Workspace) -> ModelVersion | None:
    """The version that checks labels: the active one, if its files are there."""
    version = active_version(workspace.pk)
    return version if version is not None and version_dir(version).is_dir() else None
