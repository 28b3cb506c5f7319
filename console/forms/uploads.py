"""Files that staff hand over."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

MEGABYTE = 1 << 20


class UploadForm(forms.Form):
    """A file of examples, of at most `most_megabytes`."""

    most_megabytes: ClassVar[int] = 20
    file = forms.FileField(label=_("File"), widget=forms.FileInput(attrs={"accept": ".csv,.jsonl,.json,.txt"}))

    kinds: ClassVar[Any] = _("CSV with the columns text and intent, or JSON lines. At most %(size)d MB.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = self.kinds % {"size": self.most_megabytes}

    def clean_file(self) -> Any:
        """Refuse what is too large, before it is read."""
        file = self.cleaned_data["file"]
        if file.size > self.most_megabytes * MEGABYTE:
            raise forms.ValidationError(_("The file is larger than %(size)d MB.") % {"size": self.most_megabytes})
        return file


class CaseUploadForm(UploadForm):
    """A file of evaluation cases."""

    most_megabytes = 5


class FormatUploadForm(UploadForm):
    """A file of training data in one of several forms."""

    kinds = _("CSV, JSON lines, Rasa YAML or an agent of Dialogflow ES (ZIP). At most %(size)d MB.")
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.jsonl,.json,.txt,.yml,.yaml,.zip"}),
    )
    file_format = forms.ChoiceField(
        label=_("Format"),
        required=False,
        choices=(
            ("auto", _("By its name and content")),
            ("csv", _("CSV")),
            ("jsonl", _("JSON lines")),
            ("rasa", _("Rasa YAML")),
            ("dialogflow", _("Dialogflow ES (ZIP)")),
        ),
    )
