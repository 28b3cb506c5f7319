"""The forms of steps that call something: a business action, another flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from chat.business.definitions import STANDING_OUTCOMES
from chat.dialogue.fields import LONGEST_TEXT, NAME
from chat.dialogue.flow_reader import flow_of
from chat.dialogue.flows import Flow as Definition
from chat.errors import InvalidInput
from console.forms.flow_steps import StepForm, flag
from console.forms.flow_texts import NOT_CHOSEN
from console.outcome_words import outcome_words

FAILED: Final = "failed"
_FAILURES: Final = frozenset(STANDING_OUTCOMES) - {"ok"}


class CallForm(StepForm):
    """What is called, and what it is given. Choosing another one shows the form anew, with its fields."""

    def add_called(self, choices: list[tuple[str, str]], current: str, label: str, help_text: str = "") -> str:
        """The select of what is called; what is chosen in it."""
        gone = [(current, current)] if current and current not in dict(choices) else []
        self.fields["called"] = forms.ChoiceField(
            label=label,
            required=False,
            choices=[("", NOT_CHOSEN), *choices, *gone],
            initial=current,
            help_text=help_text,
            widget=forms.Select(attrs={"data-refresh": ""}),
        )
        known = {value for value, _title in (*choices, *gone)}
        chosen = str(self.posted.get("called", "")) if self.is_bound else current
        return chosen if chosen in known else ""

    def add_given(self, title: str, wanted: Mapping[str, str], *, hint: str) -> None:
        """A field for everything that the called one takes, and for what is given to it already."""
        given = dict(self.step.get("with") or {})
        self.given = [*wanted, *(name for name in given if name not in wanted)]
        for name in self.given:
            is_new = "with" not in self.step and name in self.page.definition.slots
            self.fields[f"with-{name}"] = forms.CharField(
                label=wanted.get(name, name),
                required=False,
                max_length=LONGEST_TEXT,
                initial=given.get(name, f"{{{name}}}" if is_new else ""),
                widget=forms.TextInput(attrs={"class": "mono", "data-template": ""}),
            )
        if self.given:
            self.part(title, [f"with-{name}" for name in self.given], hint=hint)

    def given_values(self) -> dict[str, Any]:
        """What is given; nothing where nothing is."""
        values = {name: self.cleaned_data[f"with-{name}"].strip() for name in self.given}
        values = {name: value for name, value in values.items() if value}
        return {"with": values} if values else {}


class ActionForm(CallForm):
    """Call a business action."""

    kind = "action"
    has_next = False

    @property
    def _led_on(self) -> str:
        """Where it led when it worked; a `next` means the same."""
        return str((self.step.get("outcomes") or {}).get("ok") or self.step.get("next") or "")

    def build(self) -> None:
        """The action, its inputs, the name for its results, where its outcomes lead."""
        choices = [
            (name, f"{action.title.get(self.page.locale) or next(iter(action.title.values()), name)} ({name})")
            for name, action in sorted(self.page.actions.items())
        ]
        hint = "" if choices else _("There are no actions yet: describe one under Connections.")
        chosen = self.add_called(choices, str(self.step.get("action") or ""), _("Action"), hint)
        self.part(_("What it calls"), ["called"])
        action = self.page.actions.get(chosen)
        inputs = action.inputs if action is not None else {}
        needed = _("needed")
        self.add_given(
            _("What the action is given"),
            {name: f"{name} · {needed}" if one.required else name for name, one in inputs.items()},
            hint=_("Fixed words, or placeholders such as {order_no}. Empty ones are not sent."),
        )
        self.fields["save"] = forms.CharField(
            label=_("Results are called"),
            required=False,
            max_length=60,
            initial=self.step.get("save", "" if self.step.get("action") else "found"),
            widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
            help_text=_("Later steps name them so: {found.status}. Empty if nothing is needed of the answer."),
        )
        self.part(_("What comes back"), ["save"])
        self._add_outcomes(set(action.outcome_names) if action is not None else set(STANDING_OUTCOMES))

    def _add_outcomes(self, known: set[str]) -> None:
        written = dict(self.step.get("outcomes") or {})
        own = sorted(known - set(STANDING_OUTCOMES))
        rest = sorted((known & _FAILURES) | (set(written) - known - {FAILED, "ok"}))
        self.outcomes = ["ok", *own, FAILED, *rest]
        for outcome in self.outcomes:
            first = self.following if outcome == "ok" else _("the assistant says so and offers a person")
            hint = str(outcome_words(outcome)) if outcome in _FAILURES else ""
            label = {"ok": _("ok: it worked"), FAILED: _("failed: anything that is not named here")}.get(
                outcome, outcome
            )
            current = self._led_on if outcome == "ok" else str(written.get(outcome, ""))
            self.add_target(f"outcome-{outcome}", label, current, first=first, help_text=hint)
        self.part(_("Where its outcomes lead"), [f"outcome-{name}" for name in ("ok", *own, FAILED)])
        folded = not set(rest) & set(written)
        self.part(_("Single failures"), [f"outcome-{name}" for name in rest], folded=folded)

    def clean_save(self) -> str:
        """A name, if there is one."""
        name: str = self.cleaned_data["save"].strip()
        if name and NAME.fullmatch(name) is None:
            raise forms.ValidationError(_("Lower-case letters, digits and underscores, beginning with a letter."))
        if name in ("item", "profile", "clock"):
            raise forms.ValidationError(_("“%(name)s” has a meaning of its own.") % {"name": name})
        return name

    def own(self) -> dict[str, Any]:
        """What was filled in."""
        outcomes = {
            outcome: target for outcome in self.outcomes if (target := self.cleaned_data[f"outcome-{outcome}"])
        }
        follows = {}
        if "ok" not in (self.step.get("outcomes") or {}) and outcomes.get("ok", "") == self._led_on != "":
            follows = {"next": outcomes.pop("ok")}
        save = self.cleaned_data["save"]
        return {
            "action": self.cleaned_data["called"],
            **self.given_values(),
            **({"save": save} if save else {}),
            **({"outcomes": outcomes} if outcomes else {}),
            **follows,
        }


class GotoForm(CallForm):
    """Go on with another flow."""

    kind = "goto"

    def build(self) -> None:
        """The flow, what it is told, whether it comes back."""
        others = {
            flow.name: flow
            for flow in self.page.flow.workspace.flows.exclude(pk=self.page.flow.pk).order_by("name")
        }
        titles = {name: _title(flow.draft, self.page.locale) for name, flow in others.items()}
        choices = [(name, f"{title} ({name})" if title else name) for name, title in titles.items()]
        chosen = self.add_called(choices, str(self.step.get("goto") or ""), _("Flow"))
        self.part(_("Where it goes"), ["called"])
        slots = _slots(others[chosen].draft, self.page.locale) if chosen in others else {}
        self.add_given(
            _("What the other flow is told"),
            slots,
            hint=_("Fixed words, or placeholders such as {order_no}. What is left empty is asked there."),
        )
        flag(self, "comes_back", self.step, _("Come back afterwards, to the next step"), key="return")
        self.part(_("Afterwards"), ["comes_back"])

    def own(self) -> dict[str, Any]:
        """What was filled in."""
        back = {"return": "true"} if self.cleaned_data["comes_back"] else {}
        return {"goto": self.cleaned_data["called"], **self.given_values(), **back}


def _read(document: Any) -> Definition | None:
    try:
        return flow_of(document)
    except InvalidInput:
        return None


def _title(document: Any, locale: str) -> str:
    """A flow's title, of a draft that is not read for it; empty where it has none in any language."""
    titles = document.get("title") if isinstance(document, dict) else None
    found = {key: one for key, one in titles.items() if one} if isinstance(titles, dict) else {}
    title = found.get(locale) or next(iter(found.values()), "")
    return str(title[0] if isinstance(title, list) else title)


def _slots(document: Any, locale: str) -> dict[str, str]:
    definition = _read(document)
    if definition is None:
        return {}
    return {
        name: f"{slot.title.get(locale) or next(iter(slot.title.values()), name)} ({name})"
        for name, slot in definition.slots.items()
    }
