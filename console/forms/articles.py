"""The form of an article."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from nlu.models import Intent, Workspace


class ArticleForm(forms.Form):
    """The working copy. `seen_at` is when the editor read the article; the action compares it."""

    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("In the words of customers; search weighs it most.")
    )
    locale = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    body = forms.CharField(
        label=_("Text"),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 16, "class": "mono"}),
        help_text=_("Markdown. Answer the question in the first sentence; the assistant quotes the beginning."),
    )
    questions = forms.CharField(
        label=_("Questions"),
        required=False,
        max_length=25_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("How customers ask for this, one question a line; helps search."),
    )
    intent = forms.ModelChoiceField(
        label=_("Intent"),
        queryset=Intent.objects.none(),
        required=False,
        empty_label=_("none"),
        help_text=_("Customers with this intent get this article if the intent is answered with an article."),
    )
    slug = forms.CharField(
        label=_("Short name"),
        required=False,
        max_length=120,
        help_text=_("The end of the article's address. Empty: made from the title."),
    )
    seen_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, workspace: Workspace, is_new: bool, slug_is_fixed: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        intents = self.fields["intent"]
        assert isinstance(intents, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        intents.queryset = Intent.objects.filter(workspace=workspace).order_by("name")
        if not is_new:
            del self.fields["locale"]
        if slug_is_fixed:
            self.fields["slug"].widget.attrs["readonly"] = True
            self.fields["slug"].help_text = _("It stays after the first publication, because links lead to it.")
