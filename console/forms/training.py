"""The form that starts a training."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.encoder_words import TITLES, encoder_name
from nlu.models import Workspace
from nlu.models.training import Effort
from nlu.training_plans import FEWEST_MINUTES, MOST_MINUTES, NGRAM, TrainingPlan, options_of, remembered_plan


class TrainingForm(forms.Form):
    """How the training is done; what the workspace remembers stands in it first."""

    effort = forms.ChoiceField(label=_("How"), choices=list(TITLES.items()))
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=FEWEST_MINUTES,
        max_value=MOST_MINUTES,
        help_text=_("What comparing encoders may take; the first training is always finished."),
    )
    encoder = forms.ChoiceField(label=_("Encoder"), required=False)
    unlabelled = forms.BooleanField(label=_("Learn from unlabelled messages, too"), required=False)

    def __init__(self, data: Any = None, *, workspace: Workspace) -> None:
        plan = remembered_plan(workspace)
        initial = {
            "effort": plan.effort,
            "minutes": plan.minutes,
            "encoder": plan.encoder,
            "unlabelled": plan.unlabelled,
        }
        super().__init__(data, initial=initial, auto_id="training-%s")
        self.options = [one for one in options_of(workspace) if one.key != NGRAM]
        encoder = self.fields["encoder"]
        assert isinstance(encoder, forms.ChoiceField)  # noqa: S101 - declared above
        encoder.choices = [(one.key, encoder_name(one.name)) for one in self.options]
        if plan.encoder == NGRAM and self.options:
            self.initial["encoder"] = self.options[0].key

    def clean(self) -> dict[str, Any]:
        """One encoder by name takes a name."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("effort") == Effort.NAMED and not data.get("encoder") and "encoder" not in self.errors:
            self.add_error("encoder", _("Choose the encoder."))
        return data

    def plan(self) -> TrainingPlan:
        """What the valid form says."""
        data = self.cleaned_data
        named = data["effort"] == Effort.NAMED
        encoder = data["encoder"] if named else NGRAM
        return TrainingPlan(data["effort"], data["minutes"], encoder, data["unlabelled"])
