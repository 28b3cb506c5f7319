"""Forms of what may be known about customers, and of who vouches for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.models import ProfileAttribute, Site
from chat.models.profiles import AttributeKind, Basis


class AttributeForm(forms.Form):
    """An attribute of the workspace; its name cannot be changed later."""

    name = forms.CharField(
        label=_("Name"),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "placeholder": "tier"}),
        help_text=_("As the site's token and the flows write it: lower-case letters, digits and underscores."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=AttributeKind.choices,
        help_text=_("E-mail addresses and telephone numbers are kept sealed; nobody reads them on a page."),
    )
    basis = forms.ChoiceField(
        label=_("Lawful basis"),
        required=False,
        choices=Basis.choices,
        help_text=_(
            "Needed for the contract: used without asking. Legitimate interest: used until the customer objects. "
            "Consent: stored only for those who agreed."
        ),
    )
    purpose = forms.CharField(
        label=_("What for"),
        max_length=200,
        required=False,
        help_text=_("One sentence. Customers read it under “About me”."),
    )
    keep_days = forms.IntegerField(
        label=_("Kept for days"),
        min_value=1,
        max_value=3_650,
        initial=365,
        help_text=_("Since the site last said so."),
    )

    def __init__(self, data: Any = None, *, attribute: ProfileAttribute | None = None) -> None:
        initial = None
        if attribute is not None:
            initial = {
                "kind": attribute.kind,
                "basis": attribute.basis,
                "purpose": attribute.purpose,
                "keep_days": attribute.keep_days,
                **{f"title_{code}": attribute.titles.get(code, "") for code, _name in settings.LANGUAGES},
            }
        super().__init__(data, initial=initial)
        for code, name in settings.LANGUAGES:
            self.fields[f"title_{code}"] = forms.CharField(
                label=_("Called, in %(language)s") % {"language": name}, max_length=60, required=False
            )
        if attribute is not None:
            del self.fields["name"]

    def title_fields(self) -> list[forms.BoundField]:
        """The titles, a field a language."""
        return [self[f"title_{code}"] for code, _name in settings.LANGUAGES]

    def values(self) -> Mapping[str, Any]:
        """What the action takes."""
        cleaned = dict(self.cleaned_data)
        titles = {code: cleaned.pop(f"title_{code}") for code, _name in settings.LANGUAGES}
        return {**cleaned, "titles": titles}


class VouchingForm(forms.Form):
    """What a site asks of its visitors, and what it offers them."""

    identity_required = forms.BooleanField(
        label=_("Only for signed-in customers"),
        required=False,
        help_text=_("Without a signed identity of the last twelve hours the chat does not open."),
    )
    offers_to_remember = forms.BooleanField(
        label=_("Offer to remember"),
        required=False,
        help_text=_(
            "After a task the assistant asks once whether it may keep what was confirmed, for half a year. "
            "Without a yes nothing is kept beyond the talk."
        ),
    )

    def __init__(self, data: Any = None, *, site: Site) -> None:
        initial = {"identity_required": site.identity_required, "offers_to_remember": site.offers_to_remember}
        super().__init__(data, initial=initial)


class ErasureForm(forms.Form):
    """Why a person is erased; the audit list keeps it."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=5,
        max_length=300,
        help_text=_("For example the number of their request. It stays in the audit list: name nobody."),
    )
