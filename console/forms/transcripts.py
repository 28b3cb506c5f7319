"""The filter of the transcripts; its fields are the page's address, so that a search can be sent on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.models import Site
from chat.models.conversations import ConversationStatus
from chat.transcripts import Outcome, TranscriptFilter, intents_in
from console.forms.day_ranges import DayRangeForm
from nlu.actions.audit import REASON_LENGTH
from nlu.models import Workspace


class RevealForm(forms.Form):
    """Why somebody wants to see an original."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        help_text=_("For example: the customer asked to be called back about order LM2026."),
    )


class TranscriptFilterForm(DayRangeForm):
    """What to look for."""

    field_order = ("q", "from", "to", "intent", "outcome", "status", "site", "locale", "written")

    q = forms.CharField(
        label=_("Search"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a visitor's code")}),
    )
    intent = forms.ChoiceField(label=_("Intent"), required=False)
    outcome = forms.ChoiceField(label=_("What happened"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    locale = forms.ChoiceField(label=_("Language"), required=False)
    written = forms.ChoiceField(label=_("Language of a message"), required=False)

    def __init__(self, data: Any, *, workspace: Workspace) -> None:
        super().__init__(data, workspace=workspace)
        names = list(intents_in(workspace))
        asked = str(self.data.get("intent", ""))
        if asked and asked not in names and "\x00" not in asked:
            # A link from the intents' page may name one that nobody has meant yet: an empty list, not an error.
            names.append(asked)
        self.choose("intent", _("All intents"), [(name, name) for name in names])
        self.choose("outcome", _("Everything"), list(Outcome.choices))
        self.choose("status", _("Every status"), list(ConversationStatus.choices))
        for name in ("locale", "written"):
            self.choose(name, _("All languages"), list(settings.LANGUAGES))
        self.fields |= self.day_fields()
        self.order_fields(self.field_order)

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
            written=cleaned["written"],
        )
