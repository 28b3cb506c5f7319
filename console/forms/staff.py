"""Forms of staff accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from console.permissions import ROLE_DESCRIPTIONS, ROLE_TITLES, ROLES


class StaffForm(forms.Form):
    """Name, address, roles, and whether the person may sign in."""

    full_name = forms.CharField(label=_("Full name"), max_length=150, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        choices=[(role, ROLE_TITLES[role]) for role in ROLES],
        widget=forms.CheckboxSelectMultiple,
    )
    is_active = forms.BooleanField(label=_("May sign in"), required=False, initial=True)

    @property
    def descriptions(self) -> list[tuple[Any, Any]]:
        """What each role may do, for the text beside the boxes."""
        return [(ROLE_TITLES[role], ROLE_DESCRIPTIONS[role]) for role in ROLES]


class NewStaffForm(StaffForm):
    """A new account with its first password."""

    field_order = ("username", "full_name", "email", "password", "roles")
    username = forms.CharField(
        label=_("Name to sign in with"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("First password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. The person can change it after signing in."),
    )
    is_active = None  # type: ignore[assignment] # a new account may sign in

    def clean_username(self) -> str:
        """Say early that the name is taken."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("Somebody has this name already."))
        return name


class StaffPasswordForm(forms.Form):
    """A new password for somebody else."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. The person is signed out everywhere."),
    )


class AgentForm(forms.Form):
    """How somebody who answers customers appears to them."""

    display_name = forms.CharField(label=_("Name shown to customers"), max_length=80)
    capacity = forms.IntegerField(label=_("Most conversations at once"), min_value=1, max_value=50)
