"""What is wrong with a file of question pairs, in the reader's language."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nlu.actions.encoder_sources import MOST_PAIRS
from nlu.errors import InvalidPair

WORDS: Final[dict[str, str | Promise]] = {
    "no_columns": gettext_lazy("the first line must name the columns q1, q2 and, if you like, label"),
    "not_csv": gettext_lazy("this is no CSV"),
    "not_json": gettext_lazy("this is no JSON object"),
    "characters": gettext_lazy("there are characters in it that cannot be stored"),
    "no_text": gettext_lazy("there must be two questions"),
    "label": gettext_lazy("the label must be 1 (same meaning) or 0"),
    "too_many": gettext_lazy("the file has more pairs than are read at once (%(most)d)"),
}


def pair_error_text(error: InvalidPair) -> str:
    """The sentence for the form."""
    reason = str(WORDS[error.code])
    if error.code == "too_many":
        reason %= {"most": MOST_PAIRS}
    return _("Line %(line)d: %(reason)s.") % {"line": error.line, "reason": reason}
