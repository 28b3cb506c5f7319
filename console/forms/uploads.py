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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "CSV with the columns text and intent, or JSON lines. At most %(size)d MB."
        ) % {"size": self.most_megabytes}

    def clean_file(self) -> Any:
        """Refuse what is too large, before it is read."""
        file = self.cleaned_data["file"]
        if file.size > self.most_megabytes * MEGABYTE:
            raise forms.ValidationError(_("The file is larger than %(size)d MB.") % {"size": self.most_megabytes})
        return file


class CaseUploadForm(UploadForm):
    """A file of evaluation cases."""

    most_megabytes = 5
