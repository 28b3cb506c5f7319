"""Why a training, or another long run, failed, as its row keeps it: a code that screens translate, and a detail.

Rows from before there were codes hold an English sentence; they read as the code `other` with it as their detail.
"""

from __future__ import annotations

import errno
import json
from dataclasses import dataclass
from typing import Final, Self

from nlu.errors import (
    CorruptArtifact,
    IncompatibleArtifact,
    NluError,
    NotJudged,
    TooFewPairs,
    TrainingRefused,
)

# Code -> what commands say of it; `console.run_error_words` has the same for people who read the console.
SENTENCES: Final = {
    "too_little": "Training needs at least two intents with at least two utterances each",
    "bad_data": "The training data cannot be used: {detail}",
    "not_judged": "Too few utterances were kept from the encoder to judge a model with it ({detail})",
    "too_few_pairs": "The sources have too few pairs of questions with the same meaning ({detail})",
    "bad_model": "A model's folder cannot be used: {detail}",
    "disk_full": "The disk is full",
    "files": "A file could not be read or written: {detail}",
    "unexpected": "Training met an unexpected error: {detail}",
    "worker_died": "The process that trained ended again and again without a word",
    "gave_up": "The training was given up: {detail}",
    "command_ended": "The command that trained was ended",
    "nothing_to_propose": "There is nothing to propose utterances from",
    "upload_gone": "What was left of the file is gone or damaged",
    "too_late": "It waited for the worker for more than a day",
    "other": "{detail}",
}


@dataclass(frozen=True, slots=True)
class RunError:
    """One of the codes of `SENTENCES`; `detail` is for technicians, in English, without a customer's words."""

    code: str
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The reason in English, for commands and logs."""
        return SENTENCES[self.code].format(detail=self.detail)

    def to_text(self) -> str:
        """What the row keeps; inverse of `from_text`."""
        return json.dumps({"code": self.code, "detail": self.detail}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """What a row says, also one from before there were codes, or one with a code that is gone."""
        try:
            kept = json.loads(text)
        except (ValueError, RecursionError):
            return cls("other", text)
        match kept:
            case {"code": str(code), "detail": str(detail)} if code in SENTENCES:
                return cls(code, detail)
        return cls("other", text)

    @classmethod
    def of(cls, error: Exception) -> Self:
        """What an exception of a training becomes; messages of foreign ones may quote texts and are not kept."""
        match error:
            case TrainingRefused():
                return cls("too_little")
            case CorruptArtifact() | IncompatibleArtifact():
                return cls("bad_model", str(error))
            case NotJudged():
                return cls("not_judged", f"{error.count}/{error.least}")
            case TooFewPairs():
                return cls("too_few_pairs", f"{error.count}/{error.least}")
            case NluError():
                return cls("bad_data", str(error))
            case OSError(errno=errno.ENOSPC | errno.EDQUOT):
                return cls("disk_full")
            case OSError():
                return cls("files", error.strerror or type(error).__name__)
        return cls("unexpected", type(error).__name__)
