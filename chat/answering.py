"""From messages to decisions: parse the batch in one forward pass, search, let the dialogue decide.

Turn workers call `begin_answers`; nothing here writes a row or publishes. Live chat, the try-it panel, the HTTP
interface and the terminal all come through here: what an operator tests is what a customer gets.

An answer may need calls of business actions. Then it waits (`Thinking.call`) until whoever runs it sends the
result.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.utils import translation

from chat.catalogue import read_catalogue, read_phrases
from chat.dialogue.calls import ActionCall, ActionResult
from chat.dialogue.decision import Decision, Limits
from chat.dialogue.engine import Dialogue, respond
from chat.dialogue.flow_reader import flow_of
from chat.dialogue.flows import Flow as FlowDefinition
from chat.dialogue.knowledge import FlowBook, Keeping, Knowledge
from chat.dialogue.listed import NOTHING_LISTED, ListedValues
from chat.dialogue.opening import open_flow
from chat.dialogue.personal import personal
from chat.dialogue.recommending import Interest
from chat.dialogue.state import DialogueState
from chat.dialogue.trials import Trial, start_flow
from chat.flow_book import flow_of_intents, read_flow_book, read_flow_phrases
from chat.present import present
from nlu.inference import ActivePipeline, PipelineCache, open_shadow_id
from nlu.models import Workspace
from nlu.pipeline.language import detect_locale
from nlu.search import search_passages
from nlu.types import EMPTY_CONTEXT, DialogueContext, Parse, PassageHit, Thresholds

if TYPE_CHECKING:
    from nlu.pipeline.pipeline import NluPipeline

PASSAGES = 5
_LISTED: WeakKeyDictionary[NluPipeline, ListedValues] = WeakKeyDictionary()
_CODES = re.compile(r"[A-Za-z]*\d[A-Za-z0-9-]*")


@dataclass(frozen=True, slots=True)
class TurnInput:
    """One message (or a burst joined by line ends) to answer; `question` is its newest part, to search for.

    `conversation` is its id for whom the business actions act, empty for a probe. `references` map placeholders of
    masked values to the sequence of the message that holds them; `profile` are the customer's attributes that may
    be used, `facts` what they said in earlier talks, `keeping` whether more may be remembered, `interests` what
    else tells what they are after. `now` is what tomorrow is counted from, the present if None. `trial` is a flow
    that staff try out. `begins` is the flow that the assistant begins by itself; then there may be no text.
    """

    turn_id: int
    workspace_id: int
    locale: str
    text: str
    question: str
    state: DialogueState
    conversation: str = ""
    references: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    keeping: Keeping = "off"
    interests: Sequence[Interest] = ()
    now: datetime | None = None
    trial: Trial | None = None
    begins: str = ""


@dataclass(frozen=True, slots=True)
class TurnAnswer:
    """What was understood, found and decided. `model_version_id` is None when no model is active.

    `promised_error` is the promise, in percent, that the bound of confidence comes from; None if from training,
    or if parts of the message were answered, which no promise is measured on.
    `context` is what the parse was read in; `shadow_run_id` the run whose shadow is to score the turn afterwards.
    `calls` are those of business actions with what they brought.
    """

    turn_id: int
    parse: Parse
    passages: tuple[PassageHit, ...]
    decision: Decision
    thresholds: Thresholds
    locale: str
    model_version_id: int | None
    milliseconds: float
    promised_error: float | None = None
    context: DialogueContext = EMPTY_CONTEXT
    shadow_run_id: int | None = None
    calls: tuple[tuple[ActionCall, ActionResult], ...] = ()


Caller = Callable[[TurnInput, ActionCall], ActionResult]
"""Makes a call on behalf of a turn. It never raises for what the other side does; that is an outcome."""


@dataclass
class Thinking:
    """An answer on its way: either `answer` is there, or it waits for the result of `call`."""

    given: TurnInput
    parse: Parse
    passages: tuple[PassageHit, ...]
    thresholds: Thresholds
    locale: str
    model_version_id: int | None
    promise: float | None
    shadow_run_id: int | None
    talk: Dialogue
    milliseconds: float = 0.0
    call: ActionCall | None = None
    answer: TurnAnswer | None = None
    calls: list[tuple[ActionCall, ActionResult]] = field(default_factory=list)

    def go_on(self, result: ActionResult | None = None) -> None:
        """Decide as far as possible: with `result` after a call, without at the beginning."""
        started = time.perf_counter()
        if self.call is not None and result is not None:
            self.calls.append((self.call, result))
        self.call = None
        try:
            self.call = next(self.talk) if result is None else self.talk.send(result)
        except StopIteration as end:
            self.milliseconds += (time.perf_counter() - started) * 1000
            self.answer = self.answer_of(end.value)
        else:
            self.milliseconds += (time.perf_counter() - started) * 1000

    def answer_of(self, decision: Decision) -> TurnAnswer:
        """The finished answer."""
        return TurnAnswer(
            turn_id=self.given.turn_id,
            parse=self.parse,
            passages=self.passages,
            decision=decision,
            thresholds=self.thresholds,
            locale=self.locale,
            model_version_id=self.model_version_id,
            milliseconds=self.milliseconds,
            # A promise is measured on whole messages, not on their parts.
            promised_error=self.promise if not decision.answered else None,
            context=self.given.state.context(),
            shadow_run_id=self.shadow_run_id,
            calls=tuple(self.calls),
        )


def nobody(_given: TurnInput, _call: ActionCall) -> ActionResult:
    """Where no business action can be called."""
    return ActionResult("unreachable")


def answer(inputs: Sequence[TurnInput], *, models: PipelineCache, caller: Caller = nobody) -> list[TurnAnswer]:
    """Decide all inputs, in their order, making the calls that they need one after the other."""
    answers: list[TurnAnswer] = []
    for thinking in begin_answers(inputs, models=models):
        while thinking.call is not None:
            thinking.go_on(caller(thinking.given, thinking.call))
        assert thinking.answer is not None  # noqa: S101 - a talk ends with a decision or asks for a call
        answers.append(thinking.answer)
    return answers


def begin_answers(inputs: Sequence[TurnInput], *, models: PipelineCache) -> list[Thinking]:
    """Decide all inputs as far as they go without calls, in their order.

    Those of one workspace share one forward pass.
    """
    begun: dict[int, Thinking] = {}
    for workspace_id in {one.workspace_id for one in inputs}:
        group = [one for one in inputs if one.workspace_id == workspace_id]
        for thinking in begin_in_workspace(workspace_id, group, models.get(workspace_id)):
            begun[thinking.given.turn_id] = thinking
    return [begun[one.turn_id] for one in inputs]


def begin_in_workspace(
    workspace_id: int, inputs: Sequence[TurnInput], active: ActivePipeline | None
) -> list[Thinking]:
    """The same for one workspace and its loaded model."""
    started = time.perf_counter()
    workspace = Workspace.objects.get(pk=workspace_id)
    locales = [reply_locale(one) for one in inputs]
    clocks = [one.now or present() for one in inputs]
    parses = parse_all(inputs, locales, clocks, active)
    pinned = {(frame.flow, frame.version) for one in inputs for frame in one.state.frames}
    flows = read_flow_book(workspace_id, pinned)
    thresholds = active.thresholds if active is not None else Thresholds()
    known = {locale: read_knowledge(workspace, locale, flows, thresholds) for locale in set(locales)}
    listed = listed_in(active.pipeline) if active is not None else NOTHING_LISTED
    promise = active.promise if active is not None else None
    shadow = open_shadow_id(workspace_id) if active is not None else None
    found = [
        search_passages(workspace_id=workspace_id, locale=locale, query=one.question, limit=PASSAGES)
        if one.text or not one.begins
        else []
        for one, locale in zip(inputs, locales, strict=True)
    ]
    each = (time.perf_counter() - started) * 1000 / max(len(inputs), 1)
    begun: list[Thinking] = []
    for one, locale, now, parse, hits in zip(inputs, locales, clocks, parses, found, strict=True):
        knowledge = known[locale]
        tried = flow_of(one.trial.definition, version=one.trial.version) if one.trial is not None else None
        if tried is not None:
            book = read_flow_book(workspace_id, pinned, instead=tried)
            knowledge = read_knowledge(workspace, locale, book, thresholds)
        knowledge = replace(
            knowledge,
            catalogue=personal(knowledge.catalogue, one.profile, locale),
            profile=one.profile,
            facts=one.facts,
            keeping=one.keeping,
            interests=one.interests,
            references=one.references,
            listed=listed,
        )
        thinking = Thinking(
            given=one,
            parse=parse,
            passages=tuple(hits),
            thresholds=thresholds,
            locale=locale,
            model_version_id=active.version_id if active is not None else None,
            promise=promise.percent if promise is not None else None,
            shadow_run_id=shadow if one.text else None,
            talk=talk_about(one, parse, hits, knowledge, now, tried),
            milliseconds=each,
        )
        thinking.go_on()
        begun.append(thinking)
    return begun


def talk_about(
    given: TurnInput,
    parse: Parse,
    hits: Sequence[PassageHit],
    knowledge: Knowledge,
    now: datetime,
    tried: FlowDefinition | None,
) -> Dialogue:
    """Decide about the message; or begin a flow that is tried out from one of its steps, or that was accepted."""
    start = given.trial.start if given.trial is not None else None
    if start is not None and tried is not None:
        return start_flow(tried, start, parse=parse, state=given.state, knowledge=knowledge, now=now)
    if given.begins:
        return open_flow(
            name=given.begins, parse=parse, hits=hits, state=given.state, knowledge=knowledge, now=now
        )
    return respond(parse=parse, hits=hits, state=given.state, knowledge=knowledge, now=now)


def listed_in(pipeline: NluPipeline) -> ListedValues:
    """The values of the model's lists, prepared once for each loaded model."""
    found = _LISTED.get(pipeline)
    if found is None:
        found = _LISTED[pipeline] = ListedValues(pipeline.catalogue)
    return found


