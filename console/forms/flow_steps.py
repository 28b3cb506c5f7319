"""The forms of steps: one class a kind, each from what is written to fields, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from chat.dialogue.fields import NAME
from chat.dialogue.flow_edits import free_name
from chat.dialogue.flows import END, PERSON
from console.flow_page import FlowPage
from console.flow_words import summary_of
from console.forms.flow_texts import (
    NOT_CHOSEN,
    QuietForm,
    add_lines,
    add_titles,
    add_wordings,
    step_choices,
    texts_from,
)

NEW_SLOT: Final = "+new"
TITLE_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading; `css` lays them out, `template` shows what is more than fields."""

    title: str
    fields: tuple[BoundField, ...] = ()
    hint: str = ""
    css: str = ""
    template: str = ""
    folded: bool = False


class StepForm(QuietForm):
    """What all steps have: a name, where they go on, what they empty. Kinds add theirs in `build`."""

    kind: ClassVar[str]
    has_next: ClassVar[bool] = True

    def __init__(self, data: Any = None, *, page: FlowPage, step: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.posted = data if isinstance(data, QueryDict) else QueryDict()
        self.page = page
        self.step = step
        self.parts: list[tuple[str, list[str], dict[str, Any]]] = []
        self.build()
        if self.has_next:
            self.add_target("next", _("Then"), step.get("next", ""), first=self.following)
        self.fields["step_id"] = forms.CharField(
            label=_("Name of the step"),
            max_length=60,
            initial=step.get("id", ""),
            widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
            help_text=_("Lower-case letters, digits and underscores. Customers never see it."),
        )
        slots = [(row.name, f"{row.title} ({row.name})") for row in page.slot_rows]
        gone = [(name, name) for name in step.get("clear") or [] if name not in page.definition.slots]
        if slots or gone:
            self.fields["clear"] = forms.MultipleChoiceField(
                label=_("Forget when the step is done"),
                required=False,
                choices=[*slots, *gone],
                initial=step.get("clear") or [],
                widget=forms.CheckboxSelectMultiple,
                help_text=_("Ticked slots are emptied, so that going back to an earlier step asks again."),
            )

    def build(self) -> None:
        """Add the fields of the kind."""

    @property
    def following(self) -> str:
        """What no choice of a next step means."""
        step = self.page.definition.step(str(self.step.get("id", "")))
        target = self.page.definition.following(step) if step is not None else END
        place = self.page.definition.places.get(target)
        if place is None:
            return _("the flow ends here, it is the last step")
        return _("the following step (%(step)s)") % {"step": f"{place + 1} {target}"}

    def part(self, title: str, names: Sequence[str], **more: Any) -> None:
        """Show these fields together."""
        self.parts.append((title, list(names), more))

    @property
    def sections(self) -> list[Section]:
        """The fields in their order under their headings."""
        shown = [Section(title, tuple(self[name] for name in names), **more) for title, names, more in self.parts]
        shown = [section for section in shown if section.fields or section.template]
        if self.has_next:
            shown.append(Section(_("Where it goes on"), (self["next"],)))
        more = tuple(self[name] for name in ("step_id", "clear") if name in self.fields)
        folded = not self["step_id"].errors and not self.step.get("clear")
        return [*shown, Section(_("Name and forgetting"), more, folded=folded)]

    # Parts of fields that several kinds have.

    def add_texts(self, key: str, title: str, *, hint: str = "", rows: int = 2, folded: bool = False) -> None:
        """Wordings in every language."""
        names = add_wordings(self, key, self.step.get(key), rows=rows)
        self.part(title, names, hint=hint, css="languages", folded=folded and not self.step.get(key))

    def add_quick_replies(self) -> None:
        """Texts to tap."""
        names = add_lines(self, "quick_replies", self.step.get("quick_replies"))
        self.part(
            _("Quick replies"),
            names,
            hint=_("Texts to tap, one a line."),
            css="languages",
            folded=not self.step.get("quick_replies"),
        )

    def add_target(self, name: str, label: str, current: str, *, first: str, **more: Any) -> None:
        """Where to go."""
        steps = [(step.id, self._step_title(step.id)) for step in self.page.definition.steps]
        self.fields[name] = forms.ChoiceField(
            label=label, required=False, choices=step_choices(steps, first, [current]), initial=current, **more
        )

    def _step_title(self, step_id: str) -> str:
        step = self.page.definition.step(step_id)
        summary = summary_of(step, self.page.definition, self.page.locale) if step is not None else ""
        short = summary if len(summary) <= TITLE_LENGTH else summary[: TITLE_LENGTH - 1] + "…"
        return f"{self.page.definition.places[step_id] + 1} {step_id}" + (f": {short}" if short else "")

    @property
    def target_choices(self) -> list[tuple[str, str]]:
        """The steps, for selects that are not fields."""
        return [(step.id, self._step_title(step.id)) for step in self.page.definition.steps]

    def add_attempts(self) -> None:
        """How often is asked, and what then."""
        self.fields["attempts"] = forms.IntegerField(
            label=_("Attempts"),
            min_value=1,
            max_value=5,
            initial=self.step.get("attempts", 3),
            widget=forms.NumberInput(attrs={"class": "short"}),
        )
        current = self.step.get("otherwise", PERSON)
        self.add_target(
            "otherwise",
            _("After the last vain attempt"),
            "" if current == PERSON else current,
            first=_("a person takes over"),
        )
        changed = {"attempts", "otherwise"} & set(self.step)
        self.part(_("If the answer does not fit"), ["attempts", "otherwise"], css="form-row", folded=not changed)

    def add_slot(self, label: str, *, types: Sequence[str] = (), new_type: str = "text") -> None:
        """The slot that the answer goes into, or a new one; `types` are those that make sense, all without any."""
        current = str(self.step.get(self.kind) or "")
        rows = [
            (row.name, f"{row.title} ({row.name})")
            for row in self.page.slot_rows
            if not types or row.name == current or self.page.definition.slots[row.name].type in types
        ]
        gone = [(current, current)] if current and current not in self.page.definition.slots else []
        new = [(NEW_SLOT, _("A new slot…"))]
        self.fields["slot"] = forms.ChoiceField(
            label=label,
            required=False,
            choices=[("", NOT_CHOSEN), *rows, *gone, *new],
            initial=current or (NEW_SLOT if not rows else ""),
            widget=forms.Select(attrs={"data-new-slot": ""}),
        )
        names = add_titles(self, "new_title", {})
        for name in names:
            self.fields[name].label = _("What it is called · %(language)s") % {"language": self.fields[name].label}
        offered = [pair for pair in self.page.slot_types if not types or pair[0] in types]
        self.fields["new_type"] = forms.ChoiceField(
            label=_("What kind of thing"), required=False, choices=offered, initial=new_type
        )
        self.part(_("The slot"), ["slot"])
        self.part(_("The new slot"), [*names, "new_type"], css="new-slot")

    def clean_step_id(self) -> str:
        """A name that no other step has."""
        name: str = self.cleaned_data["step_id"].strip()
        if NAME.fullmatch(name) is None:
            raise forms.ValidationError(_("Lower-case letters, digits and underscores, beginning with a letter."))
        if name in (END, PERSON):
            raise forms.ValidationError(_("“%(name)s” has a meaning of its own.") % {"name": name})
        if name != self.step.get("id") and name in self.page.definition.places:
            raise forms.ValidationError(_("Another step has this name."))
        return name

    def clean(self) -> dict[str, Any]:
        """A new slot needs a name that people know it by."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("slot") == NEW_SLOT and not any(self._new_titles().values()) and self._wants_slot():
            self.add_error(f"new_title-{settings.LANGUAGES[0][0]}", _("Say what the new slot is called."))
        return cleaned

    def _wants_slot(self) -> bool:
        """Whether somebody chose a new slot: it is offered first where there are no others yet."""
        return bool(self.page.definition.slots) or "slot" in self.changed_data or bool(self.step.get(self.kind))

    def _new_titles(self) -> dict[str, Any]:
        return texts_from(self, "new_title", {}) if "slot" in self.fields else {}

    def new_slot(self) -> tuple[str, dict[str, Any]] | None:
        """Name and document of the slot that is made with the step."""
        titles = self._new_titles()
        if self.cleaned_data.get("slot") != NEW_SLOT or not titles:
            return None
        kind = self.cleaned_data.get("new_type") or "text"
        wanted = str(titles.get("en") or "")
        wanted = wanted if any(char.isascii() and char.isalpha() for char in wanted) else f"{kind}_1"
        name = free_name(wanted, list(self.page.definition.slots))
        return name, {"type": kind, "title": titles}

    def chosen_slot(self) -> str:
        """The slot's name; empty if none is chosen."""
        slot: str = self.cleaned_data.get("slot", "")
        if slot != NEW_SLOT:
            return slot
        made = self.new_slot()
        return made[0] if made is not None else ""

    def document(self) -> dict[str, Any]:
        """The step as documents have it; only of a valid form."""
        written: dict[str, Any] = {"id": self.cleaned_data["step_id"], **self.own()}
        if self.has_next and self.cleaned_data["next"]:
            written["next"] = self.cleaned_data["next"]
        if clear := self.cleaned_data.get("clear"):
            written["clear"] = list(clear)
        return written

    def own(self) -> dict[str, Any]:
        """What the kind adds to the document."""
        raise NotImplementedError

    def texts(self, key: str) -> dict[str, Any]:
        """`{key: texts}`, nothing without any."""
        texts = texts_from(self, key, self.step.get(key))
        return {key: texts} if texts else {}

    def kept_attempts(self) -> dict[str, Any]:
        """Attempts and what then, where they are not the usual ones."""
        attempts, otherwise = self.cleaned_data["attempts"], self.cleaned_data["otherwise"]
        written = {"attempts": str(attempts)} if attempts != 3 else {}
        return written | ({"otherwise": otherwise} if otherwise and otherwise != PERSON else {})


def flag(form: forms.Form, name: str, written: Mapping[str, Any], label: str, key: str = "") -> None:
    """A tick for a key that is true or left out."""
    initial = written.get(key or name) == "true"
    form.fields[name] = forms.BooleanField(label=label, required=False, initial=initial)
