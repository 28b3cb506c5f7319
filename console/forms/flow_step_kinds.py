"""The kinds of steps whose forms are plain fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from chat.dialogue.fields import LONGEST_TEXT
from chat.dialogue.flows import END
from console.forms.flow_steps import StepForm, flag
from console.forms.flow_texts import NOT_CHOSEN


class SayForm(StepForm):
    """Tell something."""

    kind = "say"

    def build(self) -> None:
        """Texts and quick replies."""
        self.add_texts("say", _("What it says"), rows=3)
        self.add_quick_replies()

    def own(self) -> dict[str, Any]:
        """Without a text it is still a `say`."""
        return {"say": {}, **self.texts("say"), **self.texts("quick_replies")}


class AskForm(StepForm):
    """Ask for a slot."""

    kind = "ask"

    def build(self) -> None:
        """The slot, the question, and what happens with answers that do not fit."""
        self.add_slot(_("Asks for"))
        self.add_texts("text", _("The question"))
        self.add_quick_replies()
        hint = _("Said when the answer does not fit. Empty: the question once more.")
        self.add_texts("again", _("Asking again"), hint=hint, folded=True)
        self.add_attempts()
        flag(self, "optional", self.step, _("May be skipped"))
        flag(self, "always", self.step, _("Ask even if it is known already"))
        folded = not {"optional", "always"} & set(self.step)
        self.part(_("More"), ["optional", "always"], folded=folded)

    def own(self) -> dict[str, Any]:
        """What was filled in."""
        return {
            "ask": self.chosen_slot(),
            **self.texts("text"),
            **self.texts("again"),
            **self.texts("quick_replies"),
            **self.kept_attempts(),
            **{name: "true" for name in ("optional", "always") if self.cleaned_data[name]},
        }


class ConfirmForm(StepForm):
    """Ask whether something is right."""

    kind = "confirm"
    has_next = False

    def build(self) -> None:
        """The question and where yes and no lead."""
        self.add_texts("confirm", _("The question"), hint=_("Name what it is about, so that a yes means that."))
        self.add_target("yes", _("After a yes"), self._led_on, first=self.following)
        no = self.step.get("no", END)
        self.add_target("no", _("After a no"), "" if no == END else no, first=_("the flow ends"))
        self.part(_("Where it goes on"), ["yes", "no"], css="languages")
        self.add_attempts()

    def own(self) -> dict[str, Any]:
        """What was filled in; the usual ways are left out."""
        written: dict[str, Any] = {"confirm": {}, **self.texts("confirm")}
        if self.cleaned_data["yes"] == self._led_on:
            written |= {key: self.step[key] for key in ("yes", "next") if self.step.get(key)}
        elif self.cleaned_data["yes"]:
            written["yes"] = self.cleaned_data["yes"]
        if self.cleaned_data["no"] not in ("", END):
            written["no"] = self.cleaned_data["no"]
        return written | self.kept_attempts()

    @property
    def _led_on(self) -> str:
        """Where a yes led before; a `next` means the same."""
        return str(self.step.get("yes") or self.step.get("next") or "")


class RateForm(StepForm):
    """Ask for a rating."""

    kind = "rate"

    def build(self) -> None:
        """The slot and the question."""
        self.add_slot(_("The rating is kept in"), types=("number",), new_type="number")
        self.add_texts("text", _("The question"), hint=_("Customers answer with 1 to 5."))

    def own(self) -> dict[str, Any]:
        """What was filled in."""
        return {"rate": self.chosen_slot(), **self.texts("text")}


class HandoffForm(StepForm):
    """A person takes over."""

    kind = "handoff"
    has_next = False

    def build(self) -> None:
        """What is said."""
        self.add_texts("handoff", _("What it says"), hint=_("Empty: the general words for a handoff."))

    def own(self) -> dict[str, Any]:
        """The text may be left out."""
        return {"handoff": {}, **self.texts("handoff"), **_kept_next(self)}


class EndForm(StepForm):
    """The flow is over."""

    kind = "end"
    has_next = False

    def build(self) -> None:
        """What is said, and how it went."""
        self.add_texts("end", _("What it says"), hint=_("May be empty."))
        self.fields["outcome"] = forms.ChoiceField(
            label=_("How it went"),
            choices=[
                ("completed", _("The task is done")),
                ("refused", _("It was not possible, by the rules")),
                ("failed", _("It went wrong")),
            ],
            initial=self.step.get("outcome", "completed"),
        )
        self.part(_("For the figures"), ["outcome"])

    def own(self) -> dict[str, Any]:
        """The usual outcome is left out."""
        outcome = self.cleaned_data["outcome"]
        written = {"end": {}, **self.texts("end"), **_kept_next(self)}
        return written | ({"outcome": outcome} if outcome != "completed" else {})


class AnswerForm(StepForm):
    """Answer from an article."""

    kind = "answer"

    def build(self) -> None:
        """A fixed article, or a search."""
        answer = self.step.get("answer")
        article = answer if isinstance(answer, str) else ""
        search = answer.get("search", "") if isinstance(answer, dict) else ""
        known = self.page.articles
        gone = [(article, article)] if article and article not in dict(known) else []
        self.fields["article"] = forms.ChoiceField(
            label=_("Article"), required=False, choices=[("", NOT_CHOSEN), *known, *gone], initial=article
        )
        self.fields["search"] = forms.CharField(
            label=_("Or search for"),
            required=False,
            max_length=LONGEST_TEXT,
            initial=search,
            help_text=_("The best article for these words, with placeholders. It wins over the article above."),
        )
        self.part(_("What it answers"), ["article", "search"])

    def own(self) -> dict[str, Any]:
        """The search, where there is one."""
        search = self.cleaned_data["search"].strip()
        return {"answer": {"search": search} if search else self.cleaned_data["article"]}


def _kept_next(form: StepForm) -> dict[str, Any]:
    """A `next` that is written though it means nothing stays."""
    return {"next": form.step["next"]} if form.step.get("next") else {}
