"""What intents are called teaches the model, too, and never against an utterance."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.actions.evaluation_cases import add_case
from nlu.actions.intents import create_intent, set_intent_titles
from nlu.actions.workspaces import create_workspace
from nlu.export import training_data
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset
from nlu.training.masked import default_mask, masked_dataset
from nlu.training.titles import spoken, title_examples
from nlu.training.trainer import train
from nlu.types import OUT_OF_SCOPE, Example
from tests.nlu.pipeline.corpus import QUICK, shop_examples


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("order_status", "order status"),
        ("cardArrival", "card arrival"),
        ("changePINNow", "change pin now"),
        ("Refund-not.showing/up", "refund not showing up"),
        ("card_payment_2", "card payment"),
        ("为何提示我未满足条件", "为何提示我未满足条件"),
        ("42", ""),
        ("__", ""),
    ],
)
def test_names_are_read_as_words(name: str, words: str) -> None:
    assert spoken(name) == words


def texts_of(intents: list[str], titles: dict[str, str], known: list[str]) -> dict[str, str]:
    given = [Example(text=text, intent=name) for text, name in titles.items()]
    return {example.text: example.intent for example in title_examples(intents, given, known)}


def test_titles_and_names_are_examples() -> None:
    found = texts_of(["order_status", "refund"], {"Where is it?": "order_status", "订单状态": "order_status"}, [])
    assert found == {
        "Where is it?": "order_status",
        "订单状态": "order_status",
        "order status": "order_status",
        "refund": "refund",
    }


def test_what_two_intents_share_or_an_utterance_says_is_left_out() -> None:
    assert texts_of(["pay_1", "pay_2", "refund"], {}, []) == {"refund": "refund"}
    assert texts_of(["pay", "refund"], {"Refund": "pay"}, []) == {"pay": "pay"}
    assert texts_of(["pay", "refund"], {}, ["REFUND"]) == {"pay": "pay"}
    assert texts_of(["refund", OUT_OF_SCOPE, "7"], {"": "refund"}, []) == {"refund": "refund"}


def test_a_model_understands_a_title_that_no_utterance_says(tmp_path: Path) -> None:
    titles = [Example(text="reimbursement wanted", intent="refund"), Example(text="paperwork", intent="invoice")]
    plain, titled = (
        NluPipeline.load(
            train(Dataset.of(shop_examples(), given), output_dir=tmp_path / name, config=QUICK).folder
        ).parse_many(["reimbursement please", "paperwork for it"])
        for name, given in (("plain", []), ("titled", titles))
    )
    assert [parse.intents[0].name for parse in titled] == ["refund", "invoice"]
    for before, after, name in zip(plain, titled, ("refund", "invoice"), strict=True):
        sure = [{score.name: score.confidence for score in parse.intents}[name] for parse in (before, after)]
        assert sure[1] > sure[0] + 0.1


def test_what_the_model_will_be_measured_on_is_no_title(tmp_path: Path) -> None:
    titles = [Example(text="Give me my money", intent="refund")]
    told = []
    for name, withheld in (("free", ()), ("withheld", ("give me my money", "refund"))):
        data = Dataset.of(shop_examples(), titles, withheld)
        pipeline = NluPipeline.load(train(data, output_dir=tmp_path / name, config=QUICK).folder)
        scores = pipeline.parse("give me my money").intents
        told.append(next(score.confidence for score in scores if score.name == "refund"))
    assert told[0] > told[1] + 0.05


def test_titles_are_part_of_what_a_model_is_made_from() -> None:
    plain = Dataset.of(shop_examples())
    titled = Dataset.of(shop_examples(), [Example(text="my 13800138000", intent="refund")])
    assert plain.fingerprint() != titled.fingerprint()
    assert titled.select([0]).titles == titled.titles
    assert "138" not in masked_dataset(titled, default_mask()).titles[0].text


@pytest.mark.django_db
def test_titles_of_a_workspace() -> None:
    workspace = create_workspace(slug="titles", name="Titles", default_locale="en", actor=None)
    refund = create_intent(workspace=workspace, name="refund", actor=None)
    set_intent_titles(intent=refund, titles={"zh-hans": "退款", "en": "Money back"}, actor=None)
    create_intent(workspace=workspace, name="invoice", actor=None)
    add_case(workspace=workspace, text="退款", intent=refund, actor=None)
    data = training_data(workspace)
    assert data.withheld == ("退款",)
    titles = data.titles
    assert [(title.intent, title.locale, title.text) for title in titles] == [
        ("refund", "en", "Money back"),
        ("refund", "zh-hans", "退款"),
    ]
