"""The filter of the review queue, and the form that corrects a turn from its transcript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.models import Site
from chat.models.reviews import Doubt, Objection, ReviewStatus
from console.forms.day_ranges import DayRangeForm
from console.review_lists import OUTSIDE, SHADOW, ReviewFilter
from nlu.models import Intent, Workspace

VERDICTS = (("right", _("the assistant was right")), ("wrong", _("the assistant was wrong")))


class ReviewFilterForm(DayRangeForm):
    """What to look for; the fields are the page's address."""

    field_order = ("state", "reason", "intent", "verdict", "site", "locale", "from", "to")

    state = forms.ChoiceField(label=_("Show"), required=False, choices=ReviewStatus)
    reason = forms.ChoiceField(label=_("Why"), required=False)
    intent = forms.ChoiceField(label=_("Understood as"), required=False)
    verdict = forms.ChoiceField(label=_("Verdict"), required=False)
    locale = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, data: Any, *, workspace: Workspace) -> None:
        super().__init__(data, workspace=workspace)
        names = list(Intent.objects.filter(workspace=workspace).order_by("name").values_list("name", flat=True))
        asked = str(self.data.get("intent", ""))
        if asked and asked not in {*names, OUTSIDE} and "\x00" not in asked:
            names.append(asked)  # an intent that is gone since: an empty list, or old rows, but no error
        self.choose(
            "reason", _("Every reason"), [(SHADOW, _("the shadow disagrees")), *Doubt.choices, *Objection.choices]
        )
        self.choose("intent", _("All intents"), [(OUTSIDE, _("Out of scope")), *((name, name) for name in names)])
        self.choose("verdict", _("Any verdict"), list(VERDICTS))
        self.choose("locale", _("All languages"), list(settings.LANGUAGES))
        self.fields |= self.day_fields()
        self.order_fields(self.field_order)

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

    part = forms.ChoiceField(label=_("What is corrected"), required=False)
    intent = forms.ChoiceField(label=_("It should have been"))
    case = forms.BooleanField(
        label=_("Keep it as a case, so that no new model gets it wrong again"), required=False
    )
    marks = forms.BooleanField(label=_("The marked words are right; teach them, too"), required=False)
    article = forms.BooleanField(label=_("Draft an article from the agent’s answer"), required=False)

    def __init__(
        self,
        data: Any,
        *,
        workspace: Workspace,
        titles: Mapping[str, str],
        parts: Sequence[tuple[int, str]],
        initial: dict[str, object],
    ) -> None:
        """`parts`: number and words of each part of a message that says several intents."""
        super().__init__(data, initial=initial, auto_id="correct-%s")
        self.workspace = workspace
        names = Intent.objects.filter(workspace=workspace).order_by("name").values_list("pk", "name")
        field = self.fields["intent"]
        if isinstance(field, forms.ChoiceField):
            known = [(str(pk), titles.get(name, name)) for pk, name in names]
            nothing = [("", _("Choose…"))] if parts else []
            field.choices = [*nothing, (OUTSIDE, _("Out of scope")), *known]
        words = self.fields["part"]
        if isinstance(words, forms.ChoiceField):
            words.choices = [*parts, (0, _("the whole message, which says one intent"))]

    def corrected(self) -> int:
        """The number of the part that is corrected, 0 for the whole message; the form is valid."""
        return int(self.cleaned_data["part"] or 0)

    def meant(self) -> Intent | None:
        """The chosen intent, None for out of scope; the form is valid."""
        chosen = self.cleaned_data["intent"]
        return None if chosen == OUTSIDE else Intent.objects.get(workspace=self.workspace, pk=int(chosen))
