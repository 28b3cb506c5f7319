"""What a message may mean at this point of the dialogue, worked out once for all policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from chat.dialogue.assent import verdict_in
from chat.dialogue.cues import Cue, asks, corrects, is_polite, leading_answer, refers, squeezed
from chat.dialogue.decision import Decision
from chat.dialogue.flows import Ask, Choose, Confirm, Slot
from chat.dialogue.frames import Mention
from chat.dialogue.heard_words import HeardWords
from chat.dialogue.policy import ARTICLE_NEAR, act_on_intent, answer_from_article
from chat.dialogue.several import AFFIRM, COURTESIES, DENY, SURELY_ASKED
from chat.dialogue.slot_values import candidates_of, misfit, rest_of
from chat.dialogue.turn import MENTIONED_TYPES_NOT, Turn
from chat.dialogue.wishes import adds, denies, wants_change, wants_somebody, wishes
from nlu.types import PassageHit

SHORT_ANSWER = 16
"""Characters of a message that may be a yes or no by its intent alone."""
SHORTEST_QUESTION = 4
"""Characters beside an answer's values that may be a question."""
SURELY_MEANT = 0.8
"""Certainty from which another task is meant although nothing in the message names it."""
AGREES = 0.4
"""Confidence of "yes" that is enough where a yes or a no was asked for, and a no is less likely by far."""
GUESS_LEADS = 1.5
"""How much likelier than the next one an intent has to be that answers a question beside a task by a guess."""
LONGEST_REFERENCE = 40
"""Characters of an answer that may be nothing but "the same one as before"."""


