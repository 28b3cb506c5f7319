"""The form of a masking rule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nlu.models import MaskingRule


class MaskingRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the rule finds and what stands in the text instead; the action checks the expression."""

    class Meta:
        model = MaskingRule
        fields = ("name", "recognizer", "pattern", "label", "keeps_original", "enabled")
        labels = {
            "name": _("Name"),
            "recognizer": _("Finds"),
            "pattern": _("Pattern"),
            "label": _("Placeholder label"),
            "keeps_original": _("Keep the original in the vault"),
            "enabled": _("In use"),
        }
        help_texts = {
            "pattern": _("Only for “own pattern”: an RE2 expression, for example 会员号[0-9]{8}."),
            "label": _("What stands in the text instead, without brackets: “phone” becomes [phone#1]."),
            "keeps_original": _(
                "Encrypted. Business actions can use it, and who has the right can open it with a reason. "
                "Without it the original is gone."
            ),
        }
        widgets = {"pattern": forms.TextInput(attrs={"class": "mono", "spellcheck": "false"})}

    def _post_clean(self) -> None:
        """Leave the model's own checks to the action, whose messages are for people."""

    def values(self) -> dict[str, Any]:
        """The action's arguments; a built-in recognizer has no pattern."""
        fields = dict(self.cleaned_data)
        if fields["recognizer"] != "pattern":
            fields["pattern"] = ""
        return fields
