"""A small travel agency for tables of dialogues: flows, a model that knows phrases, a backend that keeps rules.

The "model" of a scene is a table of what is understood of which words, so that a test says what was understood,
not how. Everything else is the product's own: cues, recognizers, filling, flows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chat.dialogue.calls import ActionCall, ActionResult
from chat.dialogue.decision import ArticleEntry, Catalogue, Decision, IntentEntry, Limits, Phrases
from chat.dialogue.engine import respond
from chat.dialogue.flow_reader import read_flow
from chat.dialogue.flows import Flow
from chat.dialogue.knowledge import FlowBook, FlowPhrases, Keeping, Knowledge
from chat.dialogue.state import DialogueState
from nlu.types import EntitySpan, IntentScore, IntentSpan, Parse, Thresholds
from tests.chat.dialogue.flows.travel_flows import FLOWS

CLOCK = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
PHRASES = Phrases(
    confirm="which?",
    offer="close",
    rephrase="say it differently",
    handoff="a person comes",
    handoff_failure="a person helps",
    no_reply="no answer about {title}",
    talk_to_person="Talk to a person",
    none_of_these="None of these",
    about="about {title}:",
    left_to_person="the person also has {titles}",
)
FLOW_PHRASES = FlowPhrases(
    **{
        name: f"<{name}>"
        for name in FlowPhrases.__dataclass_fields__
        if name not in ("yes", "no", "changed", "resume_yes", "resume_no")
    },
    yes="Yes",
    no="No",
    changed="<changed {slot} {value}>",
    resume_yes="Go on",
    resume_no="Leave it",
)
INTENTS = {
    "change_flight": IntentEntry("change_flight", "Change a flight", "reply", ("off",), (), "", "change_flight"),
    "search_flights": IntentEntry("search_flights", "Find a flight", "reply", ("off",), (), "", "search_flights"),
    "refund": IntentEntry("refund", "Refund", "reply", ("off",), (), "", "refund"),
    "flight_status": IntentEntry("flight_status", "Flight status", "reply", ("off",), (), "", "flight_status"),
    "survey": IntentEntry("survey", "Survey", "reply", ("off",), (), "", "survey"),
    "help_desk": IntentEntry("help_desk", "Help desk", "reply", ("off",), (), "", "help_desk"),
    "baggage": IntentEntry("baggage", "Baggage", "article", ("20 kg are free.",), (), "baggage"),
    "thanks": IntentEntry("thanks", "Thanks", "reply", ("You are welcome.",), (), ""),
    "affirm": IntentEntry("affirm", "Yes", "reply", ("Good.",), (), ""),
    "deny": IntentEntry("deny", "No", "reply", ("All right.",), (), ""),
    "complaint": IntentEntry("complaint", "Complaint", "handoff", ("Sorry about that.",), (), ""),
}
ARTICLES = {
    "baggage": ArticleEntry("baggage", "Baggage rules", "/help/t/en/baggage/", "20 kg are free.", "baggage"),
    "fees": ArticleEntry("fees", "Fees", "/help/t/en/fees/", "A change costs 100.", ""),
}
UNDERSTOOD: tuple[tuple[str, str], ...] = (
    (r"改签|改航班|change (?:my |a |the )?flight|rebook", "change_flight"),
    (r"查航班|find (?:me )?(?:a |some )?flights?|飞北京|flights? from|机票", "search_flights"),
    (r"退款|退票|refund|money back", "refund"),
    (r"到哪了|航班动态|flight status|什么时候到|when does it (?:arrive|land)", "flight_status"),
    (r"行李|baggage|luggage", "baggage"),
    (r"谢谢|thanks", "thanks"),
    (r"投诉|complain", "complaint"),
    (r"survey|评价一下", "survey"),
    (r"help desk|帮助台", "help_desk"),
)
CITIES = {
    "上海": "Shanghai",
    "北京": "Beijing",
    "广州": "Guangzhou",
    "shanghai": "Shanghai",
    "beijing": "Beijing",
    "guangzhou": "Guangzhou",
}


def parse(text: str, locale: str) -> Parse:
    """What the scene's model understands."""
    found = [
        (match.start(), name)
        for pattern, name in UNDERSTOOD
        if (match := re.search(pattern, text, re.IGNORECASE)) is not None
    ]
    names = [name for _place, name in sorted(found)]
    spans = [
        EntitySpan(m.start(), m.end(), "booking_no", m[0], m[0].upper(), 1.0, "pattern")
        for m in re.finditer(r"TR\d{4}", text, re.IGNORECASE)
    ]
    spans += [
        EntitySpan(m.start(), m.end(), "city", m[0], CITIES[m[0].lower()], 1.0, "list")
        for m in re.finditer("|".join(CITIES), text, re.IGNORECASE)
    ]
    spans += [
        EntitySpan(m.start(), m.end(), "phone_mask", m[0], m[0], 1.0, "placeholder")
        for m in re.finditer(r"\[phone#\d\]", text)
    ]
    return Parse(
        text=text,
        locale=locale,
        intents=tuple(IntentScore(name, 0.95 if place == 0 else 0.02) for place, name in enumerate(names)),
        entities=tuple(sorted(spans, key=lambda one: one.start)),
        in_scope=bool(names),
        scope_score=0.9 if names else 0.1,
        scope_threshold=0.3,
        matched_by="model",
        model_version="v1",
        milliseconds=1.0,
        several=tuple(IntentSpan(name, 0.95, 0, len(text)) for name in names) if len(names) > 1 else (),
    )


