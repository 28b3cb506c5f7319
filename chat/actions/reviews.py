"""Answering the review queue: one correction teaches an utterance, keeps a case and drafts an article.

Everything that an answer does happens in one transaction and is written down with it, so that it can be taken back
in one step as long as nobody has changed the rows since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.actions.review_filing import review_of
from chat.dialogue.state import DialogueState
from chat.errors import AlreadyReviewed, AnotherAnswer, ChangedSince, InvalidInput, NotFound
from chat.explanations import Explanation, explain_turn
from chat.models import Message, Review, ShadowScore, Turn
from chat.models.messages import Author, MessageKind
from chat.models.reviews import ReviewStatus
from chat.models.turns import TurnKind, TurnStatus
from chat.review_need import taken_for, uncertainty_of
from nlu.actions.articles import QUESTION_LENGTH, TITLE_LENGTH, create_article, delete_draft
from nlu.actions.audit import Actor, record
from nlu.actions.corrections import Taught, take_back_correction, teach_correction
from nlu.actions.evaluation_cases import Spans
from nlu.actions.masking import mask_for_workspace
from nlu.errors import InvalidData, StaleEdit
from nlu.models import Article, Intent, Workspace
from nlu.models.articles import ArticleStatus
from nlu.types import DialogueContext

HELD_FOR: Final = timedelta(minutes=5)
"""How long a list that somebody opened keeps its rows out of other people's lists."""
CONTEXT_TURNS: Final = 4
ANSWER_MESSAGES: Final = 10
PARTS: Final = "parts"
"""Only the effects of an answer about parts of a message have this key."""


@transaction.atomic
def correct_turn(
    *,
    turn: Turn,
    intent: Intent | None,
    entities: Spans | None = None,
    with_case: bool = True,
    with_article: bool = False,
    part: int = 0,
    actor: Actor,
) -> Review:
    """Say what the visitor meant (None: out of scope), and teach it.

    `part` is the number of the part that is corrected, of a message that says several intents: its words alone are
    taught, and the rest stays as it was understood. 0 is the whole message, which then says one intent; that is
    never what the assistant understood of one with several. A message has one answer: a second part is corrected
    in a message of its own, or after the first was taken back. A part is right only if the reply used the parts.

    Adds the masked text as an utterance, or moves the one that says the same; with `with_case` a regression case
    in the turn's dialogue context; with `with_article` a draft from what an agent answered. A message that the
    assistant was certain about, and right, teaches nothing new: without a case only the verdict is kept.
    `entities` are (start, end, type) in code points of the turn's text.

    The same answer of the same person again changes nothing. AlreadyReviewed if the message has an answer;
    NotFound if the turn is gone; InvalidInput or nlu's InvalidData for what cannot be taught. Then nothing is
    changed.
    """
    row, explained = lock_reviewable(turn)
    said = part_of(explained, part, entities)
    if intent is not None and intent.workspace_id != row.workspace_id:
        raise InvalidInput(_("There is no such intent."))
    review = review_of(row)
    if review.status == ReviewStatus.ANSWERED:
        if is_same_answer(review, intent, part, actor):
            return review
        raise AlreadyReviewed(already_text(review))
    used = bool(explained.answered) if part > 0 else not explained.answers_several
    right = used and said.understood == (intent.name if intent else "")
    taught: Taught | None = None
    if not right or with_case or uncertainty_of(explained).doubt:
        taught = teach_correction(
            workspace=row.workspace,
            text=said.text,
            intent=intent,
            entities=said.entities,
            locale=known_locale(explained.locale),
            context=context_before(row),
            with_case=with_case,
            actor=actor,
        )
    article = draft_article(row, explained, intent, actor) if with_article else None
    note_answer(review, row, said.understood, intent.name if intent else "", right=right, actor=actor)
    review.answer = intent
    review.utterance_id = taught.utterance.row_id if taught else None
    review.case_id = taught.case.row_id if taught and taught.case else None
    review.article = article
    review.effects = effects_of(taught, article, parts=[part] if part else [])
    review.save()
    record(
        actor=actor,
        action="turn.confirmed" if right else "turn.corrected",
        target=row,
        workspace=row.workspace,
        summary=f"{review.understood or 'out of scope'} -> {review.answer_name or 'out of scope'}",
    )
    return review


@transaction.atomic
def confirm_parts(*, turn: Turn, with_article: bool = False, actor: Actor) -> Review:
    """Say that the assistant was right about every part of a message that says several intents.

    Nothing is taught; `with_article` drafts one from what an agent answered, of no single intent. AlreadyReviewed;
    NotFound; InvalidInput for a message of one intent, or if no agent has answered.
    """
    row, explained = lock_reviewable(turn)
    if not explained.answers_several:
        raise InvalidInput(_("The message was not understood as several intents."))
    names = " + ".join(explained.answered)[:120]
    review = review_of(row)
    if review.status == ReviewStatus.ANSWERED:
        if review.answered_by_id == person_id(actor) and review.answer_name == names:
            return review
        raise AlreadyReviewed(already_text(review))
    article = draft_article(row, explained, None, actor) if with_article else None
    note_answer(review, row, names, names, right=True, actor=actor)
    review.article = article
    review.effects = effects_of(None, article, parts=list(range(1, len(explained.several) + 1)))
    review.save()
    record(
        actor=actor, action="turn.confirmed", target=row, workspace=row.workspace, summary=f"{names} -> {names}"
    )
    return review