def reply_locale(given: TurnInput) -> str:
    """The language to read and answer the message in: that of its words, or of the talk so far where it has none.

    A booking number, or one Latin word such as "ok" or a product's name in a Chinese talk, changes no language.
    """
    if given.begins and not given.text:
        return given.locale
    before = given.state.locale or given.locale
    words = _CODES.sub(" ", given.text)
    found = detect_locale(words, default=before)
    if found != before and given.state.locale and words.isascii() and len(words.split()) == 1:
        return before
    return found


def read_knowledge(workspace: Workspace, locale: str, flows: FlowBook, thresholds: Thresholds) -> Knowledge:
    """Everything that the dialogue may use in this language."""
    with translation.override(locale):
        flow_phrases = read_flow_phrases()
    return Knowledge(
        catalogue=read_catalogue(workspace, locale, flow_of_intents(flows)),
        thresholds=thresholds,
        limits=Limits(confirmations=workspace.confirm_limit, rephrasings=workspace.rephrase_limit),
        phrases=read_phrases(locale),
        flow_phrases=flow_phrases,
        flows=flows,
        locale=locale,
    )


def parse_all(
    inputs: Sequence[TurnInput], locales: Sequence[str], clocks: Sequence[datetime], active: ActivePipeline | None
) -> list[Parse]:
    """One Parse per input; without a model an empty one, so that articles can still answer.

    Where nothing was said nothing is understood, and no model is asked.
    """
    spoken = [place for place, one in enumerate(inputs) if one.text or not one.begins]
    parses = [
        unread(one.text, locale, in_scope=bool(one.begins and not one.text))
        for one, locale in zip(inputs, locales, strict=True)
    ]
    if active is None or not spoken:
        return parses
    read = active.pipeline.parse_many(
        [inputs[place].text for place in spoken],
        contexts=[inputs[place].state.context() for place in spoken],
        locales=[locales[place] for place in spoken],
        clock=clocks[0] if clocks else None,
    )
    for place, parse in zip(spoken, read, strict=True):
        parses[place] = parse
    return parses


def unread(text: str, locale: str, *, in_scope: bool) -> Parse:
    """The Parse of a text that no model has read."""
    return Parse(
        text=text,
        locale=locale,
        intents=(),
        entities=(),
        in_scope=in_scope,
        scope_score=0.0,
        scope_threshold=0.0,
        matched_by="none",
        model_version="",
        milliseconds=0.0,
    )
