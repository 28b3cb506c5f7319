"""Everything that understanding can refuse, by name. Messages are for people and never quote a customer's text."""


class NluError(Exception):
    """Base of the errors that this floor raises on purpose."""


class InvalidData(NluError):
    """Given data (a file, a row, a field) is malformed; the message names the place."""


class InvalidPair(InvalidData):
    """A line that is no pair of questions.

    `code`: no_columns, not_csv, not_json, no_text, characters, label or too_many.
    """

    def __init__(self, code: str, line: int) -> None:
        self.code = code
        self.line = line
        super().__init__(f"line {line}: {code}")


class InvalidExample(InvalidData):
    """A record of training data that cannot be used. `code` says why and `field` which part of it.

    `nlu.training.dataset.PROBLEMS` lists the codes; the message is English, for files on the command line.
    """

    def __init__(self, message: str, code: str, field: str) -> None:
        self.code = code
        self.field = field
        super().__init__(message)


class IncompatibleArtifact(NluError):
    """A model folder of another format version or another encoder."""


class CorruptArtifact(NluError):
    """A model folder whose files do not match their checksums or their declared shapes."""


class NoActiveModel(NluError):
    """The workspace has no active model version."""


class TrainingRefused(NluError):
    """Training cannot start: too little data, or another run is going on."""


class ImportRefused(NluError):
    """An import cannot start: another one of the workspace is going on."""


class TrainingCancelled(NluError):
    """A person cancelled the training run."""


class OutOfTime(NluError):
    """What was allowed to take so long is not done yet."""


class TooFew(InvalidData):
    """There are `count` of something of which `least` are needed."""

    def __init__(self, message: str, count: int, least: int) -> None:
        self.count = count
        self.least = least
        super().__init__(message)


class NotJudged(TooFew):
    """There are too few examples that an encoder has not learned from to judge a model with it."""


class TooFewPairs(TooFew):
    """There are too few pairs of questions to learn an encoder from."""


class GenerationOff(InvalidData):
    """The workspace does not propose utterances: nobody has switched it on."""


class GeneratedEnough(InvalidData):
    """The intent has `count` generated utterances, as many as may stand beside its `real` ones."""

    def __init__(self, message: str, count: int, real: int) -> None:
        self.count = count
        self.real = real
        super().__init__(message)


class EncoderInUse(NluError):
    """A model version that can still serve was made with the encoder; `numbers` are the versions'."""

    def __init__(self, message: str, numbers: tuple[int, ...]) -> None:
        self.numbers = numbers
        super().__init__(message)


class GateRefused(NluError):
    """The gate found the version worse than the active one; `checks` names what failed."""

    def __init__(self, message: str, checks: tuple[str, ...]) -> None:
        self.checks = checks
        super().__init__(message)


class GateOutdated(NluError):
    """The gate has not compared this version with the one that is active now."""


class NoHeldOutAnswers(NluError):
    """A version without held-out answers to choose a bound on. `code`: missing, empty, or older (another form)."""

    def __init__(self, message: str, code: str) -> None:
        self.code = code
        super().__init__(message)


class ShadowRefused(NluError):
    """Another version of the workspace is the shadow; `number` is its."""

    def __init__(self, message: str, number: int) -> None:
        self.number = number
        super().__init__(message)


class InvalidTransition(NluError):
    """A state machine was asked for a step that it does not have."""


class UnknownLocale(InvalidData):
    """A language that the installation does not have."""


class InvalidPattern(InvalidData):
    """An expression that cannot be used. `code` says why, `detail` is the engine's own remark (may be empty).

    Codes: empty, too_long, matches_empty, unsupported (look-around, back-references), malformed, too_large.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)


class StaleEdit(NluError):
    """Somebody else changed the object after the editor had opened it."""


class DuplicateUtterance(InvalidData):
    """The workspace has this text already; `intent_id` (None: out of scope) and `intent` say what it teaches."""

    def __init__(self, message: str, intent_id: int | None, intent: str) -> None:
        self.intent_id = intent_id
        self.intent = intent
        super().__init__(message)


class DuplicateCase(InvalidData):
    """The evaluation set has this text already; `case_id` is the row that has it."""

    def __init__(self, message: str, case_id: int) -> None:
        self.case_id = case_id
        super().__init__(message)


class EvaluationSetFull(InvalidData):
    """The evaluation set takes no more cases."""


class UnreadableFile(InvalidData):
    """A whole file that cannot be used. `code` says why, `line` where (0: nowhere in particular).

    `detail` is a number, a name or the parser's own remark, and may be empty. `nlu.actions.import_words` lists the
    codes with their words.
    """

    def __init__(self, code: str, *, line: int = 0, detail: str = "") -> None:
        self.code = code
        self.line = line
        self.detail = detail
        super().__init__(f"{code} {detail}".strip() + (f" (line {line})" if line else ""))


class SealKeyMissing(NluError):
    """There is no key to seal with, or not the one that opens a value."""


class SealBroken(NluError):
    """A sealed value was changed, or stands in a row that it does not belong to."""


class RevealLimit(NluError):
    """Somebody was shown as many kept values as one may see within an hour."""


class EgressError(NluError):
    """A request to an address that somebody configured brought nothing back. The message names no address."""


class EgressRefused(EgressError):
    """The guard lets no request go there, or not further.

    `code`: malformed, scheme, userinfo, fragment, host, port, address (private or reserved), redirects (too many),
    method (a redirect would repeat the request elsewhere) or downgrade (a redirect from https to http).
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class EgressTimeout(EgressError):
    """There was no whole answer in time."""


class EgressUnreachable(EgressError):
    """Nobody answers there. `code`: name, connect, tls or broken (the connection ended early)."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class EgressUnusable(EgressError):
    """There was an answer, but none that can be used. `code`: size, headers, encoding or protocol."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)
