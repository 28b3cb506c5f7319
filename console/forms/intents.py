"""Forms of intents and their utterances."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.models.replies import HandlingKind
from nlu.models import Intent


class IntentForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name and description; whether the name is free is the action's question."""

    class Meta:
        model = Intent
        fields = ("name", "description")
        labels = {"name": _("Name"), "description": _("Description")}
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "description": _("For colleagues: when it applies, and which similar intent it is not."),
        }


class ReplyForm(forms.Form):
    """Titles, handling, wordings and quick replies of one intent in all languages of the product.

    Wordings are repeated fields `reply-LANGUAGE`, quick replies one field a language with a line each.
    """

    kind = forms.ChoiceField(
        label=_("When a customer asks this"), choices=HandlingKind.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for locale, _language in settings.LANGUAGES:
            self.fields[f"title-{locale}"] = forms.CharField(
                label=_("Title"),
                max_length=120,
                required=False,
                help_text=_("What customers read: “Did you mean: …?”"),
            )
            self.fields[f"quick-{locale}"] = forms.CharField(
                label=_("Quick replies"),
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("Texts to tap after the reply, one a line."),
            )

    def titles(self) -> dict[str, str]:
        """Language -> title."""
        return {locale: self.cleaned_data[f"title-{locale}"] for locale, _name in settings.LANGUAGES}

    def quick_replies(self) -> dict[str, list[str]]:
        """Language -> quick replies."""
        return {locale: self.cleaned_data[f"quick-{locale}"].splitlines() for locale, _name in settings.LANGUAGES}

    def replies(self) -> dict[str, list[str]]:
        """Language -> wordings, as posted."""
        getlist = self.data.getlist if hasattr(self.data, "getlist") else None
        return {locale: getlist(f"reply-{locale}") if getlist else [] for locale, _name in settings.LANGUAGES}
