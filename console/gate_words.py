"""The gate's report in words: what was asked, what came out, and why it passes or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nlu.actions.gate import Standing, gate_is_running, read_report, standing_of
from nlu.gate_report import GateCheck, GateReport, IntentRecall
from nlu.models import ModelVersion, Utterance
from nlu.pipeline.exact_matcher import text_key

SHOWN_WORSE: Final = 12

TITLES: Final[dict[str, str | Promise]] = {
    "accuracy": gettext_lazy("Right answers"),
    "intents": gettext_lazy("Every single intent"),
    "known": gettext_lazy("Nothing unlearned"),
    "out_of_scope": gettext_lazy("Out of scope noticed"),
    "certain_errors": gettext_lazy("Wrong but certain"),
    "corrections": gettext_lazy("Corrections kept"),
    "entities": gettext_lazy("Marked words (F1)"),
    "calibration": gettext_lazy("Calibration error"),
    "latency": gettext_lazy("Time for a message"),
    "replay": gettext_lazy("Recent messages that change"),
}
FAILED_SHORT: Final[dict[str, str | Promise]] = {
    "accuracy": gettext_lazy("fewer right answers"),
    "intents": gettext_lazy("single intents got much worse"),
    "known": gettext_lazy("something was unlearned"),
    "out_of_scope": gettext_lazy("strange messages are noticed less often"),
    "certain_errors": gettext_lazy("more wrong answers given as if certain"),
    "corrections": gettext_lazy("a corrected mistake is back"),
    "entities": gettext_lazy("marked words are found worse"),
    "calibration": gettext_lazy("confidence says less"),
    "latency": gettext_lazy("too slow"),
    "replay": gettext_lazy("too many recent messages would change"),
}
STANDINGS: Final[dict[Standing, str | Promise]] = {
    "passed": gettext_lazy("gate passed"),
    "refused": gettext_lazy("gate refuses"),
    "missing": gettext_lazy("not compared"),
    "outdated": gettext_lazy("comparison outdated"),
    "moved": gettext_lazy("comparison outdated"),
}
TONES: Final[dict[Standing, str]] = {
    "passed": "good",
    "refused": "bad",
    "missing": "warn",
    "outdated": "warn",
    "moved": "warn",
}


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check as the page shows it. `unit` is `share`, `ms` or empty for a check without numbers."""

    check: GateCheck
    title: str | Promise
    unit: str
    verdict: str
    tone: str
    reason: str


@dataclass(frozen=True, slots=True)
class GatePanel:
    """Everything that the gate's part of a version's page shows."""

    standing: Standing
    badge: str | Promise
    tone: str
    running: bool
    report: GateReport | None
    basis: str
    rows: tuple[CheckRow, ...]
    intents: tuple[IntentRecall, ...]
    failed: tuple[str | Promise, ...]
    worse_utterances: tuple[Utterance, ...]

    @property
    def needs_override(self) -> bool:
        """Whether only a person's word puts this version into service."""
        return self.standing in ("refused", "missing", "outdated", "moved")


def gate_badge(version: ModelVersion, active: ModelVersion | None) -> tuple[str | Promise, str]:
    """A word and a tone for lists; empty where the gate has nothing to say."""
    standing = standing_of(version, active)
    return STANDINGS.get(standing, ""), TONES.get(standing, "")


def gate_panel(version: ModelVersion, active: ModelVersion | None) -> GatePanel:
    """The version's report, its standing against the version that is active now, in words."""
    standing = standing_of(version, active)
    report = read_report(version)
    badge, tone = gate_badge(version, active)
    if standing == "free" and report is not None:
        standing_then: Standing = "passed" if report.passed else "refused"
        badge, tone = STANDINGS[standing_then], TONES[standing_then]
    checks = report.checks if report is not None else ()
    intents = report.intents if report is not None else ()
    return GatePanel(
        standing=standing,
        badge=badge,
        tone=tone,
        running=gate_is_running(version),
        report=report,
        basis=basis_text(report) if report is not None else "",
        rows=tuple(check_row(check) for check in sorted(checks, key=lambda one: one.passed)),
        intents=tuple(
            sorted(
                (one for one in intents if one.fell or one.active != one.candidate),
                key=lambda one: (not one.fell, one.candidate - one.active, one.name),
            )
        ),
        failed=tuple(FAILED_SHORT[name] for name in report.failed) if report is not None else (),
        worse_utterances=worse_utterances(version, report),
    )


def worse_utterances(version: ModelVersion, report: GateReport | None) -> tuple[Utterance, ...]:
    """Held-out utterances that the candidate got wrong and the active version right, of those that still exist."""
    wanted = set(report.worse_keys) if report is not None else set()
    if not wanted:
        return ()
    rows = Utterance.objects.filter(workspace=version.workspace_id).select_related("intent").order_by("pk")
    found: list[Utterance] = []
    for row in rows.iterator(chunk_size=1000):
        if text_key(row.text) in wanted:
            found.append(row)
            if len(found) == SHOWN_WORSE:
                break
    return tuple(found)