def lock_reviewable(turn: Turn) -> tuple[Turn, Explanation]:
    """The turn under its workspace's lock. NotFound if it is gone, InvalidInput if nothing was understood yet."""
    Workspace.objects.select_for_update(no_key=True).get(pk=turn.workspace_id)
    row = Turn.objects.select_related("conversation", "model_version").filter(pk=turn.pk).first()
    if row is None or row.conversation is None:
        raise NotFound(_("This conversation has been erased; there is nothing to correct any more."))
    explained = explain_turn(row)
    if row.kind != TurnKind.LIVE or row.status != TurnStatus.DONE or not explained.text.strip():
        raise InvalidInput(_("The assistant has not understood anything here yet; there is nothing to correct."))
    return row, explained


@dataclass(frozen=True, slots=True)
class Said:
    """What is corrected: a text, what it was taken for (empty: out of scope), and spans in it that are right."""

    text: str
    understood: str
    entities: Spans | None


def part_of(explained: Explanation, part: int, entities: Spans | None) -> Said:
    """The whole message (0) or one of its parts; InvalidInput if it has no such part."""
    if part == 0:
        return Said(explained.text, taken_for(explained), entities)
    span = explained.part(part)
    if span is None or span.start is None or span.end is None:
        raise InvalidInput(_("The message has no such part."))
    inside = [
        (start - span.start, end - span.start, kind)
        for start, end, kind in entities or ()
        if span.start <= start and end <= span.end
    ]
    return Said(explained.text[span.start : span.end], span.name, tuple(inside) if entities is not None else None)


def note_answer(review: Review, row: Turn, understood: str, answer: str, *, right: bool, actor: Actor) -> None:
    """Who answered what on the review's row; the caller adds what came of it, and saves."""
    review.turn = row
    review.understood = understood[:120]
    review.status = ReviewStatus.ANSWERED
    review.answer = None
    review.answer_name = answer
    review.was_right = right
    review.answered_by_id = person_id(actor)
    review.answered_at = timezone.now()
    review.held_by = None
    review.held_until = None


def effects_of(taught: Taught | None, article: Article | None, *, parts: list[int]) -> dict[str, object]:
    """What an answer did, as a row keeps it; `parts` are the numbers of those that it is about, else the whole."""
    effects: dict[str, object] = {
        "taught": taught.to_json() if taught else None,
        "article_updated_at": article.updated_at.isoformat() if article else "",
    }
    return effects | {PARTS: parts} if parts else effects


def is_same_answer(review: Review, intent: Intent | None, part: int, actor: Actor) -> bool:
    """Whether this person has given exactly this answer already, so that a repeated request is no second one."""
    same = review.answer_name == (intent.name if intent else "")
    about = review.effects.get(PARTS, []) == ([part] if part else [])
    return review.answered_by_id == person_id(actor) and same and about


def already_text(review: Review) -> str:
    """Who answered, and what."""
    person = review.answered_by
    name = (person.get_full_name() or person.get_username()) if person is not None else _("Somebody")
    return _("%(name)s has answered this message already: %(answer)s. Take that back first to change it.") % {
        "name": name,
        "answer": review.answer_name or _("Out of scope"),
    }


def known_locale(locale: str) -> str:
    """The language if the installation has it; empty lets the script decide."""
    return locale if locale in dict(settings.LANGUAGES) else ""


def person_id(actor: Actor) -> int | None:
    """The id of somebody who is signed in."""
    return actor.pk if actor is not None and actor.is_authenticated else None


def context_before(turn: Turn) -> DialogueContext:
    """The dialogue context in which the message was read; for rows without it, from the turns before."""
    read_in = turn.decision.get("context") if isinstance(turn.decision, dict) else None
    if isinstance(read_in, dict):
        return DialogueContext.from_json(read_in)
    earlier = Turn.objects.filter(
        conversation=turn.conversation_id, kind=TurnKind.LIVE, status=TurnStatus.DONE, pk__lt=turn.pk
    ).order_by("-pk")
    state = DialogueState()
    rows = list(earlier.values_list("parse", "intent", "outcome")[:CONTEXT_TURNS])
    for parse, intent, outcome in reversed(rows):
        text = str(parse.get("text", "")).strip() if isinstance(parse, dict) else ""
        if text:
            state = state.understood(intent=intent, act=outcome, message=text)
    return state.context()


def agent_answer(turn: Turn) -> str:
    """What an agent answered after the turn in the same conversation, masked; empty if nobody did."""
    said = Message.objects.filter(
        conversation=turn.conversation_id,
        sequence__gt=turn.last_sequence,
        author=Author.AGENT,
        kind=MessageKind.TEXT,
    ).order_by("sequence")
    texts = list(said.values_list("text", flat=True)[:ANSWER_MESSAGES])
    return mask_for_workspace(turn.workspace_id, "\n\n".join(texts))


