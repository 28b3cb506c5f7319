"""What keeps a generated utterance apart from the texts that it holds something of, and when nobody can tell."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.utils import translation

from nlu.actions import masking, proposals
from nlu.actions.articles import create_article, publish_article
from nlu.actions.evaluation_cases import add_case
from nlu.actions.generation_inputs import generation_inputs
from nlu.actions.importing import import_utterances
from nlu.actions.utterance_edits import (
    add_texts,
    delete_utterances,
    edit_utterance,
    move_utterances,
    restore_utterances,
)
from nlu.export import training_data
from nlu.generation.generate import generate
from nlu.generation.paraphrase import ParaphraseProposer
from nlu.masking.engine import DEFAULT_RULES, compile_rules
from nlu.models import GenerationRun, ProposedUtterance, Utterance, Workspace
from nlu.training.dataset import Dataset, unrelated
from nlu.training.meanings import is_reserved
from nlu.training.origins import origin_key
from nlu.types import Example
from tests.nlu.actions.proposal_scene import make_thin, propose_texts

pytestmark = pytest.mark.django_db
PARCEL = "where is my parcel"


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with translation.override("en"):
        yield make_thin()


def accept(proposal: ProposedUtterance) -> Utterance:
    row = proposals.accept_proposal(proposal=proposal, actor=None)
    assert row.utterance is not None
    return row.utterance


def taught(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """The generated texts that train, with their origins."""
    return {one.text: one.made_from for one in training_data(workspace).generated}


def test_what_was_made_from_a_case_does_not_train(workspace: Workspace) -> None:
    accept(propose_texts(workspace, "delivery", "where is my box")[0])
    accept(propose_texts(workspace, "delivery", "please track my box", made_from=("please track my parcel",))[0])
    accept(propose_texts(workspace, "delivery", "lost coat beside red hat", made_from=())[0])
    assert set(taught(workspace)) == {"where is my box", "please track my box", "lost coat beside red hat"}
    delivery = workspace.intents.get(name="delivery")
    add_case(workspace=workspace, text="Where is my PARCEL", intent=delivery, locale="en", actor=None)
    # Nobody knows what the third was made from, but it does not read like the case.
    assert set(taught(workspace)) == {"please track my box", "lost coat beside red hat"}
    add_case(workspace=workspace, text="lost coat beside red parcel", intent=delivery, locale="en", actor=None)
    assert set(taught(workspace)) == {"please track my box"}


def test_an_origin_is_followed_while_its_proposal_waits(workspace: Workspace) -> None:
    [waiting] = propose_texts(workspace, "delivery", "where is my box")
    origin = Utterance.objects.get(text=PARCEL)
    edit_utterance(utterance=origin, text="where on earth is my parcel", locale="en", actor=None)
    accept(waiting)
    assert taught(workspace) == {"where is my box": (origin_key("where on earth is my parcel"),)}
    [made] = training_data(workspace).generated
    assert unrelated((made,), (Example("where on earth is my parcel"),)) == ()
    assert unrelated((made,), (Example("my invoice has the wrong name"),)) == (made,)


def test_an_origin_that_is_gone_or_reads_otherwise_leaves_it_unknown(workspace: Workspace) -> None:
    delivery = workspace.intents.get(name="delivery")
    article = create_article(
        workspace=workspace,
        locale="en",
        title="Parcels",
        body="Here.",
        questions="is it near",
        intent=delivery,
        actor=None,
    )
    publish_article(article=article, actor=None)
    made = accept(propose_texts(workspace, "delivery", "is it there", made_from=("is it near",))[0])
    assert taught(workspace) == {"is it there": (origin_key("is it near"),)}
    article.refresh_from_db()
    revision = article.published_revision
    assert revision is not None
    type(revision).objects.filter(pk=revision.pk).update(questions="is it near me")
    assert taught(workspace) == {"is it there": ()}
    # Deleted, its origin edited, and brought back: what it was made from is not there any more.
    made.delete()
    made = accept(propose_texts(workspace, "delivery", "where is my box")[0])
    removed = delete_utterances(workspace=workspace, ids=[made.pk], actor=None)
    edit_utterance(utterance=Utterance.objects.get(text=PARCEL), text="my parcel where", locale="en", actor=None)
    restore_utterances(workspace=workspace, removed=removed, actor=None)
    assert taught(workspace) == {"where is my box": ()}


def test_origins_are_compared_as_they_are_stored_whatever_is_masked_today() -> None:
    """A text from before a rule is stored as it was; the generator reads it masked."""
    written = [
        Example("please call 13800138000 about my refund", "refund"),
        Example("please call me about the coat", "refund"),
        Example("I want my refund for the coat", "refund"),
        Example("send the invoice", "invoice"),
    ]
    made = generate(
        Dataset.of(written),
        ParaphraseProposer(),
        mask=compile_rules(DEFAULT_RULES).mask,
        intents=["refund"],
        per_intent=50,
    )
    hidden = (written[0],)
    every = (*made.kept, *(one.proposal for one in made.refused))
    of_the_call = [one for one in every if any("[" in text for text in one.made_from)]
    assert of_the_call
    assert unrelated(tuple(one.as_example() for one in of_the_call), hidden) == ()
    assert all(set(one.keys) <= {origin_key(each.text) for each in written} for one in every)


def test_no_copy_of_a_deleted_utterance_is_left(workspace: Workspace) -> None:
    one, two = propose_texts(workspace, "delivery", "where is my box", "where is my bag")
    made = accept(one)
    delete_utterances(workspace=workspace, ids=[Utterance.objects.get(text=PARCEL).pk], actor=None)
    made.refresh_from_db()
    two.refresh_from_db()
    assert PARCEL not in json.dumps([made.made_from, two.made_from, two.origins])
    assert not Utterance.objects.filter(pk__in=two.origins).exists()


def test_more_than_may_stand_beside_the_real_ones_do_not_train(workspace: Workspace) -> None:
    rows = propose_texts(workspace, "delivery", *(f"where is my box {letter}" for letter in "abcd"))
    ids = [accept(row).pk for row in rows]
    other = accept(propose_texts(workspace, "refund", "I want my cash back")[0])
    assert len(taught(workspace)) == 5
    # Moved or imported there, they are kept, but the oldest four train.
    move_utterances(workspace=workspace, ids=[other.pk], intent=workspace.intents.get(name="delivery"), actor=None)
    line = {"text": "where is my box z", "intent": "delivery", "generated": True, "made_from": [PARCEL]}
    import_utterances(workspace=workspace, lines=[json.dumps(line)], file_format="jsonl", actor=None)
    kept = set(Utterance.objects.filter(pk__in=ids).values_list("text", flat=True))
    assert (set(taught(workspace)), Utterance.objects.generated().count()) == (kept, 6)


@pytest.mark.parametrize(("count", "known"), [(20, True), (21, False)])
def test_too_many_origins_are_none(workspace: Workspace, count: int, known: bool) -> None:
    origins = [f"text {number}" for number in range(count)]
    line = {"text": "where is my box", "intent": "delivery", "generated": True, "made_from": origins}
    import_utterances(workspace=workspace, lines=[json.dumps(line)], file_format="jsonl", actor=None)
    assert bool(Utterance.objects.generated().get().made_from) == known


@pytest.mark.parametrize(
    ("said", "generated"), [("yes", 1), ("vae", 1), (True, 1), ("false", 0), ("No", 0), ("0", 0), (0, 0)]
)
def test_a_word_for_no_is_no(workspace: Workspace, said: object, generated: int) -> None:
    line = {"text": "where is my box", "intent": "delivery", "generated": said}
    import_utterances(workspace=workspace, lines=[json.dumps(line)], file_format="jsonl", actor=None)
    assert Utterance.objects.generated().count() == generated


def test_reserved_texts_out_of_scope_are_kept_apart_too(workspace: Workspace) -> None:
    texts = [f"how is the weather in town {number}" for number in range(20)]
    add_texts(workspace=workspace, intent=None, texts=texts, locale="en", actor=None)
    reserved = {text for text in texts if is_reserved(text)}
    assert reserved
    run = GenerationRun.objects.create(workspace=workspace, status="running", intents=["delivery"])
    assert set(generation_inputs(run).guarded) & set(texts) == reserved


def test_an_origin_in_a_file_is_masked_as_utterances_are(workspace: Workspace) -> None:
    text = "call me on 13800138000 about it"
    lines = [
        {"text": text, "intent": "delivery"},
        {"text": "call about it", "intent": "delivery", "generated": True, "made_from": [text]},
    ]
    import_utterances(workspace=workspace, lines=map(json.dumps, lines), file_format="jsonl", actor=None)
    masked = masking.mask_for_workspace(workspace.pk, text)
    assert masked != text
    assert taught(workspace) == {"call about it": (origin_key(masked),)}
