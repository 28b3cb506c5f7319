"""Forms of the person who is signed in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.forms import TextInput
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """Name and password; the name keeps its capitals on phones."""

    error_messages = {
        "invalid_login": _("That name and password do not belong together. Both are case-sensitive."),
        "inactive": _("This account is switched off. Ask an administrator."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Name")
        self.fields["username"].widget = TextInput(
            attrs={"autofocus": True, "autocapitalize": "none", "autocomplete": "username"}
        )


class OwnPasswordForm(PasswordChangeForm):
    """Old password once, new one twice."""