def draft_article(turn: Turn, explained: Explanation, intent: Intent | None, actor: Actor) -> Article:
    """The customer's question and the agent's answer as an article that somebody still has to edit and publish."""
    answer = agent_answer(turn)
    if not answer.strip():
        raise InvalidInput(_("No agent has answered in this conversation, so there is nothing to draft from."))
    question = " ".join(mask_for_workspace(turn.workspace_id, explained.text).split())
    return create_article(
        workspace=turn.workspace,
        locale=known_locale(explained.locale) or turn.workspace.default_locale,
        title=question[:TITLE_LENGTH],
        body=answer,
        questions=question[:QUESTION_LENGTH],
        intent=intent,
        actor=actor,
    )


@transaction.atomic
def skip_review(*, review: Review, actor: Actor) -> Review:
    """Leave it for now: it goes out of the queue and can be found under “skipped”. AlreadyReviewed; NotFound."""
    row = locked(review)
    if row.status == ReviewStatus.ANSWERED:
        raise AlreadyReviewed(already_text(row))
    if row.status == ReviewStatus.OPEN:
        row.status = ReviewStatus.SKIPPED
        row.answered_by_id = person_id(actor)
        row.answered_at = timezone.now()
        row.held_by = None
        row.held_until = None
        row.save()
        record(actor=actor, action="review.skipped", target=row, workspace=row.workspace)
    return row


@transaction.atomic
def undo_review(*, review: Review, actor: Actor, as_read: bool = False) -> Review:
    """Take an answer, or a skip, back with everything that it did; the message is in the queue again.

    Harmless for one that is open. An article that somebody has worked on stays, and stays linked. ChangedSince,
    and nothing is changed, if somebody has changed the utterance or the case since. NotFound. With `as_read` only
    the answer that `review` had when it was read: AnotherAnswer if it has been taken back or given anew meanwhile.
    """
    row = locked(review)
    if as_read and (row.answered_by_id, row.answered_at) != (review.answered_by_id, review.answered_at):
        raise AnotherAnswer(_("The message has another answer by now."))
    if row.status == ReviewStatus.OPEN:
        return row
    taught = row.effects.get("taught") if row.status == ReviewStatus.ANSWERED else None
    article = take_back_article(row, actor) if row.status == ReviewStatus.ANSWERED else None
    try:
        if taught:
            take_back_correction(workspace=row.workspace, taught=Taught.from_json(taught), actor=actor)
    except (StaleEdit, InvalidData) as error:
        raise ChangedSince(str(error)) from None
    was = row.status
    row.status = ReviewStatus.OPEN
    row.answer = row.utterance = row.case = None
    row.article = article
    row.answer_name = ""
    if row.turn is not None:
        row.understood = taken_for(explain_turn(row.turn))[:120]  # an answer to one part had named that part's
    row.was_right = None
    row.answered_by = None
    row.answered_at = None
    row.effects = {}
    row.held_by_id = person_id(actor)
    row.held_until = timezone.now() + HELD_FOR
    row.save()
    # What a running shadow made of the wording while it had its answer.
    ShadowScore.objects.filter(turn__review=row, disagrees=True, run__ended_at__isnull=True).update(to_file=True)
    record(
        actor=actor,
        action="turn.correction_undone" if was == ReviewStatus.ANSWERED else "review.skip_undone",
        target=row.turn if row.turn is not None else row,
        workspace=row.workspace,
    )
    return row


def take_back_article(review: Review, actor: Actor) -> Article | None:
    """Delete the draft that an answer made. If somebody has worked on it, it is theirs now: it stays, returned."""
    article = review.article
    if article is None:
        return None
    stamp = review.effects.get("article_updated_at", "")
    if article.status != ArticleStatus.DRAFT or article.updated_at.isoformat() != stamp:
        return article
    delete_draft(article=article, actor=actor)
    return None


def locked(review: Review) -> Review:
    """The row, locked after its workspace, as everybody locks them. NotFound if its message was erased."""
    Workspace.objects.select_for_update(no_key=True).get(pk=review.workspace_id)
    row = Review.objects.select_for_update(of=("self",)).filter(pk=review.pk).first()
    if row is None:
        raise NotFound(_("This conversation has been erased; there is nothing to correct any more."))
    return row


def hold_reviews(*, workspace: Workspace, ids: list[int], actor: User) -> None:
    """Keep these rows out of other people's lists for a few minutes; those that others hold stay theirs."""
    now = timezone.now()
    free = Q(held_until__isnull=True) | Q(held_until__lte=now) | Q(held_by=actor) | Q(held_by__isnull=True)
    Review.objects.filter(free, workspace=workspace, pk__in=ids, status=ReviewStatus.OPEN).update(
        held_by=actor, held_until=now + HELD_FOR
    )
