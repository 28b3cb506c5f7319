"""Forms of recorded conversations."""

from __future__ import annotations

from typing import Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.actions.recordings import NAME_LENGTH
from chat.dialogue.flow_text import MOST_BYTES


class RecordForm(forms.Form):
    """The name under which a talk is kept."""

    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        help_text=_("What it shows, for example “the date is corrected before the change”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ScriptForm(forms.Form):
    """A recorded conversation as a document."""

    script = forms.CharField(
        label=_("The conversation as YAML"),
        max_length=MOST_BYTES,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "mono", "spellcheck": "false"}),
        help_text=_("As docs/flows.md describes it."),
    )


LARGEST_FILE: Final = MOST_BYTES


class RecordingFileForm(forms.Form):
    """A file of recorded conversations in one language."""

    file = forms.FileField(label=_("File"), widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml"}))
    locale = forms.ChoiceField(label=_("Language of the conversations"), choices=lambda: settings.LANGUAGES)

    def clean_file(self) -> str:
        """The file's text."""
        given = self.cleaned_data["file"]
        if given.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file has more than %(size)d kB.") % {"size": LARGEST_FILE // 1000})
        try:
            text: str = given.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("The file is not UTF-8 text. Save it as UTF-8 and try again.")) from None
        return text
