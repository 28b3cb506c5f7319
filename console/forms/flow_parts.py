"""The forms of what a flow is beside its steps: its settings, its slots, its beginning, a file of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import re2
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.dialogue.fields import LONGEST_TEXT, NAME
from chat.dialogue.flow_edits import free_name
from chat.dialogue.flow_text import MOST_BYTES
from chat.dialogue.slot_values import is_bound
from console.flow_page import FlowPage
from console.forms.flow_steps import Section
from console.forms.flow_texts import (
    LinesField,
    add_lines,
    add_titles,
    add_wordings,
    lists_from,
    texts_from,
    wordings_of,
)
from console.forms.uploads import UploadForm
from nlu.models import Intent, Workspace

STARTS: Final = (
    ("ask", gettext_lazy("Ask for one thing, look it up, tell the result")),
    ("form", gettext_lazy("Ask for a few things, confirm them, then do it")),
    ("choose", gettext_lazy("Let choose among options, and say something about each")),
    ("empty", gettext_lazy("Nothing: every step by myself")),
)
"""What a new flow may begin with: steps without texts, in an order that makes sense."""


class SettingsForm(forms.Form):
    """A flow's title, what starts it, and how long it waits."""

    def __init__(self, data: Any = None, *, page: FlowPage) -> None:
        super().__init__(data)
        self.page = page
        document = page.document
        self.titles = add_titles(self, "title", document.get("title"))
        self.fields["description"] = forms.CharField(
            label=_("Description"),
            required=False,
            max_length=LONGEST_TEXT,
            initial=document.get("description", ""),
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("For colleagues: what it does, and what it does not."),
        )
        current = list(document.get("triggers") or [])
        intents = (
            Intent.objects.filter(workspace=page.flow.workspace).order_by("name").values_list("name", flat=True)
        )
        self.fields["triggers"] = forms.MultipleChoiceField(
            label=_("Intents that start it"),
            required=False,
            choices=[(name, name) for name in dict.fromkeys([*current, *intents])],
            initial=current,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("A message that is understood as one of these begins the flow."),
        )
        self.keywords = add_lines(self, "keywords", document.get("keywords"))
        self.fields["timeout_minutes"] = forms.IntegerField(
            label=_("Minutes of silence"),
            min_value=1,
            max_value=10_080,
            initial=document.get("timeout_minutes", 30),
            widget=forms.NumberInput(attrs={"class": "short"}),
            help_text=_("After so long the assistant asks whether to go on."),
        )
        self.fields["explain"] = forms.BooleanField(
            label=_("Explain first"),
            required=False,
            initial=document.get("explain") == "true",
            help_text=_("Who only asks how it is done gets the intent’s reply, and the flow as an offer."),
        )

    @property
    def sections(self) -> list[Section]:
        """The fields under their headings."""
        return [
            Section(_("Title"), tuple(self[name] for name in self.titles), css="languages"),
            Section(_("What starts it"), (self["triggers"], self["explain"])),
            Section(
                _("Words that name the task"),
                tuple(self[name] for name in self.keywords),
                hint=_("One a line. They tell it from other tasks: “not the refund”, “back to the refund”."),
                css="languages",
            ),
            Section(_("For colleagues"), (self["description"],)),
            Section(_("Waiting"), (self["timeout_minutes"],)),
        ]

    def document(self) -> dict[str, Any]:
        """The whole document with these settings; what is not shown stays."""
        old = self.page.document
        timeout, keywords = self.cleaned_data["timeout_minutes"], lists_from(self, "keywords", old.get("keywords"))
        changed = {
            "title": texts_from(self, "title", old.get("title")),
            "description": self.cleaned_data["description"].strip(),
            "triggers": list(self.cleaned_data["triggers"]),
            "keywords": keywords,
            "timeout_minutes": str(timeout) if timeout != 30 or "timeout_minutes" in old else "",
            "explain": "true" if self.cleaned_data["explain"] else "",
        }
        head = {key: value for key, value in {**old, **changed}.items() if key not in ("slots", "steps")}
        filled = {key: value for key, value in head.items() if value or key in ("title", "triggers")}
        return filled | {key: old[key] for key in ("slots", "steps") if key in old}