@dataclass
class Backend:
    """Bookings and flights; `faults` are outcomes that actions have instead of their own."""

    faults: dict[str, str] = field(default_factory=dict)
    called: list[ActionCall] = field(default_factory=list)

    def __call__(self, call: ActionCall) -> ActionResult:
        self.called.append(call)
        if call.action in self.faults:
            return ActionResult(self.faults[call.action])
        return ACTIONS[call.action](call.inputs)


def _booking(inputs: Mapping[str, str]) -> ActionResult:
    if inputs["booking_no"] not in ("TR1001", "TR2002"):
        return ActionResult("not_found")
    return ActionResult("ok", {"passenger": "Wang", "date": "2026-03-20", "fee": "100.00 CNY"})


def _flights(inputs: Mapping[str, str]) -> ActionResult:
    if inputs.get("date") == "2026-03-25":
        return ActionResult("ok", {"flights": ()})
    numbers = enumerate(("CA1", "CA2", "CA3"), start=8)
    return ActionResult("ok", {"flights": tuple({"no": no, "at": f"{hour:02}:00"} for hour, no in numbers)})


ACTIONS: dict[str, Callable[[Mapping[str, str]], ActionResult]] = {
    "find_booking": _booking,
    "search": _flights,
    "change": lambda inputs: ActionResult("ok", {"ticket": f"T-{inputs['flight']}"}),
    "refund": lambda inputs: ActionResult("ok", {"amount": "900.00 CNY"}),
    "status": lambda inputs: ActionResult("ok", {"state": f"{inputs['booking_no']} on time"}),
    "articles.search": lambda inputs: ActionResult("ok", {"slug": "fees" if "fee" in inputs["query"] else ""}),
}


class Scene:
    """A conversation with the travel agency."""

    def __init__(
        self,
        *,
        locale: str = "en",
        flows: Sequence[Flow] = (),
        profile: Mapping[str, str] | None = None,
        backend: Backend | None = None,
        references: Mapping[str, str] | None = None,
    ) -> None:
        self.locale = locale
        self.flows = {flow.name: flow for flow in (flows or all_flows())}
        self.pinned: dict[tuple[str, int], Flow] = {}
        self.profile = dict(profile or {})
        self.backend = backend or Backend()
        self.references = dict(references or {})
        self.facts: dict[str, str] = {}
        self.keeping: Keeping = "off"
        self.state = DialogueState()
        self.now = CLOCK
        self.decision: Decision | None = None

    def knowledge(self) -> Knowledge:
        return Knowledge(
            catalogue=Catalogue(intents=INTENTS, articles=ARTICLES),
            thresholds=Thresholds(confidence=0.6, confirm=0.25, margin=0.1, scope=0.3),
            limits=Limits(confirmations=1, rephrasings=1),
            phrases=PHRASES,
            flow_phrases=FLOW_PHRASES,
            flows=FlowBook(current=self.flows, pinned=self.pinned, writes=frozenset({"change", "refund"})),
            locale=self.locale,
            profile=self.profile,
            facts=self.facts,
            keeping=self.keeping,
            references=self.references,
        )

    def say(self, text: str, *, after: timedelta = timedelta(seconds=20)) -> Decision:
        """One turn. The state goes through its stored form, as in the product."""
        self.now += after
        talk = respond(
            parse=parse(text, self.locale),
            hits=(),
            state=DialogueState.from_json(self.state.to_json()),
            knowledge=self.knowledge(),
            now=self.now,
        )
        result = None
        try:
            while True:
                result = self.backend(talk.send(result))  # type: ignore[arg-type]
        except StopIteration as end:
            self.decision = end.value
        assert self.decision is not None
        self.state = self.decision.state
        return self.decision

    def turns(self, *texts: str) -> Decision:
        """Several turns; the last decision."""
        for text in texts:
            self.say(text)
        assert self.decision is not None
        return self.decision

    @property
    def flow(self) -> str:
        frame = self.state.frame
        return frame.flow if frame else ""

    @property
    def slots(self) -> dict[str, str]:
        frame = self.state.frame
        return dict(frame.slots if frame else self.state.last_slots)

    @property
    def asks(self) -> str:
        return self.state.requested

    @property
    def stack(self) -> list[str]:
        return [frame.flow for frame in self.state.frames]

    @property
    def calls(self) -> list[str]:
        return [call.action for call in self.backend.called]


def all_flows() -> list[Flow]:
    return [read_flow(text, version=1) for text in FLOWS]
