"""A workspace with proposals to review, for the tests of that queue; prints an operator's cookie.

Proposals are written as a run leaves them, so that nothing waits for the worker.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402

from console.actions.staff import create_staff  # noqa: E402
from console.context import WORKSPACE_KEY  # noqa: E402
from nlu.actions.entities import create_entity_type  # noqa: E402
from nlu.actions.generation_runs import switch_generation  # noqa: E402
from nlu.actions.intents import create_intent  # noqa: E402
from nlu.actions.utterance_edits import add_texts  # noqa: E402
from nlu.actions.workspaces import create_workspace  # noqa: E402
from nlu.models import GenerationRun, ProposedUtterance  # noqa: E402
from nlu.pipeline.normalizer import canonical  # noqa: E402
from nlu.proposal_measures import MeasuredEffect, MeasuredTexts, RunMeasures  # noqa: E402
from nlu.training.origins import origin_keys  # noqa: E402

TEXTS = {
    "track": ["where is my parcel", "when will the box get to Oslo", "has my box left", "track my parcel please"],
    "refund": ["I want my money back", "how do I get a refund", "send my money back please"],
}
PROPOSALS = (
    ("track", "where is my box", "where is my parcel", ("has my box left",)),
    ("track", "when will the parcel get to Bergen", "when will the box get to Oslo", ("where is my parcel",)),
    ("track", "has my parcel left", "has my box left", ("where is my parcel",)),
    ("track", "track my box please", "track my parcel please", ()),
    ("refund", "how do I get my money back", "how do I get a refund", ("I want my money back",)),
)


def seed(slug: str) -> dict[str, str]:
    """The cookie's name and value; the run's number."""
    workspace = create_workspace(slug=slug, name="Proposals", default_locale="en", actor=None)
    switch_generation(workspace=workspace, on=True, actor=None)
    intents = {}
    for name, texts in TEXTS.items():
        intents[name] = create_intent(workspace=workspace, name=name, actor=None)
        add_texts(workspace=workspace, intent=intents[name], texts=texts, locale="en", actor=None)
    create_entity_type(workspace=workspace, name="city", title="City", actor=None)
    ids = dict(workspace.utterances.values_list("text", "pk"))
    raw = MeasuredTexts(25, 0.98, 0.92, 0.24, 0.52, 0.7, 4.2)
    run = GenerationRun.objects.create(
        workspace=workspace,
        status="done",
        intents=sorted(TEXTS),
        with_effect=True,
        checked_by=3,
        measures=RunMeasures(
            proposed=25,
            kept=len(PROPOSALS),
            refused={"cap": 12, "near_copy": 5, "label": 3},
            raw=raw,
            shown=MeasuredTexts(5, 1.0, 1.0, 0.31, 0.6, 0.55, 4.0),
            reference_perplexity=26.4,
            messages=140,
            effect=MeasuredEffect(60, 4, 0.8, 0.8167, 4, 3, 0.7734, 0.5),
        ).to_json(),
    )
    for place, (name, text, source, others) in enumerate(PROPOSALS):
        start = text.find("Bergen")
        ProposedUtterance.objects.create(
            run=run,
            workspace=workspace,
            intent=intents[name],
            text=text,
            normalized=canonical(text),
            locale="en",
            entities=[[start, start + 6, "city"]] if start >= 0 else [],
            score=-float(place),
            made_from=list(origin_keys((source, *others))),
            origins=[ids[text] for text in (source, *others) if text in ids],
        )
    person = create_staff(
        username=f"{slug}-ann",
        password="a long enough secret 17",
        roles=["operator"],
        superuser=False,
        actor=None,
    )
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session[WORKSPACE_KEY] = workspace.pk
    session.create()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "run": str(run.pk)}


print(json.dumps(seed(sys.argv[1])))
