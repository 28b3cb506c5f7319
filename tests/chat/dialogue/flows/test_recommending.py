"""What fits first, and the reason that is told; a list that was shown keeps its order."""

from __future__ import annotations

import pytest

from chat.dialogue.calls import ActionCall, ActionResult
from chat.dialogue.flow_reader import read_flow
from chat.dialogue.recommending import Interest, recommend
from tests.chat.dialogue.flows.scene import Backend, Scene

PLANS = ["Basic plan, 5 GB", "Travel plan, roaming in Asia, 10 GB", "Family plan, 4 lines, 100 GB"]


@pytest.mark.parametrize(
    ("interests", "first", "reason"),
    [
        ([Interest("said", "which plan has roaming?")], 1, "said"),
        ([Interest("asked", "four lines for the family")], 2, "asked"),
        ([Interest("seen", "Roaming in Asia")], 1, "seen"),
        ([Interest("profile", "family")], 2, "profile"),
        ([Interest("profile", "family"), Interest("said", "roaming")], 1, "said"),
        ([Interest("said", "plan"), Interest("said", "GB")], 0, None),
        ([Interest("said", "hello there, what do you have")], 0, None),
        ([], 0, None),
    ],
)
def test_shared_words_decide_and_are_the_reason(interests, first, reason):
    best = recommend(PLANS, interests)[0]
    assert best.place == first
    assert (best.reason.kind if best.reason is not None else None) == reason


def test_chinese_words_are_pairs_of_characters():
    plans = ["基础套餐 5GB", "出境漫游套餐 10GB", "全家共享套餐 100GB"]
    ranked = recommend(plans, [Interest("said", "我下个月出境，想要漫游")])
    assert ranked[0].place == 1
    assert [one.place for one in recommend(plans, [Interest("said", "套餐")])] == [0, 1, 2]


def test_equals_keep_their_order_and_one_thing_stays():
    assert [one.place for one in recommend(["a1 x", "b1 y"], [Interest("said", "zzz")])] == [0, 1]
    assert [one.place for one in recommend(["only one"], [Interest("said", "only")])] == [0]
    assert recommend([], [Interest("said", "only")]) == []


FLOW = """
format: 1
name: survey
title: {zh-hans: 套餐, en: Plans}
triggers: [survey]
slots:
  plan: {type: choice, title: {zh-hans: 套餐, en: plan}}
steps:
  - {id: find, action: search, with: {date: "2026-03-20"}, save: found}
  - id: which
    choose: plan
    text: {zh-hans: 哪个？, en: Which one?}
    from: found.plans
    value: "{item.no}"
    label: {zh-hans: "{item.title}", en: "{item.title}"}
    recommend: true
  - {id: bye, end: {zh-hans: 好, en: "You chose {plan}."}}
"""


class Plans(Backend):
    """Three plans."""

    def __call__(self, call: ActionCall) -> ActionResult:
        return ActionResult(
            "ok", {"plans": tuple({"no": str(no), "title": title} for no, title in enumerate(PLANS))}
        )


def plans(**more) -> Scene:
    return Scene(flows=[read_flow(FLOW)], backend=Plans(), **more)


def test_a_flow_shows_what_fits_first_with_the_reason():
    talk = plans()
    decision = talk.say("survey: roaming please")
    lines = decision.text.splitlines()
    assert lines[-3:] == [
        "1. Travel plan, roaming in Asia, 10 GB (<because_said>)",
        "2. Basic plan, 5 GB",
        "3. Family plan, 4 lines, 100 GB",
    ]
    assert decision.quick_replies[0] == PLANS[1]


@pytest.mark.parametrize(("answer", "plan"), [("the second one", "0"), ("the first one", "1"), (PLANS[2], "2")])
def test_the_order_that_was_shown_is_the_order_that_counts(answer, plan):
    talk = plans()
    talk.say("survey: roaming please")
    talk.say("how much baggage is free?")
    assert talk.say(answer).trace.slots["plan"] == plan


def test_a_profile_counts_only_as_far_as_it_is_given():
    assert plans(profile={"household": "family"}).say("survey").quick_replies[0] == PLANS[2]
    assert plans(profile={"phone": "vault:0:[family]"}).say("survey").quick_replies[0] == PLANS[0]
    assert plans().say("survey").quick_replies[0] == PLANS[0]


def test_without_recommend_nothing_is_reordered():
    talk = Scene(flows=[read_flow(FLOW.replace("    recommend: true\n", ""))], backend=Plans())
    assert talk.say("survey: roaming please").quick_replies[0] == PLANS[0]
