"""The forms that ask for proposed utterances, and that accept one in other words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.tables import number_of
from nlu.actions.generation_runs import DEFAULT_PER_INTENT, MOST_PER_INTENT
from nlu.models import Intent, ProposedUtterance, Workspace
from nlu.models.proposals import GenerationMethod


class IntentsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Intents by number; what can be no row's number is no choice."""

    def clean(self, value: Any) -> Any:
        """The intents; ValidationError names the value that is none."""
        for one in value or ():
            if number_of(str(one)) is None:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": one}
                )
        return super().clean(value)


class GenerationForm(forms.Form):
    """How, for which intents and how many; whether that can be done is the action's question."""

    method = forms.ChoiceField(label=_("How"), choices=GenerationMethod.choices)
    intents = IntentsField(
        label=_("For which intents"),
        queryset=Intent.objects.none(),
        error_messages={"required": _("Choose at least one intent.")},
    )
    per_intent = forms.IntegerField(
        label=_("Proposals an intent, at most"), min_value=1, max_value=MOST_PER_INTENT
    )
    with_effect = forms.BooleanField(label=_("Measure what they would change"), required=False)

    def __init__(self, data: Any = None, *, workspace: Workspace, chosen: list[int] | None = None) -> None:
        initial = {
            "method": GenerationMethod.PARAPHRASE,
            "per_intent": DEFAULT_PER_INTENT,
            "intents": chosen or [],
        }
        super().__init__(data, initial=initial, auto_id="generation-%s")
        intents = self.fields["intents"]
        assert isinstance(intents, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        intents.queryset = Intent.objects.filter(workspace=workspace)


class ProposalForm(forms.Form):
    """The wording and the intent that a proposal is accepted with."""

    text = forms.CharField(label=_("Wording"), max_length=2000, widget=forms.TextInput(attrs={"autofocus": True}))
    intent = forms.ModelChoiceField(label=_("Intent"), queryset=Intent.objects.none(), empty_label=None)

    def __init__(self, data: Any = None, *, proposal: ProposedUtterance) -> None:
        super().__init__(
            data,
            initial={"text": proposal.text, "intent": proposal.intent_id},
            auto_id="proposal-%s",
        )
        intent = self.fields["intent"]
        assert isinstance(intent, forms.ModelChoiceField)  # noqa: S101 - declared above
        intent.queryset = Intent.objects.filter(workspace=proposal.workspace_id).order_by("name")
