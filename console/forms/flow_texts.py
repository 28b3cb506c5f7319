"""Fields for the texts of flows: wordings in several languages, lists of words, templates with placeholders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.forms.utils import ErrorDict
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.dialogue.fields import LONGEST_TEXT, MOST_VARIANTS

Texts = Mapping[str, Any]
"""Language -> a text or a list of texts, as documents have them."""
LINES_LENGTH: Final = 20_000


class WordingsInput(forms.Textarea):
    """A text box for each wording and an empty one for the next, all of the same name. Wordings may have lines."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """All of them."""
        return list(data.getlist(name)) if hasattr(data, "getlist") else list(data.get(name, []))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether the form did not have the field."""
        return name not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The boxes."""
        wordings = [text for text in (value or []) if text.strip()] or [""]
        context = {
            "name": name,
            "wordings": wordings,
            "attrs": self.attrs | (attrs or {}),
            "may_add": self.attrs.get("data-one") is None and len(wordings) < MOST_VARIANTS,
        }
        return render_to_string("console/flows/wordings.html", context)


class WordingsField(forms.Field):
    """The wordings of one text in one language, as a list; empty ones are left out."""

    widget = WordingsInput

    def clean(self, value: Any) -> list[str]:
        """At most so many, each at most so long."""
        wordings = [text.replace("\x00", "").replace("\r\n", "\n").strip() for text in value or []]
        wordings = [text for text in wordings if text]
        if len(wordings) > MOST_VARIANTS:
            raise forms.ValidationError(_("At most %(count)d wordings.") % {"count": MOST_VARIANTS})
        if any(len(text) > LONGEST_TEXT for text in wordings):
            raise forms.ValidationError(_("A wording has at most %(count)d characters.") % {"count": LONGEST_TEXT})
        return wordings


class LinesField(forms.CharField):
    """A list of short texts, one a line."""

    def __init__(self, *, rows: int = 2, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(max_length=LINES_LENGTH, strip=False, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A list as lines."""
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class QuietForm(forms.Form):
    """A form that can be shown again with what was typed, before anybody says what is wrong with it."""

    quiet = False

    def full_clean(self) -> None:
        """Nothing is wrong with what nobody wanted to save."""
        if self.quiet:
            self._errors = ErrorDict()
            self.cleaned_data: dict[str, Any] = {}
            return
        super().full_clean()


def wordings_of(value: Any) -> list[str]:
    """A text or a list of texts as a list."""
    return [str(one) for one in value] if isinstance(value, list) else ([str(value)] if value else [])


def add_wordings(
    form: forms.Form, key: str, texts: Texts | None, *, rows: int = 2, one: bool = False, help_text: Any = ""
) -> list[str]:
    """A field of wordings for each language; their names."""
    return _per_language(
        form,
        key,
        lambda locale, language: WordingsField(
            label=language,
            required=False,
            help_text=help_text,
            initial=wordings_of((texts or {}).get(locale)),
            widget=WordingsInput(attrs={"rows": rows, "lang": locale} | ({"data-one": "1"} if one else {})),
        ),
    )


def add_lines(
    form: forms.Form, key: str, texts: Texts | None, label: str | Promise | None = None, *, help_text: Any = ""
) -> list[str]:
    """A field of lines for each language; their names."""
    return _per_language(
        form,
        key,
        lambda locale, language: LinesField(
            label=language if label is None else f"{label} · {language}",
            help_text=help_text,
            initial=wordings_of((texts or {}).get(locale)),
            widget=forms.Textarea(attrs={"rows": 2, "lang": locale}),
        ),
    )


def add_titles(form: forms.Form, key: str, texts: Texts | None, *, help_text: Any = "") -> list[str]:
    """A one-line field for each language; their names."""
    return _per_language(
        form,
        key,
        lambda locale, language: forms.CharField(
            label=language,
            required=False,
            max_length=120,
            help_text=help_text,
            initial=next(iter(wordings_of((texts or {}).get(locale))), ""),
            widget=forms.TextInput(attrs={"lang": locale}),
        ),
    )


def _per_language(form: forms.Form, key: str, make: Any) -> list[str]:
    names = []
    for locale, language in settings.LANGUAGES:
        name = f"{key}-{locale}"
        form.fields[name] = make(locale, str(language))
        names.append(name)
    return names


def texts_from(form: forms.Form, key: str, old: Texts | None) -> dict[str, Any]:
    """What was typed, as documents have it; languages that the form does not show stay as they were."""
    shown = {locale for locale, _language in settings.LANGUAGES}
    kept = {locale: texts for locale, texts in (old or {}).items() if locale not in shown}
    typed: dict[str, Any] = {}
    for locale, _language in settings.LANGUAGES:
        value = form.cleaned_data.get(f"{key}-{locale}")
        texts = value if isinstance(value, list) else wordings_of((value or "").strip())
        if texts:
            typed[locale] = texts[0] if len(texts) == 1 else texts
    return typed | kept


def lists_from(form: forms.Form, key: str, old: Texts | None) -> dict[str, list[str]]:
    """As `texts_from`, but always lists."""
    return {locale: wordings_of(texts) for locale, texts in texts_from(form, key, old).items()}


def step_choices(
    steps: Iterable[tuple[str, str]], first: str, current: Sequence[str] = ()
) -> list[tuple[str, Any]]:
    """Choices of where to go: `first` says what nothing means. `current` are targets that must not be lost."""
    known = list(steps)
    names = {name for name, _title in known}
    gone = [
        (name, _("%(step)s (there is no such step)") % {"step": name})
        for name in dict.fromkeys(current)
        if name and name not in names and name not in ("end", "person")
    ]
    ends = [("end", _("End of the flow")), ("person", _("A person takes over"))]
    return [("", first), *known, *ends, *gone]


NOT_CHOSEN: Final = gettext_lazy("– not chosen yet –")
