"""What an answer in the review queue did, in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from chat.models import Review
from chat.models.reviews import ReviewStatus


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
