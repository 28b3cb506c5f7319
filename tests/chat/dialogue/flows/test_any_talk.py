"""Whatever a visitor sends: nothing raises, nobody is trapped, limits hold, and the state can be stored."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chat.dialogue.calling import CALLS_AT_MOST, FAILURES
from chat.dialogue.flow_reader import read_flow
from chat.dialogue.moving import FRAMES_AT_MOST
from chat.dialogue.resuming import FORGET_AFTER
from chat.dialogue.state import DialogueState
from chat.dialogue.stepping import STEPS_AT_MOST
from tests.chat.dialogue.flows.scene import PHRASES, Scene, all_flows
from tests.chat.dialogue.flows.travel_flows import CHANGE, FLOWS

VALUES = (
    "TR1001",
    "TR2002",
    "TR9999",
    "tomorrow",
    "明天",
    "Friday",
    "2026-03-25",
    "yesterday",
    "from Shanghai to Beijing",
    "从上海飞北京",
    "Guangzhou",
    "2",
    "一个人",
    "40 people",
    "CA2",
    "Window",
    "靠窗",
    "the second one",
    "最后一个",
    "not Beijing, Guangzhou",
    "不是明天，是后天",
    "make it Friday",
    "the date is wrong",
    "订单号错了",
    "[phone#1]",
    "that one",
    "还是那个",
)
COMMANDS = (
    "yes",
    "no",
    "好的",
    "不对",
    "cancel",
    "算了",
    "back",
    "上一步",
    "what?",
    "没听清",
    "skip",
    "不知道",
    "continue",
    "Go on",
    "Leave it",
)
WISHES = (
    "change my flight",
    "我要改签TR1001",
    "find a flight",
    "查航班",
    "refund TR2002",
    "退款",
    "flight status",
    "它什么时候到",
    "survey",
    "help desk",
    "Round and round",
    "My flight",
    "refund and flight status",
    "I don't want a refund, change my flight",
    "不是要退款，查航班",
    "what about baggage?",
    "行李额是多少",
    "thanks",
)
NONSENSE = (
    "",
    " ",
    "?",
    "嗯",
    "qq",
    "😀" * 50,
    "{booking_no} {{}} {saved.x}",
    "a: [1, *x]\n---\n!!python/object",
    "\x00\x07\u202e\ufeff",
    "\ud83d",
    "1" * 400,
    "第九十九个",
)
SPEECH = st.sampled_from(VALUES + COMMANDS + WISHES + NONSENSE)
ACTIONS = ("find_booking", "search", "change", "refund", "status")
VERSIONS = (
    lambda text: text,
    lambda text: text.replace("- id: when", "- id: day").replace("next: when", "next: day"),
    lambda text: text.replace("new_date", "on_day"),
)
"""How a flow is published anew: the same, without a step, without a slot."""


class AnyTalk(RuleBasedStateMachine):
    """A visitor who says anything, a backend that fails at times, and staff who publish flows meanwhile."""

    @initialize(locale=st.sampled_from(("en", "zh-hans")), tier=st.sampled_from(("", "gold")))
    def arrive(self, locale: str, tier: str) -> None:
        self.scene = Scene(locale=locale, profile={"tier": tier}, references={"[phone#1]": "3"})
        self.version = 1

    def hear(self, text: str, after: timedelta) -> None:
        scene = self.scene
        before, called, stack = scene.state, len(scene.calls), scene.stack
        decision = scene.say(text, after=after)
        assert decision.text.strip(), f"nothing said to {text!r}"
        assert len(scene.calls) - called <= CALLS_AT_MOST
        if decision.trace is not None:
            assert len(decision.trace.steps) <= STEPS_AT_MOST
        self.remembers(before, stack)

    def remembers(self, before: DialogueState, stack: list[str]) -> None:
        """Confirmed values stay for a day, and only change where a task confirmed another one."""
        now = self.scene.now
        for slot, one in before.memory.items():
            kept = self.scene.state.memory.get(slot)
            if datetime.fromisoformat(one.at) > now - FORGET_AFTER + timedelta(seconds=1):
                assert kept is not None, f"{slot} was forgotten"
            if kept is not None and kept.value != one.value:
                assert datetime.fromisoformat(kept.at) == now.replace(microsecond=0)

    @rule(text=SPEECH)
    def says(self, text: str) -> None:
        self.hear(text, timedelta(seconds=20))

    @rule(one=st.sampled_from(VALUES), other=st.sampled_from(VALUES + WISHES))
    def says_two_things(self, one: str, other: str) -> None:
        self.hear(f"{one}, {other}", timedelta(seconds=20))

    @rule(place=st.integers(0, 9))
    def taps(self, place: int) -> None:
        taps = self.scene.state.taps
        self.hear(taps[place % len(taps)] if taps else "yes", timedelta(seconds=5))

    @rule(text=SPEECH, minutes=st.sampled_from((45, 600, 1500)))
    def comes_late(self, text: str, minutes: int) -> None:
        self.hear(text, timedelta(minutes=minutes))

    @rule(action=st.sampled_from(ACTIONS), outcome=st.sampled_from((*FAILURES, "not_found", "never_heard_of", "")))
    def backend_changes(self, action: str, outcome: str) -> None:
        self.scene.backend.faults.pop(action, None)
        if outcome:
            self.scene.backend.faults[action] = outcome

    @rule(form=st.integers(0, len(VERSIONS) - 1), pinned=st.booleans())
    def publishes(self, form: int, pinned: bool) -> None:
        self.version += 1
        scene = self.scene
        if pinned and "change_flight" in scene.flows:
            scene.pinned["change_flight", scene.flows["change_flight"].version] = scene.flows["change_flight"]
        else:
            scene.pinned.clear()
        scene.flows["change_flight"] = read_flow(VERSIONS[form](CHANGE), version=self.version)

    @rule(name=st.sampled_from([flow.name for flow in all_flows()]))
    def withdraws(self, name: str) -> None:
        self.scene.flows.pop(name, None)

    @rule()
    def publishes_all(self) -> None:
        self.version += 1
        self.scene.flows |= {flow.name: flow for flow in (read_flow(text, version=self.version) for text in FLOWS)}

    @invariant()
    def a_person_is_one_message_away(self) -> None:
        scene = self.scene
        kept = (scene.state, scene.now, scene.decision, len(scene.calls))
        assert scene.say(PHRASES.talk_to_person).kind == "handoff"
        assert len(scene.calls) == kept[3]
        scene.state, scene.now, scene.decision = kept[:3]

    @invariant()
    def the_state_can_be_stored(self) -> None:
        state = self.scene.state
        assert DialogueState.from_json(json.loads(json.dumps(state.to_json()))) == state
        assert len(state.frames) <= FRAMES_AT_MOST
        assert len(state.waiting) <= len(FLOWS)
        assert len(json.dumps(state.to_json())) < 60_000
        assert replace(state) == state


AnyTalk.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestAnyTalk = AnyTalk.TestCase
