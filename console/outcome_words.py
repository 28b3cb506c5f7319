"""What the outcomes that every action has mean, for the people who write actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OUTCOMES: Final[Mapping[str, str | Promise]] = {
    "ok": _("The system answered, and everything that is needed was in the answer."),
    "timeout": _("There was no whole answer in time."),
    "unreachable": _("Nobody answers there, or the connection is not complete."),
    "server_error": _("The system says that it failed itself (5xx)."),
    "client_error": _("The system does not accept the request (4xx), or an input is missing or does not fit."),
    "bad_answer": _("The answer cannot be read: no JSON, too large, or without an output that is needed."),
    "refused": _(
        "Nothing was sent: the address is not public and not allowed (an administrator allows exact addresses in "
        "EGRESS_ALLOW), a redirect led somewhere else, or a masked value is not kept."
    ),
}


def outcome_words(outcome: str) -> str | Promise:
    """A sentence; for an outcome of the action's own, that it is one."""
    return OUTCOMES.get(outcome, _("One of the action’s own outcomes."))
