"""Proposing utterances in the console: switching on, asking, watching, measures, reading, what is marked where."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nlu.actions.generation_runs import switch_generation
from nlu.actions.utterance_edits import add_texts
from nlu.models import AuditEntry, GenerationRun, Job, ProposedUtterance, TrainingRun, Utterance
from nlu.proposal_measures import MeasuredEffect, MeasuredTexts, RunMeasures
from nlu.training.origins import origin_key
from tests.console.screens.shop import Shop

HTMX = {"HX-Request": "true"}
TEXTS = MeasuredTexts(100, 0.98, 0.6, 0.24, 0.52, 0.7, 4.2)


def text(response) -> str:
    return b"".join(response).decode() if response.streaming else response.content.decode()


@pytest.fixture
def on(shop: Shop) -> Shop:
    """The shop proposes utterances."""
    switch_generation(workspace=shop.workspace, on=True, actor=None)
    return shop


def measured(**changes: object) -> RunMeasures:
    fields = {"proposed": 100, "kept": 40, "refused": {"cap": 50, "label": 10}, "raw": TEXTS, "shown": TEXTS}
    return RunMeasures(**(fields | {"reference_perplexity": 26.0} | changes))  # type: ignore[arg-type]


def test_it_is_off_until_somebody_switches_it_on(teach: Client, shop: Shop) -> None:
    url = reverse("console:training_generation")
    page = text(teach.get(url))
    assert "It is switched off" in page
    assert "it may do harm" in page
    sent = {"method": "paraphrase", "intents": [shop.track.pk], "per_intent": "5"}
    refused = teach.post(reverse("console:training_generation_start"), sent)
    assert (refused.status_code, GenerationRun.objects.in_work().exists()) == (422, False)
    page = text(
        teach.post(reverse("console:training_proposal", args=[shop.proposal.pk]), {"do": "accept"}, follow=True)
    )
    assert "switched off" in page
    assert not Utterance.objects.generated().exists()

    switch = reverse("console:training_generation_switch")
    assert "Utterances can be proposed now" in text(teach.post(switch, {"on": "1"}, follow=True))
    assert AuditEntry.objects.filter(action="generation.switched_on").count() == 1
    teach.post(reverse("console:training_proposal", args=[shop.proposal.pk]), {"do": "accept"})
    assert Utterance.objects.generated().get().text == "where is my box"
    assert "What was accepted stays" in text(teach.post(switch, {"on": "0"}, follow=True))
    assert Utterance.objects.generated().count() == 1


def test_a_run_is_asked_for_watched_and_cancelled(teach: Client, on: Shop) -> None:
    texts = [f"refund number {number} please" for number in range(12)]
    add_texts(workspace=on.workspace, intent=on.refund, texts=texts, locale="en", actor=None)
    page = text(teach.get(reverse("console:training_generation")))
    # Thin ones are chosen, others are not, unless the address names one.
    assert f'value="{on.track.pk}" data-row checked' in page
    assert f'value="{on.refund.pk}">' in page
    page = text(teach.get(reverse("console:training_generation"), {"intent": on.refund.pk}))
    assert f'value="{on.refund.pk}" checked' in page
    assert f'value="{on.track.pk}" data-row>' in page
    sent = {"method": "gan", "intents": [on.track.pk], "per_intent": "5", "with_effect": "on"}
    assert teach.post(reverse("console:training_generation_start"), sent).status_code == 302
    run = GenerationRun.objects.get(status="queued")
    assert (run.method, run.intents, run.per_intent, run.with_effect) == ("gan", ["track"], 5, True)
    assert run.requested_by.get_username() == "operator"
    assert Job.objects.filter(task="nlu.generate_utterances", arguments={"generation": run.pk}).count() == 1
    run.status, run.share_done, run.seconds_left, run.step = "running", 0.25, 95, "without"
    run.started_at = timezone.now()
    run.save()
    url = reverse("console:training_generation_progress", args=[run.pk])
    for page in (text(teach.get(reverse("console:training_generation"))), text(teach.get(url, headers=HTMX))):
        assert 'value="0.250"' in page
        assert "1 min 35 s" in page
        assert "training without the proposals" in page
        assert '<button id="generation-cancel"' in page
    assert "Utterances are being proposed" in text(teach.get(reverse("console:training")))
    assert "going on already" in text(teach.post(reverse("console:training_start"), follow=True))
    assert "going on already" in text(teach.post(reverse("console:training_generation_start"), sent, follow=True))
    cancel = reverse("console:training_generation_cancel", args=[run.pk])
    assert "stops at its next step" in text(teach.post(cancel, follow=True))
    run.status = "cancelled"
    run.save()
    response = teach.get(url, headers=HTMX)
    assert response.status_code == 286
    assert 'id="generation-runs"' in text(response)
    assert "has ended already" in text(teach.post(cancel, follow=True))
    assert teach.get(url).status_code == 302


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"intents": []}, "at least one intent"),
        ({"method": "magic"}, "not one of the available choices"),
        ({"per_intent": "0"}, "greater than or equal to 1"),
        ({"per_intent": "999"}, "less than or equal to 50"),
    ],
)
def test_what_cannot_be_asked_for_is_told_at_the_form(teach: Client, on: Shop, changes, words: str) -> None:
    sent = {"method": "paraphrase", "intents": [on.track.pk], "per_intent": "5"} | changes
    response = teach.post(reverse("console:training_generation_start"), sent)
    assert response.status_code == 422
    assert words in text(response)


def test_a_run_shows_its_measures_beside_the_goals(teach: Client, on: Shop) -> None:
    url = reverse("console:training_generation_run", args=[on.generation.pk])
    GenerationRun.objects.update(measures=measured(effect_gap="not_asked").to_json(), checked_by=3)
    page = text(teach.get(url))
    for words in (
        "98 of 100 proposals are no copies",
        "90\u00a0%",
        "reached",
        "60.0\u00a0%",
        "missed",
        "v3, the active version",
        "26 for real texts",
        "mean another intent, or none, to the active version",
        "it takes two trainings",
    ):
        assert words in page, words
    effect = MeasuredEffect(100, 20, 0.8, 0.7, 1, 11, 0.0032, 0.9998)
    GenerationRun.objects.update(measures=measured(effect=effect).to_json())
    page = text(teach.get(url))
    assert "worse, more than chance explains" in page
    assert "got 70.0\u00a0% right, one without them 80.0\u00a0%: 1 won, 11 lost" in page
    blank = MeasuredTexts(0, None, None, None, None, None, None)
    nothing = measured(proposed=0, kept=0, refused={}, raw=blank, shown=blank, effect_gap="nothing_kept")
    GenerationRun.objects.update(measures=nothing.to_json(), checked_by=None)
    assert "nothing was judged" in text(teach.get(url))
    GenerationRun.objects.update(measures={"of": "another program"})
    assert teach.get(url).status_code == 200


def test_proposals_are_decided_on_one_by_one(teach: Client, on: Shop) -> None:
    page = text(teach.get(reverse("console:training_proposals")))
    assert "<del>parcel</del><ins>box</ins>" in page
    url = reverse("console:training_proposal", args=[on.proposal.pk])
    page = text(teach.post(url, {"do": "accept"}, headers=HTMX))
    assert "Accepted as an utterance" in page
    assert 'id="count-accepted" hx-swap-oob="true">1<' in page
    assert "decided on this proposal already" in text(teach.post(url, {"do": "reject"}, headers=HTMX))
    made = Utterance.objects.generated().get()
    page = text(teach.get(reverse("console:intent", args=[on.track.pk]), {"source": "generated"}))
    assert "where is my box" in page
    assert "where is my parcel" not in page
    assert '<span class="badge warn">generated</span>' in page
    undo = reverse("console:training_proposal_undo", args=[on.proposal.pk])
    assert "to be reviewed again" in text(teach.post(undo, headers=HTMX))
    assert "nothing to take back" in text(teach.post(undo, headers=HTMX))
    assert not Utterance.objects.filter(pk=made.pk).exists()
    assert "Rejected" in text(teach.post(url, {"do": "reject"}, follow=True))
    page = text(teach.post(reverse("console:training_proposal_undo_last"), follow=True))
    assert "1 proposal is to be reviewed again" in page
    page = text(teach.post(reverse("console:training_proposal_undo_last"), follow=True))
    assert "nothing of yours" in page


def test_a_proposal_is_accepted_in_other_words(teach: Client, on: Shop) -> None:
    url = reverse("console:training_proposal_edit", args=[on.proposal.pk])
    assert 'value="where is my box"' in text(teach.get(url, headers=HTMX))
    sent = {"text": "where is my parcel", "intent": on.refund.pk}
    assert "Another utterance says the same" in text(teach.post(url, sent, headers=HTMX))
    response = teach.post(url, sent | {"text": "pay me for the box"}, headers=HTMX)
    assert response["HX-Retarget"] == f"#proposal-{on.proposal.pk}"
    assert "dialog:close" in response["HX-Trigger-After-Swap"]
    made = Utterance.objects.generated().get()
    assert (made.text, made.intent, made.made_from) == (
        "pay me for the box",
        on.refund,
        [origin_key("where is my parcel")],
    )


def test_many_are_decided_on_at_once_and_exported(teach: Client, on: Shop) -> None:
    for place in range(4):
        ProposedUtterance.objects.create(
            run=on.generation,
            workspace=on.workspace,
            intent=on.track,
            text=f"=where is box {place}",
            normalized=f"=where is box {place}",
            score=-place,
        )
    ids = list(ProposedUtterance.objects.values_list("pk", flat=True))
    bulk = reverse("console:training_proposals_bulk")
    assert "Tick the proposals first" in text(teach.post(bulk, {"do": "accept"}, follow=True))
    page = text(teach.post(bulk, {"do": "accept", "row": ids, "query": "state=accepted"}, follow=True))
    assert "2 proposals accepted" in page
    assert "3 are left as they were: “track” has 2 generated beside 3 real" in page
    page = text(teach.post(bulk, {"do": "reject", "row": ids}, follow=True))
    assert "3 proposals rejected" in page
    rows = text(teach.get(reverse("console:training_proposals_export"), {"state": "rejected"})).splitlines()
    assert len(rows) == 4
    assert any(row.startswith("'=where is box") for row in rows)
    assert AuditEntry.objects.filter(action="proposals.exported", summary="rejected").count() == 1
    page = text(teach.get(reverse("console:training_proposals"), {"state": "rejected", "q": "box 3"}))
    assert ("box 3" in page, "box 2" in page) == (True, False)
    for narrow in ({"intent": on.refund.pk}, {"run": "999"}, {"method": "vae"}, {"intent": "x" * 30}):
        page = text(teach.get(reverse("console:training_proposals"), {"state": "rejected", **narrow}))
        assert ("Nothing fits" in page) == (narrow.get("intent") != "x" * 30)


def test_another_workspace_keeps_its_proposals(teach: Client, on: Shop) -> None:
    from tests.console.screens.shop import make_shop

    other = make_shop("other")
    for name in ("training_proposal", "training_proposal_undo"):
        assert teach.post(reverse(f"console:{name}", args=[other.proposal.pk])).status_code == 404
    for name, row in (
        ("training_proposal_edit", other.proposal),
        ("training_generation_run", other.generation),
        ("training_generation_progress", other.generation),
    ):
        assert teach.get(reverse(f"console:{name}", args=[row.pk])).status_code == 404
    sent = {"do": "reject", "row": [other.proposal.pk]}
    teach.post(reverse("console:training_proposals_bulk"), sent)
    other.proposal.refresh_from_db()
    assert other.proposal.status == "proposed"
    intent = {"text": "pay me", "intent": other.track.pk}
    assert teach.post(reverse("console:training_proposal_edit", args=[on.proposal.pk]), intent).status_code == 422


def test_thin_intents_and_the_training_say_what_there_is(teach: Client, on: Shop) -> None:
    intent = reverse("console:intent", args=[on.track.pk])
    assert "Review 1 proposal" in text(teach.get(intent))
    teach.post(reverse("console:training_proposal", args=[on.proposal.pk]), {"do": "accept"})
    assert "Let more be proposed" in text(teach.get(intent))
    page = text(teach.get(reverse("console:training")))
    assert "Generated beside them" in page
    assert 'name="unlabelled" aria' in page
    sent = {"effort": "fast", "minutes": "30", "unlabelled": "on"}
    teach.post(reverse("console:training_start"), sent)
    assert TrainingRun.objects.get(status="queued").learns_unlabelled
    on.version.metrics |= {"generated": 17, "unlabelled": 423}
    on.version.save()
    page = text(teach.get(reverse("console:training_version", args=[1])))
    assert ("<dd>17</dd>" in page, "<dd>423</dd>" in page) == (True, True)
    assert 'name="unlabelled" checked' in text(teach.get(reverse("console:training")))


def test_a_number_that_no_row_can_have_is_no_choice(teach: Client, on: Shop) -> None:
    sent = {"method": "paraphrase", "intents": ["9" * 25], "per_intent": "5"}
    assert teach.post(reverse("console:training_generation_start"), sent).status_code == 422
    edit = reverse("console:training_proposal_edit", args=[on.proposal.pk])
    assert teach.post(edit, {"text": "pay me", "intent": "9" * 25}).status_code == 422
    assert not GenerationRun.objects.in_work().exists()


def test_a_run_in_work_is_shown_and_cancelled_where_it_is_switched_off(teach: Client, on: Shop) -> None:
    run = GenerationRun.objects.create(workspace=on.workspace, status="running", started_at=timezone.now())
    page = text(teach.post(reverse("console:training_generation_switch"), {"on": "0"}, follow=True))
    run.refresh_from_db()
    assert run.cancel_requested
    assert "a run in work stops" in page
    assert "stopping…" in page
    run.status = "cancelled"
    run.save()
    assert 'id="generation-progress"' not in text(teach.get(reverse("console:training_generation")))


def test_a_run_is_deleted_after_asking(teach: Client, on: Shop) -> None:
    url = reverse("console:training_generation_delete", args=[on.generation.pk])
    assert url in text(teach.get(reverse("console:training_generation_run", args=[on.generation.pk])))
    assert "Its 1 proposal is deleted with it" in text(teach.get(url, headers=HTMX))
    assert "are deleted" in text(teach.post(url, follow=True))
    assert not ProposedUtterance.objects.filter(workspace=on.workspace).exists()
    run = GenerationRun.objects.create(workspace=on.workspace, status="running", started_at=timezone.now())
    url = reverse("console:training_generation_delete", args=[run.pk])
    assert "still goes on" in text(teach.post(url, follow=True))
    assert GenerationRun.objects.filter(pk=run.pk).exists()


def test_runs_and_proposals_of_another_workspace_are_left_alone(teach: Client, on: Shop) -> None:
    from tests.console.screens.shop import make_shop

    other = make_shop("other")
    switch_generation(workspace=other.workspace, on=True, actor=None)
    run = GenerationRun.objects.create(workspace=other.workspace, status="running", started_at=timezone.now())
    for name, row in (("cancel", run), ("delete", other.generation)):
        assert teach.post(reverse(f"console:training_generation_{name}", args=[row.pk])).status_code == 404
    run.refresh_from_db()
    assert not run.cancel_requested
    rows = [on.proposal.pk, other.proposal.pk]
    page = text(teach.post(reverse("console:training_proposals_bulk"), {"do": "accept", "row": rows}, follow=True))
    assert "1 proposal accepted" in page
    other.proposal.refresh_from_db()
    assert other.proposal.status == "proposed"


def test_a_changed_utterance_is_not_taken_back_and_all_rows_are_exported(teach: Client, on: Shop) -> None:
    teach.post(reverse("console:training_proposal", args=[on.proposal.pk]), {"do": "accept"})
    page = text(teach.get(reverse("console:training_proposals_export"), {"state": "accepted"}))
    assert "where is my parcel" in page
    Utterance.objects.generated().update(intent=on.refund)
    undo = reverse("console:training_proposal_undo", args=[on.proposal.pk])
    assert "has been changed since" in text(teach.post(undo, headers=HTMX))
    page = text(teach.post(reverse("console:training_proposal_undo_last"), follow=True))
    assert "1 is left as it was" in page
    assert Utterance.objects.generated().exists()
    Utterance.objects.filter(text="where is my parcel").delete()
    ProposedUtterance.objects.update(status="proposed")
    assert "no longer an utterance" in text(teach.get(reverse("console:training_proposals")))
