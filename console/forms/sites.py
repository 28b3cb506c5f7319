"""Forms of sites and API tokens."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.models import ApiToken, Site

SCOPE_TITLES: dict[str, str | Promise] = {
    "parse": _("ask what a text means"),
    "articles:read": _("read published articles"),
    "conversations:read": _("list conversations"),
    "messages:read": _("read messages"),
    "messages:write": _("post messages"),
}


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new site; the key cannot be changed later."""

    locale = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    origins = forms.CharField(
        label=_("Allowed addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono", "placeholder": "https://shop.example"}),
        help_text=_("Pages of these addresses may show the widget, one a line: scheme and host, no path."),
    )

    class Meta:
        model = Site
        fields: tuple[str, ...] = ("name", "key", "locale", "origins", "enabled")
        labels = {"name": _("Name"), "key": _("Site key"), "enabled": _("In use")}
        help_texts = {
            "key": _(
                "Stands in the embedding tag; it is public. Letters, digits, hyphens. It cannot be changed later."
            ),
            "name": _("Customers read it at the top of the chat."),
        }

    def _post_clean(self) -> None:
        """Leave the model's own checks to the action, whose messages are for people."""


class SiteSettingsForm(SiteForm):
    """Everything but the key."""

    class Meta(SiteForm.Meta):
        fields = ("name", "locale", "origins", "enabled")


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("The program that will use it, for example “warehouse”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("Is allowed to"),
        choices=[(scope, SCOPE_TITLES.get(scope, scope)) for scope in ApiToken.SCOPES],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Give it no more than it needs."),
    )
