"""The form that trains a sentence encoder."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nlu.actions.encoders import DEFAULT_MINUTES, MOST_MINUTES, NAME_LENGTH
from nlu.models.encoders import PairSource

MEGABYTE: Final = 1 << 20
MOST_MEGABYTES: Final = 10


class EncoderForm(forms.Form):
    """Name, sources of pairs, and how long it may take; whether they are enough is the action's question."""

    name = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH, help_text=_("Trainings offer it by this name.")
    )
    sources = forms.MultipleChoiceField(
        label=_("Learn from"),
        choices=PairSource.choices,
        error_messages={"required": _("Choose at least one source.")},
    )
    file = forms.FileField(
        label=_("File of pairs"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.jsonl,.json,.txt"}),
        help_text=_("CSV or JSON lines with q1, q2 and label: 1 for the same meaning, 0 for another one."),
    )
    minutes = forms.IntegerField(
        label=_("Minutes at most"),
        min_value=1,
        max_value=MOST_MINUTES,
        initial=DEFAULT_MINUTES,
        help_text=_("When time is up it keeps what it has learned."),
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        today = date_format(timezone.localtime(), "SHORT_DATE_FORMAT")
        initial = {
            "name": gettext("Our questions, %(date)s") % {"date": today},
            "sources": [PairSource.UTTERANCES, PairSource.ARTICLES, PairSource.CHAT],
        }
        super().__init__(data, files, initial=initial, auto_id="encoder-%s")

    def clean(self) -> dict[str, Any]:
        """A file where one is wanted, of a size that can be read at once."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        file = data.get("file")
        if file is not None and PairSource.FILE not in data.get("sources", ()):
            data["sources"] = [*data.get("sources", ()), PairSource.FILE]
            self.errors.pop("sources", None)
        if file is None and PairSource.FILE in data.get("sources", ()):
            self.add_error("file", _("Choose the file of pairs."))
        elif file is not None and file.size > MOST_MEGABYTES * MEGABYTE:
            self.add_error("file", _("The file is larger than %(size)d MB.") % {"size": MOST_MEGABYTES})
        return data