@dataclass
class Heard(HeardWords):
    """Views of one message, each computed when first asked for."""

    @cached_property
    def is_late(self) -> bool:
        """Whether the visitor was silent for longer than the task under way waits, or a person had the talk."""
        turn = self.turn
        if turn.frames and turn.state.last_bot_act == "handoff":
            return True
        flow = turn.flow_of(turn.frame) if turn.frames else None
        return flow is not None and turn.state.silence(turn.now) > timedelta(minutes=flow.timeout_minutes)

    @cached_property
    def verdict(self) -> Cue | None:
        """YES or NO, by words or by a certain intent of a short message."""
        if self.cue in (Cue.YES, Cue.NO):
            return self.cue
        for tap, cue in (("yes", Cue.YES), ("no", Cue.NO)):
            if self.said(self.turn.phrase(tap)):
                return cue
        said = self._answer_to_question if self.question else leading_answer(self.turn.parse.text)
        if said is not None:
            return said
        if self.question and self._agrees_by_intent:
            return Cue.YES
        top = self.turn.parse.top
        certain = (
            top is not None
            and self.turn.parse.in_scope
            and top.confidence >= self.turn.knowledge.thresholds.confidence
            and len(self.text) <= SHORT_ANSWER * (2 if self.text.isascii() else 1)
            and not self.is_question
        )
        if not certain or top is None or top.name not in (AFFIRM, DENY):
            return None
        return Cue.YES if top.name == AFFIRM else Cue.NO

    @property
    def _agrees_by_intent(self) -> bool:
        """Whether a short message that denies and asks nothing wants just what the question is about, or a yes."""
        short = SHORT_ANSWER * (2 if self.text.isascii() else 1)
        scores = self.turn.parse.intents
        if (
            len(self.text) > short
            or not scores
            or self.is_question
            or wants_change(self.text)
            or denies(self.text)
        ):
            return False
        if self.names_another_task or self._names_option or self.filling.new:
            return False
        if self.ordinary.flows == (self.turn.frame.flow,):
            return True
        deny = next((score.confidence for score in scores if score.name == DENY), 0.0)
        return scores[0].name == AFFIRM and scores[0].confidence >= max(AGREES, 2 * deny)

    @property
    def _answer_to_question(self) -> Cue | None:
        """A yes or a no in free words; where the message may be about something else, in plain words only."""
        if (self.names_another_task and leading_answer(self.text) is None) or self._names_option:
            return None
        waiting = self.turn.waiting_step()
        slots = waiting[0].slots.values() if waiting is not None else ()
        text = self.text.casefold()
        titles = {title.casefold() for slot in slots for title in slot.title.values()}
        changes = wants_change(self.text) or any(title in text for title in titles)
        return verdict_in(self.text, self.question, sure=changes)

    @cached_property
    def names_another_task(self) -> bool:
        """Whether words of another task are in the message that are none of the question's."""
        text, asked = self.text.casefold(), self.question.casefold()
        under_way = self.turn.frame.flow if self.turn.frames else ""
        return any(
            word.casefold() in text and word.casefold() not in asked
            for name, flow in self.turn.knowledge.flows.current.items()
            if name != under_way
            for words in flow.keywords.values()
            for word in words
        )

    @cached_property
    def fills_asked(self) -> bool:
        """Whether the message has a value for what was asked."""
        waiting = self.turn.waiting_step()
        if waiting is None:
            return False
        if isinstance(waiting[1], Ask):
            return waiting[1].slot in self.filling.values
        return self.option is not None

    @cached_property
    def is_answer(self) -> bool:
        """Whether the message is nothing but an answer to what was asked: a yes, a no, an option, a bare value."""
        waiting = self.turn.waiting_step()
        if waiting is None:
            return False
        step = waiting[1]
        if isinstance(step, Confirm):
            changed = self.filling.changed or self.filling.emptied or self.other_options
            corrected = bool(changed) and corrects(self.text)
            return self.verdict is not None or (corrected and not self.names_other_task)
        if isinstance(step, Choose):
            return self.option is not None
        if self.cue in (Cue.YES, Cue.NO, Cue.SKIP):
            return True
        return self.fills_asked and len(squeezed(rest_of(self.turn.parse.text, self.candidates))) < 3

    @cached_property
    def names_other_task(self) -> bool:
        """Whether words that name the other task are in the message, and are none of what was asked."""
        text, asked = self.text.casefold(), self.question.casefold()
        flows = self.turn.knowledge.flows.current
        return any(
            word.casefold() in text and word.casefold() not in asked
            for name in self.ordinary.flows
            if name in flows
            for words in flows[name].keywords.values()
            for word in words
        )

    @cached_property
    def adds_task(self) -> bool:
        """Whether beside a yes or a no the message names another task to do as well."""
        return self.names_other_task and adds(self.text)

    @cached_property
    def surely_another_task(self) -> bool:
        """Whether the message is a wish of its own although it does not name the task: it says so, or is certain.

        What is said to a question for free words may sound like anything.
        """
        waiting = self.turn.waiting_step()
        if waiting is None:
            return True
        if isinstance(waiting[1], Ask) and waiting[0].slots[waiting[1].slot].type == "text":
            worded = wishes(self.text) or leading_answer(self.text) == Cue.NO
            return self.names_other_task and (worded or self._little_but_the_name)
        if self.names_other_task or not self._names_asked:
            return self.names_other_task or wishes(self.text) or self.ordinary.certainty >= SURELY_MEANT
        return False

    @property
    def _names_asked(self) -> bool:
        """Whether the message speaks of the very thing that is asked for: "I can't find the order number"."""
        waiting = self.turn.waiting_step()
        if waiting is None or not isinstance(waiting[1], Ask):
            return False
        text = self.text.casefold()
        return any(title.casefold() in text for title in waiting[0].slots[waiting[1].slot].title.values())

    @property
    def _little_but_the_name(self) -> bool:
        """Whether the message is hardly more than what the other task is called."""
        flows = [flow for name in self.ordinary.flows if (flow := self.turn.knowledge.flows.current.get(name))]
        words = [word for flow in flows for words in flow.keywords.values() for word in words]
        said = [len(word) for word in words if word.casefold() in self.text.casefold()]
        return bool(said) and len(self.text) - max(said) <= SHORTEST_QUESTION * 2

    @cached_property
    def surely_wants_person(self) -> bool:
        """Whether the message wants a person beyond a guess, and is no answer to what was asked."""
        if self.fills_asked or self.is_answer or self.filling.new or self.filling.emptied:
            return False
        waiting = self.turn.waiting_step()
        return waiting is None or self.ordinary.certainty >= SURELY_ASKED or wants_somebody(self.text)

    @cached_property
    def is_pause(self) -> bool:
        """Whether the message is nothing but "hold on", "ok", "thanks", "hello"."""
        return self.is_filler or self.is_courtesy

    @property
    def is_filler(self) -> bool:
        """The same, by its words alone: free words sound like anything to the model."""
        return self.cue in (Cue.WAIT, Cue.YES) or is_polite(self.text)

    @cached_property
    def answers_aside(self) -> bool:
        """Whether the message is a question of its own that can be answered now."""
        ordinary = self.ordinary
        if ordinary.kind not in ("reply", "article") or not ordinary.text or ordinary.flows:
            return False
        return ordinary.intent not in (AFFIRM, DENY)

    @cached_property
    def guess(self) -> Decision | None:
        """The likeliest answer to a question that a task is interrupted with, where none is certain."""
        ordinary, turn = self.ordinary, self.turn
        if ordinary.kind not in ("confirm", "offer", "rephrase") or not self.is_question:
            return None
        knowledge = turn.knowledge
        near = next((hit for hit in self.hits if hit.article_slug in knowledge.catalogue.articles), None)
        scores = turn.parse.intents
        entry = knowledge.catalogue.intents.get(scores[0].name) if scores and turn.parse.in_scope else None
        leads = bool(scores) and (len(scores) < 2 or scores[0].confidence >= GUESS_LEADS * scores[1].confidence)
        if (
            entry is not None
            and leads
            and not entry.flow
            and entry.handling != "handoff"
            and entry.name not in COURTESIES
        ):
            return act_on_intent(
                entry,
                certainty=scores[0].confidence,
                parse=turn.parse,
                state=turn.state,
                catalogue=knowledge.catalogue,
                phrases=knowledge.phrases,
            )
        if near is None or near.relevance < ARTICLE_NEAR:
            return None
        return answer_from_article(
            near, parse=turn.parse, state=turn.state, catalogue=knowledge.catalogue, phrases=knowledge.phrases
        )

    @cached_property
    def wants_only_others(self) -> bool:
        """Whether tasks are wanted, and not the one under way."""
        flows = self.ordinary.flows
        return bool(flows) and self.turn.frames[-1].flow not in flows

    @cached_property
    def asks_too(self) -> bool:
        """Whether beside an answer the message asks something that can be answered now."""
        waiting = self.turn.waiting_step()
        rest = squeezed(rest_of(self.turn.parse.text, self.candidates))
        return waiting is not None and self.answers_aside and asks(self.text) and len(rest) >= SHORTEST_QUESTION

    @cached_property
    def is_question(self) -> bool:
        """Whether the message looks like a question."""
        return asks(self.text)

    @cached_property
    def is_courtesy(self) -> bool:
        """Whether the message is nothing but thanks, a greeting."""
        return self.ordinary.intent in COURTESIES and len(self.text) <= SHORT_ANSWER

    def meant(self, slot: Slot) -> str:
        """What "that one", "the same" means where a value of the slot's type is wanted; empty if nothing."""
        if not refers(self.text) or self.answers_aside or len(self.text) > LONGEST_REFERENCE:
            return ""
        fitting = (one.value for one in self.turn.state.mentions if one.type == slot.type)
        return next((value for value in fitting if not misfit(slot, value, now=self.turn.now)), "")

    def article_of(self, answer: Decision) -> str:
        """The article that an answer cites."""
        urls = {citation.url for citation in answer.citations}
        articles = self.turn.knowledge.catalogue.articles.values()
        return next((one.slug for one in articles if one.url in urls), "")

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """What the message talks about, for "it" later."""
        turn = self.turn
        found = candidates_of(turn.parse, (), now=turn.now, references=turn.knowledge.references)
        return tuple(
            Mention(one.type, one.value)
            for one in found
            if one.type not in MENTIONED_TYPES_NOT and not one.negated
        )


def hear(turn: Turn, hits: Sequence[PassageHit]) -> Heard:
    """The message of a turn."""
    return Heard(turn, hits)
