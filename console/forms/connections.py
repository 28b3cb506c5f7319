"""Forms of connections and business actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.business.definitions import ActionDefinition
from chat.business.requests import LONGEST_INPUT
from chat.models import Connection


class ConnectionForm(forms.Form):
    """Where a system is and what opens it. The secret's field is empty whether one is stored or not."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
        help_text=_(
            "Lower-case letters, digits and underscores, for example order_system. It cannot be changed later."
        ),
    )
    base_url = forms.CharField(
        label=_("Address"),
        max_length=500,
        required=False,
        widget=forms.TextInput(
            attrs={
                "class": "mono",
                "inputmode": "url",
                "spellcheck": "false",
                "placeholder": "https://erp.example/api",
            }
        ),
        help_text=_(
            "Paths of actions are added to it. Addresses inside your network need an entry in EGRESS_ALLOW of the "
            "installation."
        ),
    )
    header = forms.CharField(
        label=_("Header of the secret"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "placeholder": "Authorization"}),
        help_text=_("Empty if the system needs no secret."),
    )
    scheme = forms.CharField(
        label=_("Word before the secret"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "placeholder": "Bearer"}),
    )
    secret_value = forms.CharField(
        label=_("Secret"),
        max_length=4_000,
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    forget_secret = forms.BooleanField(label=_("Forget the stored secret"), required=False)

    def __init__(self, *args: Any, connection: Connection | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        secret = self.fields["secret_value"]
        if connection is None:
            del self.fields["forget_secret"]
            secret.help_text = _("Stored encrypted, shown to nobody.")
            return
        del self.fields["name"]
        if connection.secret_id is None:
            del self.fields["forget_secret"]
            secret.help_text = _("Not set. Stored encrypted, shown to nobody.")
        else:
            secret.help_text = _("Set. Leave it empty to keep it; another scheme, host or port clears it.")

    def values(self) -> dict[str, str]:
        """The action's arguments."""
        return {
            name: self.cleaned_data[name].strip()
            for name in ("name", "base_url", "header", "scheme", "secret_value")
            if name in self.cleaned_data
        }


class BusinessActionForm(forms.Form):
    """The definition as text; the reader's errors name the place."""

    text = forms.CharField(
        label=_("Definition"),
        max_length=20_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 22, "class": "mono", "spellcheck": "false"}),
        help_text=_("YAML, as docs/flows.md describes it: method, path, inputs, outputs, outcomes."),
    )


class TrialForm(forms.Form):
    """A field for each input of an action, and for one that writes the word that it may."""

    def __init__(self, *args: Any, definition: ActionDefinition, **kwargs: Any) -> None:
        kwargs["prefix"] = "trial"
        super().__init__(*args, **kwargs)
        for name, declared in definition.inputs.items():
            self.fields[name] = forms.CharField(
                label=name,
                required=declared.required,
                max_length=LONGEST_INPUT,
                widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
            )
        if definition.writes:
            self.fields["_sure"] = forms.BooleanField(label=_("Yes, this may change something in the system"))

    def inputs(self) -> Mapping[str, str]:
        """The call's inputs."""
        return {name: value for name, value in self.cleaned_data.items() if name != "_sure"}
