"""What an answer in the review queue did, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.actions.review_undo import PassedOver, TakenBack
from chat.explanations import explain_turn
from chat.models import Review
from chat.models.reviews import ReviewStatus

TOLD: Final = 3
QUOTED: Final = 60


def outcome_text(review: Review, titles: Mapping[str, str]) -> str:
    """One sentence or more, for screen readers and notices; `titles` by the intents' names."""
    if review.status == ReviewStatus.SKIPPED:
        return _("Skipped.")
    if review.status != ReviewStatus.ANSWERED:
        return _("In the queue.")
    name = titles.get(review.answer_name) or review.answer_name or _("Out of scope")
    if review.was_right:
        parts = [_("The assistant was right: %(name)s.") % {"name": name}]
    else:
        parts = [_("Corrected: %(name)s.") % {"name": name}]
    taught = review.effects.get("taught") or {}
    if taught:
        parts.append(_("It teaches from the next training on."))
    if taught.get("kept_out"):
        parts.append(
            _("It is a case of the evaluation set and stays out of training; teach another wording besides.")
        )
    if taught.get("set_full"):
        parts.append(_("The evaluation set is full: it teaches, but no case is kept."))
    if review.case_id:
        parts.append(_("It is kept as a case."))
    if review.article_id:
        parts.append(_("An article is drafted."))
    return " ".join(parts)


def beginning_of(review: Review) -> str:
    """Enough of the message to know which it is."""
    turn = review.turn
    return Truncator(explain_turn(turn).text).chars(QUOTED) if turn is not None else _("an erased message")


def taken_back_text(review: Review, *, named: bool = False) -> str:
    """What became of an answer that was taken back; `named` for those who do not see its card."""
    if review.article_id is not None:
        said = _("Taken back. The message is in the queue again; the article stays, somebody has worked on it.")
    else:
        said = _("Taken back. The message is in the queue again.")
    return _("“%(text)s”: %(said)s") % {"text": beginning_of(review), "said": said} if named else said


def nothing_taken_text(undone: TakenBack) -> str:
    """Why nothing was taken back."""
    if undone.more:
        return _(
            "Your newest answers were changed since and cannot be taken back; look under “reviewed” or “skipped” "
            "for older ones, and for those of another day."
        )
    if undone.passed:
        return _("None of your answers can be taken back: they were changed since.")
    return _("There is nothing of yours to take back.")


def passed_texts(passed: Sequence[PassedOver]) -> list[str]:
    """Which answers were passed over, and why: a sentence for each of the first few, and how many more."""
    said = []
    for one in passed[:TOLD]:
        about = {"text": beginning_of(one.review), "reason": one.reason}
        said.append(_("Passed over “%(text)s”: %(reason)s") % about)
    if (more := len(passed) - TOLD) > 0:
        words = ngettext("%(count)d more was passed over.", "%(count)d more were passed over.", more)
        said.append(words % {"count": more})
    return said