def basis_text(report: GateReport) -> str:
    """What was compared with what, on what."""
    if report.basis == "first":
        return _("This was the first model: there was no active version to compare it with, so it passes.")
    version = {"version": f"v{report.active_number}"}
    if report.basis == "unreadable":
        return (
            _("%(version)s, which is active, cannot be loaded any more: nothing to compare with, so it passes.")
            % version
        )
    if report.basis == "none":
        return (
            _("Compared with %(version)s, but there was no message to compare on. Add cases to the set.") % version
        )
    parts = []
    if report.cases:
        cases = ngettext(
            "%(count)d case of the evaluation set", "%(count)d cases of the evaluation set", report.cases
        )
        parts.append(cases % {"count": report.cases})
    if report.held_out:
        held_out = ngettext(
            "%(count)d utterance that both trainings held out",
            "%(count)d utterances that both trainings held out",
            report.held_out,
        )
        parts.append(held_out % {"count": report.held_out})
    text = _("Compared with %(version)s on %(what)s.") % {**version, "what": _(" and ").join(parts)}
    if report.leaked:
        left_out = ngettext(
            "%(count)d case was left out: one of the two versions, or its encoder, had learned it.",
            "%(count)d cases were left out: one of the two versions, or its encoder, had learned them.",
            report.leaked,
        )
        text = f"{text} {left_out % {'count': report.leaked}}"
    return text


def check_row(check: GateCheck) -> CheckRow:
    """A check in words."""
    if check.reason == "no_cases":
        verdict, tone = _("not judged"), ""
    elif not check.passed:
        verdict, tone = _("refused"), "bad"
    elif check.reason == "better":
        verdict, tone = _("better"), "good"
    else:
        verdict, tone = _("passed"), "good"
    has_numbers = check.candidate is not None
    return CheckRow(
        check=check,
        title=TITLES[check.name],
        unit=("ms" if check.name == "latency" else "share") if has_numbers else "",
        verdict=verdict,
        tone=tone,
        reason=reason_text(check),
    )


def reason_text(check: GateCheck) -> str:
    """Why, in one sentence."""
    count = {"count": check.count}
    names = {"names": ", ".join(check.names)}
    if check.reason == "no_cases":
        return no_cases_text(check)
    special: dict[tuple[str, str], str] = {
        ("intents", "worse"): _("Much worse than chance explains: %(names)s.") % names,
        ("intents", "as_good"): ngettext(
            "%(count)d intent has enough messages to be judged; it did not fall.",
            "%(count)d intents have enough messages to be judged; none fell. Shown is the weakest.",
            check.count,
        )
        % count,
        ("known", "lost"): _("The active version knows what this one does not: %(names)s.") % names,
        ("known", "as_good"): _("It knows everything that the active version knows and the workspace still has."),
        ("corrections", "lost"): _("Messages that people corrected are misunderstood again: %(names)s.") % names,
        ("corrections", "as_good"): ngettext(
            "%(count)d corrected message, taught as an utterance, asked again.",
            "%(count)d corrected messages, taught as utterances, asked again.",
            check.count,
        )
        % count,
        ("entities", "lost"): _("Entity types that it no longer finds: %(names)s.") % names,
        ("latency", "worse"): _("More than twice as slow."),
        ("latency", "as_good"): _("Both were timed in turn on this machine."),
        ("replay", "worse"): _(
            "Too many messages of late would be taken for something else, without a proven gain in right answers."
        ),
        ("replay", "better"): _("Many of the latest messages change, but right answers gained more than chance."),
        ("replay", "as_good"): ngettext(
            "The latest %(count)d message, as it was stored, asked again.",
            "The latest %(count)d messages, as they were stored, asked again.",
            check.count,
        )
        % count,
        ("out_of_scope", "answers_more"): _(
            "It understands more of what both versions were taught, and for each message understood "
            "no more strange ones are taken for something."
        ),
        ("calibration", "worse"): _("Its confidence is further from how often it is right."),
    }
    general = {
        "as_good": _("No worse than chance explains."),
        "better": _("Better by more than chance explains."),
        "answers_more": _(
            "It answers more by itself, and no greater share of that is wrong than chance explains."
        ),
        "worse": _("Worse by more than chance explains."),
        "collapsed": _("Most of what the active version gets right is lost."),
    }
    return special.get((check.name, check.reason)) or general.get(check.reason, "")


def no_cases_text(check: GateCheck) -> str:
    """What was missing."""
    texts = {
        "accuracy": _("There was no message to compare on."),
        "intents": _("No intent has five messages to compare on."),
        "out_of_scope": _("There was no out-of-scope message to compare on; add some to the evaluation set."),
        "corrections": _("Nobody has corrected a message yet."),
        "entities": _("No case has marked words."),
        "calibration": _("Forty messages are needed to judge it."),
        "replay": _("There were no recent conversations."),
    }
    return texts.get(check.name) or _("There was no message to compare on.")
