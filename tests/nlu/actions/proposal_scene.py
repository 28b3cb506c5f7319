"""A workspace with thin intents, and proposals as a run leaves them."""

from __future__ import annotations

from nlu.actions.generation_runs import request_generation, switch_generation
from nlu.actions.utterance_edits import add_texts
from nlu.actions.workspaces import create_workspace
from nlu.models import GenerationRun, Intent, ProposedUtterance, Workspace
from nlu.pipeline.normalizer import canonical
from nlu.training.origins import origin_keys

TEXTS = {
    "refund": (
        "I want my money back",
        "please send my money back",
        "how do I get a refund for shoes",
        "I want a refund for the coat",
        "can I get my cash back today",
        "please refund the coat I bought",
        "how do I return my shoes",
        "I want to return the coat today",
    ),
    "delivery": (
        "where is my parcel",
        "where is the box I ordered",
        "when will my parcel arrive",
        "when does the box arrive today",
        "please track my parcel",
        "can I track the box I ordered",
        "my parcel is late again",
        "why is the box I ordered late",
    ),
    "invoice": (
        "please send me an invoice",
        "I need an invoice for the shoes",
        "where is my invoice",
        "can I get an invoice today",
        "how do I get the invoice for my coat",
        "my invoice has the wrong name",
        "the invoice I got is wrong",
        "please print an invoice for the coat",
    ),
}


def make_thin(slug: str = "thin", *, generates: bool = True) -> Workspace:
    """Three intents of eight utterances; proposing is switched on."""
    workspace = create_workspace(slug=slug, name="Thin", default_locale="en", actor=None)
    for name, texts in TEXTS.items():
        intent = Intent.objects.create(workspace=workspace, name=name)
        add_texts(workspace=workspace, intent=intent, texts=texts, locale="en", actor=None)
    return switch_generation(workspace=workspace, on=generates, actor=None)


def ask(workspace: Workspace, *names: str, method: str = "paraphrase", **options) -> GenerationRun:
    """Nobody asks for proposals for the intents of these names; all of them without any."""
    intents = workspace.intents.all() if not names else workspace.intents.filter(name__in=names)
    return request_generation(workspace=workspace, method=method, intents=list(intents), actor=None, **options)


def propose_texts(
    workspace: Workspace, name: str, *texts: str, made_from: tuple[str, ...] = ("where is my parcel",)
) -> list[ProposedUtterance]:
    """Proposals of a run that is done; the later, the worse."""
    run = GenerationRun.objects.create(workspace=workspace, status="done", intents=[name])
    return [
        ProposedUtterance.objects.create(
            run=run,
            workspace=workspace,
            intent=workspace.intents.get(name=name),
            text=text,
            normalized=canonical(text),
            locale="en",
            score=-float(place),
            made_from=list(origin_keys(made_from)),
            origins=list(workspace.utterances.filter(text__in=made_from).values_list("pk", flat=True)),
        )
        for place, text in enumerate(texts, start=1)
    ]
