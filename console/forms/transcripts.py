"""The filter of the transcripts; its fields are the page's address, so that a search can be sent on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from chat.models import Site
from chat.models.conversations import ConversationStatus
from chat.transcripts import FIRST_DAY, LAST_DAY, Outcome, TranscriptFilter, intents_in
from nlu.models import Workspace


class DayInput(forms.DateInput):
    """The browser's own date field; it speaks ISO 8601 in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TranscriptFilterForm(forms.Form):
    """What to look for. `from` is a word of the language, so the fields are made by name in `__init__`."""

    q = forms.CharField(
        label=_("Search"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a visitor's code")}),
    )
    intent = forms.ChoiceField(label=_("Intent"), required=False)
    outcome = forms.ChoiceField(label=_("What happened"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    site = forms.ModelChoiceField(
        label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("All sites")
    )
    locale = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, data: Any, *, workspace: Workspace) -> None:
        super().__init__(data, auto_id="filter-%s")
        bounds = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        days = {
            name: forms.DateField(
                label=label, required=False, widget=DayInput(), input_formats=["%Y-%m-%d"], validators=bounds
            )
            for name, label in (("from", _("From")), ("to", _("To")))
        }
        self.fields = {"q": self.fields["q"], **days, **self.fields}
        names = list(intents_in(workspace))
        asked = str(self.data.get("intent", ""))
        if asked and asked not in names and "\x00" not in asked:
            # A link from the intents' page may name one that nobody has meant yet: an empty list, not an error.
            names.append(asked)
        self.choose("intent", _("All intents"), [(name, name) for name in names])
        self.choose("outcome", _("Everything"), list(Outcome.choices))
        self.choose("status", _("Every status"), list(ConversationStatus.choices))
        self.choose("locale", _("All languages"), list(settings.LANGUAGES))
        sites = self.fields["site"]
        if isinstance(sites, forms.ModelChoiceField):
            sites.queryset = Site.objects.filter(workspace=workspace)

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

    @property
    def narrows(self) -> bool:
        """Whether any field is filled in."""
        return any(str(self.data.get(name, "")).strip() for name in self.fields)

    def wanted(self) -> TranscriptFilter | None:
        """The filter, or None while something in the form is wrong."""
        if not self.is_valid():
            return None
        cleaned = self.cleaned_data
        site: Site | None = cleaned["site"]
        return TranscriptFilter(
            query=cleaned["q"].strip(),
            first_day=cleaned["from"],
            last_day=cleaned["to"],
            intent=cleaned["intent"],
            outcome=cleaned["outcome"],
            status=cleaned["status"],
            site_id=site.pk if site is not None else None,
            locale=cleaned["locale"],
        )
