"""Forms of workspaces."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from nlu.models import Workspace


class WorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, short name and language of a new workspace."""

    default_locale = forms.ChoiceField(label=_("Default language"), choices=settings.LANGUAGES)

    class Meta:
        model = Workspace
        fields = ("name", "slug", "default_locale")
        labels = {"name": _("Name"), "slug": _("Short name")}
        help_texts = {"slug": _("Lower-case letters, digits and hyphens; used in addresses and commands.")}


class WorkspaceSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What may change later: the short name stays, because addresses and commands use it."""

    default_locale = forms.ChoiceField(label=_("Default language"), choices=settings.LANGUAGES)
    confirm_limit = forms.IntegerField(
        label=_("Confirmations before handing off"),
        min_value=0,
        max_value=5,
        help_text=_("How often the assistant asks “did you mean…?” about one question."),
    )
    rephrase_limit = forms.IntegerField(
        label=_("Rephrasings before handing off"),
        min_value=0,
        max_value=5,
        help_text=_("How often the assistant asks a customer to say it differently."),
    )

    class Meta:
        model = Workspace
        fields = ("name", "default_locale", "confirm_limit", "rephrase_limit")
        labels = {"name": _("Name")}
