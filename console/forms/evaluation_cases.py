"""Forms of the evaluation set."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from nlu.models import EvaluationCase, Intent, Workspace

OUTSIDE = "outside"
Spans = tuple[tuple[int, int, str], ...]


class CaseForm(forms.Form):
    """A message and what it should be understood as; whether the set has it already is the action's question."""

    text = forms.CharField(
        label=_("A customer’s message"),
        max_length=2000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    intent = forms.ChoiceField(label=_("Should be understood as"))
    locale = forms.ChoiceField(label=_("Language"), required=False)
    marks = forms.CharField(
        label=_("Marked words"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_("One a line, type and words as they stand in the message, for example city: Oslo."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=300,
        help_text=_("For colleagues: why this case matters."),
    )

    def __init__(
        self, workspace: Workspace, *args: Any, case: EvaluationCase | None = None, **kwargs: Any
    ) -> None:
        if case is not None:
            kwargs["initial"] = {
                "text": case.text,
                "intent": str(case.intent_id) if case.intent_id else OUTSIDE,
                "locale": case.locale,
                "marks": marks_text(case),
                "note": case.note,
            }
        super().__init__(*args, **kwargs)
        self.intents = {str(one.pk): one for one in Intent.objects.filter(workspace=workspace).order_by("name")}
        choices = [("", _("Choose…")), *((pk, one.name) for pk, one in self.intents.items())]
        languages = [("", _("Language by script")), *settings.LANGUAGES]
        for name, values in (("intent", [*choices, (OUTSIDE, _("Out of scope"))]), ("locale", languages)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = values

    def clean(self) -> dict[str, Any]:
        """Find the marked words in the message."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            data["entities"] = spans_of_marks(" ".join(data.get("text", "").split()), data.get("marks", ""))
        except ValueError as error:
            self.add_error("marks", _("“%(line)s” is not type: words of the message.") % {"line": error})
        if "text" in data:
            data["text"] = " ".join(data["text"].split())
        return data

    def values(self) -> dict[str, Any]:
        """The arguments of the actions."""
        data = self.cleaned_data
        return {
            "text": data["text"],
            "intent": self.intents.get(data["intent"]),
            "locale": data["locale"],
            "entities": data["entities"] or None,
            "note": data["note"],
        }


def spans_of_marks(text: str, marks: str) -> Spans:
    """Spans in code points from lines `type: words`; equal words are taken in their order.

    ValueError with the line that names no words of the text.
    """
    spans: list[tuple[int, int, str]] = []
    for line in marks.splitlines():
        if not line.strip():
            continue
        name, _colon, words = line.replace("：", ":", 1).partition(":")
        name, words = name.strip(), words.strip()
        start = text.find(words) if name and words else -1
        while start >= 0 and any(start < end and begin < start + len(words) for begin, end, _name in spans):
            start = text.find(words, start + 1)
        if start < 0:
            raise ValueError(line.strip())
        spans.append((start, start + len(words), name))
    return tuple(sorted(spans))


def marks_text(case: EvaluationCase) -> str:
    """The lines that `spans_of_marks` reads."""
    return "\n".join(f"{name}: {case.text[start:end]}" for start, end, name in case.entities or ())
