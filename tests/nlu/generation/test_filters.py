"""Every filter refuses what it is for, and passes what looks much the same."""

from __future__ import annotations

from nlu.generation.filters import Filters, Refused, sift
from nlu.generation.proposals import Proposal
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.masked import default_mask
from tests.nlu.generation.shop import MOBILE, examples, proposals, texts_of


def filters(guarded: tuple[str, ...] = (), model: NluPipeline | None = None, per_intent: int = 10) -> Filters:
    return Filters([example.text for example in examples()], guarded, default_mask(), model, per_intent)


def sifted(made: list[Proposal], **options) -> tuple[list[str], list[tuple[str, str]]]:
    kept, refused = sift(made, filters(**options))
    return texts_of(kept), [(one.proposal.text, one.reason) for one in refused]


def test_a_copy_is_refused_however_it_is_written_and_a_new_text_is_kept() -> None:
    made = proposals("我要退款", "I WANT  my money back", "when do I get my money back")
    kept, refused = sifted(made)
    assert kept == ["when do I get my money back"]
    assert refused == [("我要退款", "copy"), ("I WANT  my money back", "copy")]


def test_a_near_copy_is_refused_unless_a_marked_value_is_new() -> None:
    kept, refused = sifted(proposals("please, I want the money back my", "I want your money back"))
    assert kept == ["I want your money back"]
    assert refused == [("please, I want the money back my", "near_copy")]
    number = Proposal("订单 23 寄到上海要几天", "delivery_time", "paraphrase", -1.0, entities=((3, 5, "order"),))
    training = ["订单 17 寄到上海要几天"]
    kept_too, _ = sift([number], Filters(training, (), default_mask(), None, 10))
    assert kept_too == (number,)


def test_texts_one_word_away_from_the_evaluation_set_are_refused() -> None:
    made = proposals("how do I get my refund today", "how do I get the parcel today")
    kept, refused = sifted(made, guarded=("how do I get my refund",))
    assert kept == ["how do I get the parcel today"]
    assert refused == [("how do I get my refund today", "guarded")]
    assert sifted(made)[0] == texts_of(made)


def test_chinese_texts_near_the_evaluation_set_are_refused() -> None:
    made = proposals("怎么才能申请退货款", "能不能给我换一件新的")
    assert sifted(made, guarded=("怎么才能申请退款",))[0] == ["能不能给我换一件新的"]


def test_broken_masked_values_are_refused_and_whole_ones_kept() -> None:
    made = proposals(
        "请记下[手机号#1]",
        "请记下[手机号#1",
        "请记下手机号#1]好了",
        "请记下新的[手机号#2]",
        "请记下[车牌号#1]",
        "从[手机号#1]改成[手机号#2]",
        intent="phone",
    )
    kept, refused = sifted(made)
    assert kept == ["请记下[手机号#1]", "从[手机号#1]改成[手机号#2]"]
    assert {reason for _, reason in refused} == {"placeholder"}


def test_nobodys_data_is_proposed() -> None:
    kept, refused = sifted(proposals(f"退款打到{MOBILE}", "退款打到 138 元"))
    assert kept == ["退款打到 138 元"]
    assert refused == [(f"退款打到{MOBILE}", "personal_data")]


def test_stutters_and_texts_without_words_are_refused() -> None:
    kept, refused = sifted(proposals("my my my my money", "?! 12", "bye bye my my money", "我要我要我要我要退款"))
    assert kept == ["bye bye my my money"]
    assert [reason for _, reason in refused] == ["repetitive", "empty", "repetitive"]


def test_of_proposals_that_say_the_same_the_first_is_kept() -> None:
    kept, refused = sifted(proposals("when is my refund here", "When is my refund here, please?"))
    assert kept == ["when is my refund here"]
    assert refused == [("When is my refund here, please?", "repeated")]


def test_an_intent_gets_so_many_proposals_and_no_more() -> None:
    made = [
        *proposals("one more thing", "two more things now", "three of them"),
        *proposals("and you", intent="human"),
    ]
    kept, refused = sifted(made, per_intent=2)
    assert kept == ["one more thing", "two more things now", "and you"]
    assert refused == [("three of them", "cap")]


def test_the_model_refuses_what_means_something_else(shop: NluPipeline) -> None:
    made = [
        *proposals("我想要退款", "我想要电子发票"),
        *proposals("我想要电子发票", intent="invoice"),
    ]
    kept, refused = sift(made, filters(model=shop))
    assert texts_of(kept) == ["我想要退款", "我想要电子发票"]
    assert refused == (Refused(made[1], "label"),)


def test_what_is_longer_than_an_utterance_may_be_is_refused() -> None:
    long = " ".join(f"word{number}" for number in range(300))
    folded = " ".join(f"ﷺ{number}" for number in range(150))  # one character that folds to eighteen
    kept, refused = sifted(proposals(long, folded, "a word or two more"))
    assert kept == ["a word or two more"]
    assert [reason for _, reason in refused] == ["too_long", "too_long"]