class SlotForm(forms.Form):
    """One slot."""

    def __init__(self, data: Any = None, *, page: FlowPage, name: str, slot: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.page, self.old_name, self.slot = page, name, slot
        self.titles = add_titles(self, "title", slot.get("title"))
        types = page.slot_types
        current = str(slot.get("type", "text"))
        gone = [(current, current)] if current not in dict(types) else []
        self.fields["type"] = forms.ChoiceField(
            label=_("What kind of thing"), choices=[*types, *gone], initial=current
        )
        self.fields["name"] = forms.CharField(
            label=_("Name of the slot"),
            required=bool(name),
            max_length=60,
            initial=name,
            widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
            help_text=_("Texts name it so: {order_no}. A new name is used in all steps."),
        )
        cues = slot.get("cues") or {}
        self.cues = {}
        for locale, language in settings.LANGUAGES:
            for side, label in (("before", _("Words before it")), ("after", _("Words after it"))):
                words = (cues.get(locale) or {}).get(side)
                self.cues[locale, side] = f"cue-{side}-{locale}"
                self.fields[f"cue-{side}-{locale}"] = LinesField(
                    label=f"{label} · {language}", initial=wordings_of(words)
                )
        for key, label, hint in (
            ("least", _("At least"), _("A number, a day (2026-03-18), today, today+30 or today-90.")),
            ("most", _("At most"), _("The same.")),
        ):
            self.fields[key] = forms.CharField(
                label=label, required=False, max_length=40, initial=slot.get(key, ""), help_text=hint
            )
        self.fields["pattern"] = forms.CharField(
            label=_("Pattern"),
            required=False,
            max_length=500,
            initial=slot.get("pattern", ""),
            widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
            help_text=_("A regular expression (RE2) that the whole value must match."),
        )
        self.invalid = add_wordings(self, "invalid", slot.get("invalid"))
        self.fields["remember"] = forms.BooleanField(
            label=_("Remember it for later tasks"),
            required=False,
            initial=slot.get("remember") == "true",
            help_text=_("A value that was confirmed is offered to flows with a slot of the same name."),
        )
        known = [(one, f"{title} ({one})") for one, title in page.attributes]
        answers = str(slot.get("profile", ""))
        unlisted = [(answers, answers)] if answers and answers not in dict(known) else []
        self.fields["profile"] = forms.ChoiceField(
            label=_("Attribute of the profile that answers it"),
            required=False,
            choices=[("", _("– none –")), *known, *unlisted],
            initial=answers,
        )

    @property
    def sections(self) -> list[Section]:
        """The fields under their headings; what few slots need is folded."""
        cues = tuple(self[name] for name in self.cues.values())
        return [
            Section(_("What it is called"), tuple(self[name] for name in self.titles), css="languages"),
            Section(_("Kind and name"), (self["type"], self["name"]), css="languages"),
            Section(
                _("What fits"),
                (self["least"], self["most"], self["pattern"]),
                hint=_("Values outside are not taken."),
                css="languages",
                folded=not {"least", "most", "pattern"} & set(self.slot) and not self.errors,
            ),
            Section(
                _("What is said when it does not fit"),
                tuple(self[name] for name in self.invalid),
                css="languages",
                folded=not self.slot.get("invalid"),
            ),
            Section(
                _("Words that tell it from others"),
                cues,
                hint=_("Where two slots are of one kind: “from” stands before the city of departure. One a line."),
                css="languages",
                folded=not self.slot.get("cues"),
            ),
            Section(
                _("Known without asking"),
                (self["remember"], self["profile"]),
                folded=not {"remember", "profile"} & set(self.slot) and not self.errors,
            ),
        ]

    def clean_name(self) -> str:
        """A name that no other slot has; of a new slot one made of its title or kind."""
        typed = self.cleaned_data["name"]
        if not typed.strip():
            title = str(self.cleaned_data.get("title-en", ""))
            wanted = (
                title if any(char.isascii() and char.isalpha() for char in title) else self.data.get("type", "")
            )
            return free_name(wanted, list(self.page.definition.slots))
        name = _name(typed)
        if name != self.old_name and name in self.page.definition.slots:
            raise forms.ValidationError(_("Another slot has this name."))
        return name

    def clean_pattern(self) -> str:
        """An expression that RE2 understands."""
        pattern: str = self.cleaned_data["pattern"]
        try:
            re2.compile(pattern)
        except re2.error:
            raise forms.ValidationError(_("This is no regular expression of RE2.")) from None
        return pattern

    def clean_least(self) -> str:
        """A bound."""
        return _bound(self.cleaned_data["least"])

    def clean_most(self) -> str:
        """A bound."""
        return _bound(self.cleaned_data["most"])

    def document(self) -> dict[str, Any]:
        """The slot as documents have it."""
        old_cues = dict(self.slot.get("cues") or {})
        cues = {locale: words for locale, words in old_cues.items() if (locale, "before") not in self.cues}
        for (locale, side), field in self.cues.items():
            if words := self.cleaned_data[field]:
                cues.setdefault(locale, {})
                cues[locale] = {**cues[locale], side: words}
        written = {
            "type": self.cleaned_data["type"],
            "title": texts_from(self, "title", self.slot.get("title")),
            "remember": "true" if self.cleaned_data["remember"] else "",
            "cues": cues,
            "invalid": texts_from(self, "invalid", self.slot.get("invalid")),
            **{key: self.cleaned_data[key].strip() for key in ("pattern", "least", "most", "profile")},
        }
        return {key: value for key, value in written.items() if value or key in ("type", "title")}


def _name(text: str) -> str:
    name = text.strip()
    if NAME.fullmatch(name) is None:
        raise forms.ValidationError(_("Lower-case letters, digits and underscores, beginning with a letter."))
    return name


def _bound(text: str) -> str:
    text = text.strip()
    if not is_bound(text):
        raise forms.ValidationError(_("A number, a day (2026-03-18), today, today+30 or today-90."))
    return text


class NewFlowForm(forms.Form):
    """What a new flow needs: what starts it, what it is called, what it begins with."""

    def __init__(self, data: Any = None, *, workspace: Workspace, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        intents = Intent.objects.filter(workspace=workspace).order_by("name").values_list("name", flat=True)
        self.fields["trigger"] = forms.ChoiceField(
            label=_("What customers want"),
            required=False,
            choices=[("", _("– no intent yet –")), *((name, name) for name in intents)],
            help_text=_("The intent that starts the flow. More can be added later."),
        )
        for name in add_titles(self, "title", {}):
            self.fields[name].label = _("Title · %(language)s") % {"language": self.fields[name].label}
        self.fields["name"] = forms.CharField(
            label=_("Name"),
            required=False,
            max_length=60,
            widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
            help_text=_(
                "Lower-case letters, digits and underscores. Empty: that of the intent. It stays for good."
            ),
        )
        self.fields["start"] = forms.ChoiceField(
            label=_("Begin with"), choices=STARTS, initial="ask", widget=forms.RadioSelect
        )

    def clean(self) -> dict[str, Any]:
        """A name, typed or taken from the intent."""
        cleaned = super().clean() or self.cleaned_data
        name = str(cleaned.get("name", "")).strip() or str(cleaned.get("trigger", "")).lower().replace("-", "_")
        if not name:
            self.add_error("name", _("Give it a name, or choose the intent that starts it."))
        elif NAME.fullmatch(name) is None:
            self.add_error("name", _("Lower-case letters, digits and underscores, beginning with a letter."))
        cleaned["name"] = name
        return cleaned


class FlowFileForm(UploadForm):
    """A flow as a file, or pasted."""

    most_megabytes = 1
    kinds = gettext_lazy("A flow as YAML, as it is exported. At most %(size)d MB.")
    file = forms.FileField(
        label=gettext_lazy("File"), required=False, widget=forms.FileInput(attrs={"accept": ".yaml,.yml"})
    )
    text = forms.CharField(
        label=gettext_lazy("Or paste it"),
        required=False,
        strip=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false"}),
    )

    def clean_file(self) -> Any:
        """Without a file the text counts."""
        return super().clean_file() if self.cleaned_data.get("file") else None

    def clean(self) -> dict[str, Any]:
        """One of both, as text."""
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        if file is not None:
            try:
                cleaned["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", _("The file is not UTF-8 text."))
        if not self.errors and not str(cleaned.get("text", "")).strip():
            raise forms.ValidationError(_("Choose a file or paste its text."))
        return cleaned
