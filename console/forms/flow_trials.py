"""Forms of trying a flow out: how the talk begins, and what a withheld call shall bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.actions.flow_trials import VALUE_LENGTH
from chat.business.definitions import STANDING_OUTCOMES, ActionDefinition, Output
from chat.dialogue.flows import Flow as FlowDefinition
from chat.dialogue.trials import Start
from chat.models import FlowVersion
from console.flow_words import slot_title

SLOT: Final = "slot_"
PROFILE: Final = "profile_"
MESSAGE: Final = ""
"""Where the talk begins with what a customer writes."""


class TrialStartForm(forms.Form):
    """Which version, in which language, from where, and what is known already."""

    version = forms.ChoiceField(label=_("What to try"), required=False)
    locale = forms.ChoiceField(label=_("Language"), choices=lambda: settings.LANGUAGES)
    step = forms.ChoiceField(label=_("Where it begins"), required=False)

    def __init__(
        self,
        *args: Any,
        definition: FlowDefinition,
        versions: Sequence[FlowVersion],
        attributes: Sequence[str],
        locale: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [  # type: ignore[attr-defined]
            ("", _("the draft")),
            *((str(one.number), _("version %(number)d") % {"number": one.number}) for one in versions),
        ]
        self.fields["step"].choices = [  # type: ignore[attr-defined]
            (MESSAGE, _("with a customer’s message")),
            *(
                (step.id, _("at step %(number)d, %(step)s") % {"number": place, "step": step.id})
                for place, step in enumerate(definition.steps, start=1)
            ),
        ]
        for name in definition.slots:
            self.fields[SLOT + name] = forms.CharField(
                label=slot_title(definition, name, locale), required=False, max_length=VALUE_LENGTH
            )
        for name in attributes:
            self.fields[PROFILE + name] = forms.CharField(
                label=f"profile.{name}", required=False, max_length=VALUE_LENGTH
            )

    @property
    def known_fields(self) -> list[forms.BoundField]:
        """The fields of slots and of the customer's profile."""
        return [self[name] for name in self.fields if name.startswith((SLOT, PROFILE))]

    def given(self, prefix: str) -> dict[str, str]:
        """The values that were typed, by name."""
        values = {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix) and name not in ("version", "locale", "step")
        }
        return {name: value for name, value in values.items() if value}

    def start(self) -> Start | None:
        """Where the flow begins by itself; None if it begins with a message."""
        step = self.cleaned_data["step"]
        return Start(step, self.given(SLOT)) if step != MESSAGE else None


class OutcomeForm(forms.Form):
    """What a call that is not made shall have brought."""

    outcome = forms.ChoiceField(label=_("Outcome"))

    def __init__(self, *args: Any, action: ActionDefinition | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = action.outcome_names if action is not None else frozenset(STANDING_OUTCOMES)
        declared = sorted(known - frozenset(STANDING_OUTCOMES))
        names = ["ok", *declared, *(name for name in STANDING_OUTCOMES if name != "ok")]
        self.fields["outcome"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        outputs = action.outputs if action is not None else {}
        for name, output in outputs.items():
            if isinstance(output, Output):
                self.fields[f"output_{name}"] = forms.CharField(
                    label=name,
                    required=False,
                    max_length=VALUE_LENGTH,
                    widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
                )

    @property
    def output_fields(self) -> list[forms.BoundField]:
        """The fields of what the answer holds."""
        return [self[name] for name in self.fields if name != "outcome"]

    def outputs(self) -> dict[str, str]:
        """The values, empty ones too: a flow reads what is not there as empty."""
        return {
            name.removeprefix("output_"): value for name, value in self.cleaned_data.items() if name != "outcome"
        }
