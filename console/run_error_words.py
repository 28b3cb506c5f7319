"""Why a training failed, in the reader's language."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from nlu.run_errors import RunError

# The codes of `nlu.run_errors.SENTENCES`.
WORDS: Final[dict[str, str | Promise]] = {
    "too_little": gettext_lazy("Training needs at least two intents with at least two utterances each."),
    "bad_data": gettext_lazy("The training data cannot be used (%(detail)s)."),
    "not_judged": gettext_lazy(
        "Too few utterances were kept from the encoder to judge a model with it (there are/needed: %(detail)s). "
        "Add utterances, or train without this encoder."
    ),
    "too_few_pairs": gettext_lazy(
        "The sources have too few pairs of questions with the same meaning (there are/needed: %(detail)s). Add "
        "utterances to intents, publish articles with questions, review messages, or upload a file."
    ),
    "bad_model": gettext_lazy("The folder of a model is damaged or of another kind (%(detail)s)."),
    "disk_full": gettext_lazy("The disk of the server is full. Make room and start again."),
    "files": gettext_lazy("The server could not read or write a file (%(detail)s)."),
    "unexpected": gettext_lazy("Something unexpected went wrong (%(detail)s); the log of the server says more."),
    "worker_died": gettext_lazy(
        "The background process ended again and again, perhaps for lack of memory. Ask whoever runs the server."
    ),
    "gave_up": gettext_lazy("The background worker gave it up (%(detail)s)."),
    "command_ended": gettext_lazy("The command that trained was ended."),
    "nothing_to_propose": gettext_lazy(
        "The chosen intents have no utterance to learn from: what they have is in the evaluation set or reserved."
    ),
    "upload_gone": gettext_lazy(
        "What was left of the file is gone or cannot be read. Import it again: what is there is left alone."
    ),
    "too_late": gettext_lazy(
        "It had waited for the background worker for more than a day, so the file was deleted. Import it again."
    ),
    "other": "%(detail)s",
}


def run_error_text(text: str) -> str:
    """The sentence for a run's `error`; empty for none."""
    if not text:
        return ""
    error = RunError.from_text(text)
    return str(WORDS[error.code]) % {"detail": error.detail}
