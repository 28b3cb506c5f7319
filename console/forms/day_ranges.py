"""What the filters of lists of messages have in common: a range of days, the sites, selects that may stay open."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from chat.models import Site
from chat.transcripts import FIRST_DAY, LAST_DAY
from nlu.models import Workspace


class DayInput(forms.DateInput):
    """The browser's own date field; it speaks ISO 8601 in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayRangeForm(forms.Form):
    """A filter with `site`, `from` and `to`. `from` is a word of Python: `day_fields` has them by name."""

    site = forms.ModelChoiceField(
        label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("All sites")
    )

    def __init__(self, data: Any, *, workspace: Workspace) -> None:
        super().__init__(data, auto_id="filter-%s")
        sites = self.fields["site"]
        if isinstance(sites, forms.ModelChoiceField):
            sites.queryset = Site.objects.filter(workspace=workspace)

    @staticmethod
    def day_fields() -> dict[str, forms.Field]:
        """The first and the last day."""
        bounds = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        return {
            name: forms.DateField(
                label=label, required=False, widget=DayInput(), input_formats=["%Y-%m-%d"], validators=bounds
            )
            for name, label in (("from", _("From")), ("to", _("To")))
        }

    def choose(self, name: str, everything: object, choices: list[tuple[str, Any]]) -> None:
        """Give a select its choices, the one that does not narrow first."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", everything), *choices]

    def clean(self) -> dict[str, Any]:
        """The range must not be the wrong way round."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if first is not None and last is not None and first > last:
            raise ValidationError(_("The first day is after the last one."))
        return cleaned
