"""Forms of entity types and their values."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from nlu.models import EntityType


class EntityTypeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, title and pattern; whether they can be used is the action's question."""

    class Meta:
        model = EntityType
        fields = ("name", "title", "pattern")
        labels = {"name": _("Name"), "title": _("Title"), "pattern": _("Pattern")}
        help_texts = {
            "name": _("Letters, digits, hyphens and underscores; used in files and reports."),
            "title": _("What colleagues read."),
            "pattern": _(
                "An RE2 expression, for example LM[0-9]{14}. Leave it empty if a list of values is enough."
            ),
        }
        widgets = {"pattern": forms.TextInput(attrs={"class": "mono", "spellcheck": "false"})}


class EntityValueForm(forms.Form):
    """A value and its other names, separated by commas or line ends."""

    value = forms.CharField(label=_("Value"), max_length=120)
    synonyms = forms.CharField(
        label=_("Synonyms"),
        required=False,
        max_length=15_000,
        help_text=_("Other words for the same, separated by commas."),
    )

    def words(self) -> list[str]:
        """The synonyms one by one; Chinese and Latin commas both separate."""
        text = self.cleaned_data["synonyms"]
        for mark in ("，", "、", ";", "；", "\n"):
            text = text.replace(mark, ",")
        return [word for word in text.split(",") if word.strip()]
