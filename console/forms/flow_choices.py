"""The form of a step that lets choose: written options as rows, or a list that an action found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

from chat.dialogue.fields import LONGEST_TEXT
from chat.dialogue.flow_edits import free_name
from chat.dialogue.flow_reader import MOST_OPTIONS
from console.flow_page import Placeholder
from console.forms.flow_steps import StepForm, flag
from console.forms.flow_texts import NOT_CHOSEN, add_titles, wordings_of

LANGUAGES: Final = tuple(locale for locale, _language in settings.LANGUAGES)
WRITTEN, LISTED = "written", "listed"


@dataclass(frozen=True, slots=True)
class RowText:
    """One language of an option: its label, and other words for it with commas between."""

    locale: str
    language: str
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class OptionRow:
    """An option as the form shows it; an empty one is where the next is written."""

    number: int
    value: str
    texts: tuple[RowText, ...]
    next: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written in it."""
        return not (self.value or self.next or any(text.label or text.words for text in self.texts))


class ChooseForm(StepForm):
    """Let choose among options."""

    kind = "choose"

    def build(self) -> None:
        """The slot, the question, the options."""
        self.add_slot(_("The choice is kept in"), types=("choice",), new_type="choice")
        self.add_texts("text", _("The question"))
        is_listed = "from" in self.step
        self.fields["source"] = forms.ChoiceField(
            label=_("What there is to choose"),
            choices=[(WRITTEN, _("Options written here")), (LISTED, _("A list that an action found"))],
            initial=LISTED if is_listed else WRITTEN,
            widget=forms.RadioSelect,
        )
        self.part(_("Options"), ["source"])
        self.part(_("Written options"), [], css="source-written", template="console/flows/options.html")
        current = str(self.step.get("from") or "")
        lists = [(name, name) for name in dict.fromkeys([*self.page.lists, *([current] if current else [])])]
        self.fields["from"] = forms.ChoiceField(
            label=_("List"),
            required=False,
            choices=[("", NOT_CHOSEN), *lists],
            initial=current,
            help_text=_(
                "A list among the results of an action, with the name under which a step before saves them."
            ),
        )
        self.fields["value"] = forms.CharField(
            label=_("What is kept"),
            required=False,
            max_length=LONGEST_TEXT,
            initial=self.step.get("value", ""),
            widget=forms.TextInput(attrs={"class": "mono", "placeholder": "{item.no}"}),
            help_text=self._item_hint(),
        )
        labels = add_titles(self, "label", self.step.get("label"), help_text="")
        for name in labels:
            self.fields[name].label = _("Shown as · %(language)s") % {"language": self.fields[name].label}
            self.fields[name].max_length = LONGEST_TEXT  # type: ignore[attr-defined]
        self.add_target(
            "empty", _("If the list is empty"), self.step.get("empty", ""), first=_("say so, and hand over")
        )
        flag(self, "recommend", self.step, _("What fits the customer first, and say why"))
        self.part(_("The list"), ["from", "value", *labels, "empty", "recommend"], css="source-listed")
        hint = _("Said when the answer does not fit. Empty: the question once more.")
        self.add_texts("again", _("Asking again"), hint=hint, folded=True)
        self.add_attempts()

    def _item_hint(self) -> str:
        step = self.page.definition.step(str(self.step.get("id", "")))
        items: Sequence[Placeholder] = self.page.items_of(step) if step is not None else ()
        if not items:
            return _("A field of the list’s items, such as {item.no}.")
        return _("Fields of the list’s items: %(fields)s") % {
            "fields": " ".join(f"{{{one.path}}}" for one in items)
        }

    @property
    def options(self) -> list[OptionRow]:
        """The rows: what is written or was typed, and an empty one for the next option."""
        rows = self._typed() if self.is_bound else self._written()
        rows = [row for row in rows if not row.is_empty]
        if len(rows) < MOST_OPTIONS:
            rows.append(_row(len(rows) + 1, "", {}, {}, ""))
        return rows

    def _written(self) -> list[OptionRow]:
        return [
            _row(
                place + 1,
                option.get("value", ""),
                option.get("label"),
                option.get("words"),
                option.get("next", ""),
            )
            for place, option in enumerate(self.step.get("options") or [])
        ]

    def _typed(self) -> list[OptionRow]:
        columns = {
            name: self.posted.getlist(f"option-{name}")
            for name in (
                "value",
                "next",
                *(f"{key}-{locale}" for key in ("label", "words") for locale in LANGUAGES),
            )
        }
        count = min(max((len(column) for column in columns.values()), default=0), MOST_OPTIONS + 1)
        rows = []
        for place in range(count):
            cell = {
                name: column[place].replace("\x00", "").strip() if place < len(column) else ""
                for name, column in columns.items()
            }
            rows.append(
                OptionRow(
                    place + 1,
                    cell["value"],
                    tuple(
                        RowText(locale, str(language), cell[f"label-{locale}"], cell[f"words-{locale}"])
                        for locale, language in settings.LANGUAGES
                    ),
                    cell["next"],
                )
            )
        return rows

    def clean(self) -> dict[str, Any]:
        """Values differ, words are short, ways lead somewhere."""
        cleaned = super().clean()
        if self.posted.get("source") != WRITTEN:
            return cleaned
        rows = [row for row in self._typed() if not row.is_empty]
        values = [row.value for row in rows if row.value]
        if len(set(values)) != len(values):
            self.add_error(None, _("Two options keep the same value."))
        if len(rows) > MOST_OPTIONS:
            self.add_error(None, _("At most %(count)d options.") % {"count": MOST_OPTIONS})
        if any(len(text) > LONGEST_TEXT for row in rows for text in _texts_in(row)):
            self.add_error(
                None, _("A text of an option has at most %(count)d characters.") % {"count": LONGEST_TEXT}
            )
        places = {"", "end", "person", *self.page.definition.places}
        places |= {option.get("next", "") for option in self.step.get("options") or []}
        if any(row.next not in places for row in rows):
            self.add_error(None, _("An option leads to a step that does not exist."))
        return cleaned

    def own(self) -> dict[str, Any]:
        """Options, or a list: what is typed into the other one is let go."""
        written = {"choose": self.chosen_slot(), **self.texts("text"), **self.texts("again")}
        if self.cleaned_data["source"] == WRITTEN:
            return written | {"options": self._options()} | self.kept_attempts()
        listed = {"from": self.cleaned_data["from"], "value": self.cleaned_data["value"].strip()}
        if empty := self.cleaned_data["empty"]:
            listed["empty"] = empty
        if self.cleaned_data["recommend"]:
            listed["recommend"] = "true"
        return written | listed | self.texts("label") | self.kept_attempts()

    def _options(self) -> list[dict[str, Any]]:
        before = {option.get("value"): option for option in self.step.get("options") or []}
        made: list[dict[str, Any]] = []
        for row in self._typed():
            if row.is_empty:
                continue
            label = {text.locale: text.label for text in row.texts if text.label}
            value = row.value or free_name(label.get("en") or "option_1", [one["value"] for one in made])
            old = before.get(value, {})
            option: dict[str, Any] = {"value": value, "label": _kept(old.get("label"), label)}
            words = {text.locale: split_words(text.words) for text in row.texts if split_words(text.words)}
            if words or old.get("words"):
                words = _kept(old.get("words"), words)
                option |= {"words": words} if words else {}
            option |= {"next": row.next} if row.next else {}
            made.append(option)
        return made


def _kept(old: Mapping[str, Any] | None, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, with further wordings and languages that the row does not show."""
    kept = {locale: texts for locale, texts in (old or {}).items() if locale not in LANGUAGES}
    for locale, text in typed.items():
        more = wordings_of((old or {}).get(locale))[1:]
        kept[locale] = [text, *more] if isinstance(text, str) and more else text
    return kept


def _row(number: int, value: str, label: Any, words: Any, target: str) -> OptionRow:
    texts = tuple(
        RowText(
            locale,
            str(language),
            next(iter(wordings_of((label or {}).get(locale))), ""),
            ", ".join(wordings_of((words or {}).get(locale))),
        )
        for locale, language in settings.LANGUAGES
    )
    return OptionRow(number, value, texts, target)


def _texts_in(row: OptionRow) -> list[str]:
    return [row.value, *(part for text in row.texts for part in (text.label, *split_words(text.words)))]


def split_words(text: str) -> list[str]:
    """Words with commas of either language between them."""
    return [word.strip() for word in text.replace("，", ",").replace("、", ",").split(",") if word.strip()]
