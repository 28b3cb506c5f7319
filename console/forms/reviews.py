"""The filter of the review queue, and the form that corrects a turn from its transcript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from chat.models import Site
from chat.models.reviews import Doubt, Objection, ReviewStatus
from chat.transcripts import FIRST_DAY, LAST_DAY
from console.forms.transcripts import DayInput
from console.review_lists import OUTSIDE, ReviewFilter
from nlu.models import Intent, Workspace

VERDICTS = (("right", _("the assistant was right")), ("wrong", _("the assistant was wrong")))


class ReviewFilterForm(forms.Form):
    """What to look for; the fields are the page's address. `from` is a word of Python: made in `__init__`."""

    state = forms.ChoiceField(label=_("Show"), required=False, choices=ReviewStatus)
    reason = forms.ChoiceField(label=_("Why"), required=False)
    intent = forms.ChoiceField(label=_("Understood as"), required=False)
    verdict = forms.ChoiceField(label=_("Verdict"), required=False)
    site = forms.ModelChoiceField(
        label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("All sites")
    )
    locale = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, data: Any, *, workspace: Workspace) -> None:
        super().__init__(data, auto_id="filter-%s")
        names = list(Intent.objects.filter(workspace=workspace).order_by("name").values_list("name", flat=True))
        asked = str(self.data.get("intent", ""))
        if asked and asked not in {*names, OUTSIDE} and "\x00" not in asked:
            names.append(asked)  # an intent that is gone since: an empty list, or old rows, but no error
        self.choose("reason", _("Every reason"), [*Doubt.choices, *Objection.choices])
        self.choose("intent", _("All intents"), [(OUTSIDE, _("Out of scope")), *((name, name) for name in names)])
        self.choose("verdict", _("Any verdict"), list(VERDICTS))
        self.choose("locale", _("All languages"), list(settings.LANGUAGES))
        sites = self.fields["site"]
        if isinstance(sites, forms.ModelChoiceField):
            sites.queryset = Site.objects.filter(workspace=workspace)
        bounds = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        for name, label in (("from", _("From")), ("to", _("To"))):
            self.fields[name] = forms.DateField(
                label=label, required=False, widget=DayInput(), input_formats=["%Y-%m-%d"], validators=bounds
            )

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
        """Whether any field but the state is filled in."""
        return any(str(self.data.get(name, "")).strip() for name in self.fields if name != "state")

    def wanted(self) -> ReviewFilter | None:
        """The filter, or None while something in the form is wrong."""
        if not self.is_valid():
            return None
        cleaned = self.cleaned_data
        site: Site | None = cleaned["site"]
        verdict = {"right": True, "wrong": False}.get(cleaned["verdict"])
        return ReviewFilter(
            state=cleaned["state"] or ReviewStatus.OPEN,
            reason=cleaned["reason"],
            intent=cleaned["intent"],
            was_right=verdict,
            site_id=site.pk if site is not None else None,
            locale=cleaned["locale"],
            first_day=cleaned["from"],
            last_day=cleaned["to"],
        )


class CorrectionForm(forms.Form):
    """What a customer meant, as chosen beside the transcript. `outside` stands for out of scope."""

    intent = forms.ChoiceField(label=_("It should have been"))
    case = forms.BooleanField(
        label=_("Keep it as a case, so that no new model gets it wrong again"), required=False
    )
    marks = forms.BooleanField(label=_("The marked words are right; teach them, too"), required=False)
    article = forms.BooleanField(label=_("Draft an article from the agent’s answer"), required=False)

    def __init__(
        self, data: Any, *, workspace: Workspace, titles: Mapping[str, str], initial: dict[str, object]
    ) -> None:
        super().__init__(data, initial=initial, auto_id="correct-%s")
        self.workspace = workspace
        names = Intent.objects.filter(workspace=workspace).order_by("name").values_list("pk", "name")
        field = self.fields["intent"]
        if isinstance(field, forms.ChoiceField):
            known = [(str(pk), titles.get(name, name)) for pk, name in names]
            field.choices = [(OUTSIDE, _("Out of scope")), *known]

    def meant(self) -> Intent | None:
        """The chosen intent, None for out of scope; the form is valid."""
        chosen = self.cleaned_data["intent"]
        return None if chosen == OUTSIDE else Intent.objects.get(workspace=self.workspace, pk=int(chosen))
