"""What a message says by its words and values alone, at the point where the dialogue stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from chat.dialogue.assent import verdict_in
from chat.dialogue.cues import Cue, asks, cue_of, squeezed, turns_down
from chat.dialogue.decision import Decision, IntentEntry
from chat.dialogue.flows import Ask, Choose, Confirm
from chat.dialogue.knowledge import Knowledge
from chat.dialogue.options import Offered, named_option, picked, picked_by_place
from chat.dialogue.policy import act_on_intent, decide
from chat.dialogue.slot_filling import Filling, fill
from chat.dialogue.slot_values import Candidate, candidates_of
from chat.dialogue.state import DialogueState
from chat.dialogue.stepping import offered_at
from chat.dialogue.turn import Turn
from chat.dialogue.wishes import gives_up
from nlu.types import Parse, PassageHit


@dataclass
class HeardWords:
    """What a message says: its command, its values, the options it names, and what it would mean alone."""

    turn: Turn
    hits: Sequence[PassageHit]

    @cached_property
    def text(self) -> str:
        """What the visitor wrote, without blanks around."""
        return self.turn.parse.text.strip()

    @cached_property
    def cue(self) -> Cue | None:
        """The command that the whole message is; an option that was offered in such words is no command."""
        waiting = self.turn.waiting_step()
        offered = (
            offered_at(self.turn, waiting[0], waiting[1])
            if waiting is not None and isinstance(waiting[1], Choose)
            else []
        )
        if any(self.said(one.label) for one in offered) or self._names_option:
            return None
        found = cue_of(self.text)
        if waiting is None:
            return found
        if found is None and not isinstance(waiting[1], Confirm) and gives_up(self.text):
            return Cue.CANCEL
        if found != Cue.CANCEL:
            return found
        step = waiting[1]
        if isinstance(step, Confirm) and (answer := self._stops_what_is_asked(step)) is not None:
            return answer
        return Cue.SKIP if isinstance(step, Ask) and step.optional and turns_down(self.text) else found

    @property
    def _names_option(self) -> bool:
        """Whether the message is one of the flow's options, or other words for it: "I changed my mind"."""
        turn = self.turn
        flow = turn.flow_of(turn.frame) if turn.frames else None
        steps = (
            [step for step in flow.steps if isinstance(step, Choose) and step.options] if flow is not None else []
        )
        under_way = [step for step in steps if step.id == turn.frame.step or turn.frame.slots.get(step.slot)]
        plain = squeezed(self.text)
        return flow is not None and any(
            plain == squeezed(word)
            for step in under_way
            for one in offered_at(turn, flow, step)
            for word in one.said
        )

    def _stops_what_is_asked(self, step: Confirm) -> Cue | None:
        """ "Cancel it" agrees where the question is whether to cancel; "不改了" refuses."""
        if turns_down(self.text):
            return Cue.NO
        return Cue.YES if verdict_in(self.text, self.question) == Cue.YES else None

    @cached_property
    def question(self) -> str:
        """The text of the step that waits for a yes or a no, as it is asked; empty if none does."""
        waiting = self.turn.waiting_step()
        if waiting is None:
            return ""
        flow, step = waiting
        wants = isinstance(step, Confirm) or (isinstance(step, Ask) and flow.slots[step.slot].type == "yes_no")
        if not wants:
            return ""
        values = self.turn.values(flow)
        return "\n".join(values.render({language: step.text[language]}, 0) for language in step.text)

    def said(self, tap: str) -> bool:
        """Whether the message is this button."""
        return self.text.casefold() == tap.casefold()

    @cached_property
    def ordinary(self) -> Decision:
        """What would be decided about the message if no task were under way."""
        decided = self._decided
        if len(decided.flows) != 1 or decided.text or not asks(self.text):
            return decided
        turn = self.turn
        flow = turn.knowledge.flows.current.get(decided.flows[0])
        entry = turn.knowledge.catalogue.intents.get(decided.intent)
        if flow is None or entry is None or not flow.explains or self.said(entry.title):
            return decided
        written = entry.replies or entry.article_slug in turn.knowledge.catalogue.articles
        slots = flow.slots.values()
        if not written or candidates_of(turn.parse, slots, now=turn.now, references=turn.knowledge.references):
            return decided
        return explained(entry, decided, parse=turn.parse, state=turn.state, knowledge=turn.knowledge)

    @cached_property
    def _decided(self) -> Decision:
        knowledge = self.turn.knowledge
        return decide(
            parse=self.turn.parse,
            hits=self.hits,
            state=self.turn.state,
            catalogue=knowledge.catalogue,
            thresholds=knowledge.thresholds,
            limits=knowledge.limits,
            phrases=knowledge.phrases,
        )

    @cached_property
    def candidates(self) -> list[Candidate]:
        """The values that the message has for slots of the task under way."""
        turn = self.turn
        flow = turn.flow_of(turn.frame) if turn.frames else None
        slots = flow.slots.values() if flow is not None else ()
        waiting = turn.waiting_step()
        return candidates_of(
            turn.parse,
            slots,
            now=turn.now,
            references=turn.knowledge.references,
            asked=waiting[0].slots[waiting[1].slot] if waiting and isinstance(waiting[1], Ask) else None,
            listed=turn.knowledge.listed,
        )

    @cached_property
    def filling(self) -> Filling:
        """What the message gives the task under way."""
        turn = self.turn
        flow = turn.flow_of(turn.frame) if turn.frames else None
        if flow is None:
            return Filling()
        asked = [flow.step(name) for name in turn.frame.asked]
        step = flow.step(turn.frame.step)
        return fill(
            self.candidates,
            flow,
            filled=turn.frame.slots,
            text=turn.parse.text,
            locale=turn.locale,
            now=turn.now,
            asked=step.slot if isinstance(step, Ask) else "",
            recent=[one.slot for one in asked if isinstance(one, Ask)],
        )

    @cached_property
    def option(self) -> Offered | None:
        """The option that the message picks of those that were offered."""
        waiting = self.turn.waiting_step()
        if waiting is None or not isinstance(waiting[1], Choose):
            return None
        return picked(self.turn.parse.text, offered_at(self.turn, *waiting), self.candidates)  # type: ignore[arg-type]

    @cached_property
    def other_options(self) -> dict[str, str]:
        """Choices made before that the message makes anew, by the options' whole labels, values or other words."""
        turn = self.turn
        flow = turn.flow_of(turn.frame) if turn.frames else None
        found: dict[str, str] = {}
        for name in turn.frame.asked if flow is not None else ():
            step = flow.step(name) if flow is not None else None
            if flow is None or not isinstance(step, Choose) or name == turn.frame.step:
                continue
            offered = offered_at(turn, flow, step)
            option = named_option(turn.parse.text, offered, whole=True) or self._by_place(step, offered)
            if option is not None and turn.frame.slots.get(step.slot) not in (None, option.value):
                found[step.slot] = option.value
        return found

    def _by_place(self, step: Choose, offered: Sequence[Offered]) -> Offered | None:
        """ "The third one instead", at the confirm step after a list."""
        waiting, shown = self.turn.waiting_step(), self.turn.shown
        if waiting is None or not isinstance(waiting[1], Confirm) or shown is None or shown.slot != step.slot:
            return None
        return picked_by_place(self.text, offered, self.candidates)


def explained(
    entry: IntentEntry, decided: Decision, *, parse: Parse, state: DialogueState, knowledge: Knowledge
) -> Decision:
    """The written reply of an intent whose flow is only asked about; the flow is offered by the intent's title."""
    reply = act_on_intent(
        replace(entry, flow=""),
        certainty=decided.certainty,
        parse=parse,
        state=state,
        catalogue=knowledge.catalogue,
        phrases=knowledge.phrases,
    )
    others = [tap for tap in reply.quick_replies if tap != entry.title]
    return replace(
        reply,
        quick_replies=(entry.title, *others),
        state=replace(reply.state, offered=(entry.name,)),
        log_intent=decided.log_intent,
        log_reply=decided.log_reply,
    )
