"""Everything that a conversation can refuse, by name. Messages never quote a visitor's text."""

from collections.abc import Sequence


class ChatError(Exception):
    """Base of the errors that this floor raises on purpose. `code` is what a socket's error frame carries."""

    code = "refused"


class InvalidTransition(ChatError):
    """A state machine was asked for a step that it does not have."""

    code = "wrong_state"


class NotFound(ChatError):
    """No such thing for whoever asks; absence and prohibition look the same from outside."""

    code = "not_found"


class InvalidToken(ChatError):
    """The visitor's token is unknown, revoked, or of another site."""

    code = "token"


class IdentityRefused(ChatError):
    """A site's word about its customer cannot be taken; `code` says why, to whoever writes the site's pages."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class ClientIdReused(ChatError):
    """The same client_id came with another text."""

    code = "client_id_reused"


class AlreadyTaken(ChatError):
    """Another agent has the conversation."""

    code = "already_taken"


class NotOwner(ChatError):
    """Whoever wants to write does not own the conversation (any more)."""

    code = "not_owner"


class NoTurnWorker(ChatError):
    """No turn worker answered a probe in time."""

    code = "no_turn_worker"


class InvalidInput(ChatError):
    """A value is malformed, too long or empty; the message says which."""

    code = "invalid"


class AtCapacity(ChatError):
    """The agent already has as many conversations as the profile allows."""

    code = "at_capacity"


class AnotherAnswer(ChatError):
    """The message has another answer by now, or none, than the one that was to be taken back."""

    code = "wrong_state"


class StaleTurn(ChatError):
    """The visitor wrote again after the turn was claimed, so its reply would answer too little."""

    code = "wrong_state"


class Busy(ChatError):
    """Too much waits to be stored; the same client_id may be sent again."""

    code = "busy"


class Forbidden(ChatError):
    """The person's role does not allow it."""

    code = "forbidden"


class AlreadyReviewed(ChatError):
    """Somebody has answered the message already; the message says who, and what."""


class ChangedSince(ChatError):
    """What an answer did has been changed by somebody since, so that it cannot be taken back in one step."""


class InstallationRefused(ChatError):
    """A scenario pack cannot be installed now; the message says why."""


class FlowNotReady(InvalidInput):
    """A flow has problems that keep it from being published; `problems` names them."""

    def __init__(self, problems: Sequence[object]) -> None:
        named = "; ".join(str(one) for one in problems[:5])
        super().__init__(f"{len(problems)} problems keep the flow from being published: {named}")
        self.problems = tuple(problems)


class TrialWentOn(ChatError):
    """The talk is further than whoever wrote could see, for example in another window."""

    code = "wrong_state"


class RehearsalRefused(ChatError):
    """Recorded conversations cannot be had now: there is no model, nothing to do, or others are being had."""


class DraftChanged(InvalidInput):
    """Somebody else has changed the draft since it was read."""
