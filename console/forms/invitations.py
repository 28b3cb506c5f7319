"""Forms of invitation rules, of trying them, and of a site's behaviour policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from chat.actions.invitation_rules import RuleContent
from chat.errors import InvalidInput
from chat.models import BehaviourPolicy, Flow, InvitationRule, Site
from chat.models.behaviour import BehaviourKind
from chat.proactive.reader import (
    MOST_MINUTES,
    MOST_QUICK_REPLIES,
    TEXT_LENGTH,
    read_conditions,
    read_words,
)
from chat.proactive.rules import LONGEST_WAIT, Words
from console.invitation_words import flow_title
from nlu.models import Workspace

CURRENCY = forms.TextInput(attrs={"class": "mono", "size": 4, "maxlength": 3, "spellcheck": "false"})


class FlowField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Flows by their titles."""

    def label_from_instance(self, obj: Flow) -> str:
        """The title in the reader's language."""
        return flow_title(obj)


class InvitationRuleForm(forms.Form):
    """Everything about a rule: when, in which words, and what begins. Empty conditions always hold."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("For you and your colleagues."))
    site = forms.ModelChoiceField(
        label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("All sites")
    )
    pages = forms.CharField(
        label=_("Pages"),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "class": "mono", "spellcheck": "false", "placeholder": "/checkout/*"}
        ),
        help_text=_("One path a line; * stands for anything. Empty: every page."),
    )
    seconds = forms.IntegerField(
        label=_("Seconds on the page, at least"), required=False, min_value=0, max_value=LONGEST_WAIT
    )
    event = forms.ChoiceField(
        label=_("After this event"), required=False, choices=[("", _("any")), *BehaviourKind.choices]
    )
    within_minutes = forms.IntegerField(
        label=_("… within so many minutes"), required=False, min_value=1, max_value=MOST_MINUTES, initial=30
    )
    cart_amount = forms.DecimalField(
        label=_("Cart value, at least"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    cart_currency = forms.CharField(label=_("Currency"), required=False, max_length=3, widget=CURRENCY)
    visitor = forms.ChoiceField(
        label=_("Visitor"),
        required=False,
        choices=[("", _("anybody")), ("new", _("here for the first time")), ("returning", _("was here before"))],
    )
    locales = forms.MultipleChoiceField(
        label=_("Languages"),
        required=False,
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: every language that the invitation is written in."),
    )
    weekdays = forms.MultipleChoiceField(
        label=_("Days"),
        required=False,
        choices=[(str(number + 1), name) for number, name in WEEKDAYS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: every day."),
    )
    opens = forms.CharField(
        label=_("From"), required=False, max_length=5, widget=forms.TimeInput(attrs={"type": "time"})
    )
    closes = forms.CharField(
        label=_("Until"), required=False, max_length=5, widget=forms.TimeInput(attrs={"type": "time"})
    )
    flow = FlowField(
        label=_("Begins the flow"),
        queryset=Flow.objects.none(),
        empty_label=_("Choose a flow"),
        help_text=_("It must be published and switched on, or the rule rests."),
    )
    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=0,
        max_value=100,
        initial=10,
        help_text=_("If several rules fit, the highest invites."),
    )
    most_ever = forms.IntegerField(
        label=_("Times that a visitor sees it, at most"), min_value=1, max_value=20, initial=1
    )

    def __init__(self, data: Any = None, *, workspace: Workspace, rule: InvitationRule | None = None) -> None:
        super().__init__(data, initial=stored(rule) if rule is not None else None)
        site, flow = self.fields["site"], self.fields["flow"]
        if isinstance(site, forms.ModelChoiceField) and isinstance(flow, forms.ModelChoiceField):
            site.queryset = Site.objects.filter(workspace=workspace).order_by("name")
            flow.queryset = Flow.objects.filter(workspace=workspace, published__isnull=False).order_by("name")
        for locale, _language in settings.LANGUAGES:
            self.fields[f"text-{locale}"] = forms.CharField(
                label=_("Invitation"),
                required=False,
                max_length=TEXT_LENGTH,
                widget=forms.Textarea(attrs={"rows": 2, "lang": locale}),
            )
            self.fields[f"quick-{locale}"] = forms.CharField(
                label=_("Buttons that accept it"),
                required=False,
                widget=forms.Textarea(attrs={"rows": 2, "lang": locale}),
                help_text=_("One a line, at most %(count)d; the visitor says what is on it. Empty: one button.")
                % {"count": MOST_QUICK_REPLIES},
            )

    def columns(self) -> list[tuple[str, str, BoundField, BoundField]]:
        """Language code, its name, the text and the buttons, for each language."""
        return [
            (locale, str(name), self[f"text-{locale}"], self[f"quick-{locale}"])
            for locale, name in settings.LANGUAGES
        ]

    def written(self) -> dict[str, Words]:
        """The words as they are typed, whether the form is right or not: for the preview."""
        words: dict[str, Words] = {}
        for locale, _name, text, quick in self.columns():
            typed = str(text.value() or "").strip()[:TEXT_LENGTH]
            taps = [line.strip() for line in str(quick.value() or "").splitlines() if line.strip()]
            if typed:
                words[locale] = Words(typed, tuple(taps[:MOST_QUICK_REPLIES]))
        return words

    def clean(self) -> dict[str, Any]:
        """Read conditions and words as the rules will read them, so that a form cannot say what a rule cannot."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("cart_amount") is not None and not cleaned.get("cart_currency"):
            self.add_error("cart_currency", _("An amount needs its currency, for example CNY."))
        words = {
            locale: {
                "text": cleaned.get(f"text-{locale}", ""),
                "quick_replies": str(cleaned.get(f"quick-{locale}", "")).splitlines(),
            }
            for locale, _name in settings.LANGUAGES
            if cleaned.get(f"text-{locale}")
        }
        if not words:
            self.add_error(None, _("Write the invitation in at least one language."))
        elif not self.errors:
            try:
                cleaned["words"] = read_words(words)
                cleaned["conditions"] = read_conditions(conditions_of(cleaned))
            except InvalidInput as error:
                self.add_error(None, str(error))
        return cleaned

    def content(self) -> RuleContent:
        """The action's argument; the form is valid."""
        cleaned = self.cleaned_data
        return RuleContent(
            name=cleaned["name"],
            conditions=cleaned["conditions"],
            words=cleaned["words"],
            flow=cleaned["flow"],
            site=cleaned["site"],
            priority=cleaned["priority"],
            most_ever=cleaned["most_ever"],
        )


def conditions_of(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The document of the conditions that the fields say."""
    amount = cleaned.get("cart_amount")
    return {
        "pages": str(cleaned.get("pages", "")).splitlines(),
        "seconds": str(cleaned.get("seconds") or 0),
        "event": cleaned.get("event", ""),
        "within_minutes": str(cleaned.get("within_minutes") or 30),
        "cart_at_least": None
        if amount is None
        else {"amount": str(amount), "currency": str(cleaned.get("cart_currency", "")).upper()},
        "visitor": cleaned.get("visitor", ""),
        "locales": cleaned.get("locales", []),
        "weekdays": cleaned.get("weekdays", []),
        "opens": cleaned.get("opens", ""),
        "closes": cleaned.get("closes", ""),
    }


def stored(rule: InvitationRule) -> dict[str, Any]:
    """The fields' initial values."""
    conditions = dict(rule.conditions)
    cart = conditions.pop("cart_at_least", None) or {}
    values = {
        **conditions,
        "name": rule.name,
        "site": rule.site_id,
        "flow": rule.flow_id,
        "priority": rule.priority,
        "most_ever": rule.most_ever,
        "pages": "\n".join(conditions.get("pages", ())),
        "cart_amount": cart.get("amount"),
        "cart_currency": cart.get("currency", ""),
    }
    for locale, words in read_words(rule.texts).items():
        values[f"text-{locale}"] = words.text
        values[f"quick-{locale}"] = "\n".join(words.quick_replies)
    return values


class TryRulesForm(forms.Form):
    """A visitor made up to try the rules with."""

    site = forms.ModelChoiceField(label=_("Site"), queryset=Site.objects.none(), empty_label=None)
    page = forms.CharField(
        label=_("Page"), max_length=200, initial="/", widget=forms.TextInput(attrs={"class": "mono"})
    )
    seconds = forms.IntegerField(label=_("Seconds on it"), min_value=0, max_value=LONGEST_WAIT, initial=0)
    event = forms.ChoiceField(
        label=_("Event just now"), required=False, choices=[("", _("none")), *BehaviourKind.choices]
    )
    amount = forms.DecimalField(
        label=_("Cart value"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    currency = forms.CharField(label=_("Currency"), required=False, max_length=3, initial="CNY", widget=CURRENCY)
    locale = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    returning = forms.BooleanField(label=_("Was here before"), required=False)

    def __init__(self, data: Any = None, *, workspace: Workspace) -> None:
        super().__init__(data, prefix="try", initial={"locale": workspace.default_locale})
        site = self.fields["site"]
        if isinstance(site, forms.ModelChoiceField):
            site.queryset = Site.objects.filter(workspace=workspace).order_by("name")

    def clean(self) -> dict[str, Any]:
        """An amount needs a currency, a path its slash."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["currency"] = str(cleaned.get("currency", "")).upper()
        if cleaned.get("amount") is not None and not cleaned["currency"].isalpha():
            self.add_error("currency", _("An amount needs its currency, for example CNY."))
        if not str(cleaned.get("page", "")).startswith("/"):
            self.add_error("page", _("A path begins with /."))
        return cleaned


class BehaviourPolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whether a site takes behaviour events, and why it may."""

    class Meta:
        model = BehaviourPolicy
        fields = ("is_on", "basis", "basis_note", "kept_days", "invitations_a_day", "quiet_hours")
        labels = {
            "is_on": _("Take behaviour events and invite visitors"),
            "basis": _("Lawful basis"),
            "basis_note": _("Reasons, or where they are written down"),
            "kept_days": _("Days that events are kept"),
            "invitations_a_day": _("Invitations that one visitor sees a day, at most"),
            "quiet_hours": _("Hours of quiet after a dismissal"),
        }
        help_texts = {
            "basis": _("With consent, nothing is kept of a visitor until your page says that it was given."),
            "basis_note": _("For example the number of your assessment. Recorded with your name and the time."),
        }
        widgets = {"basis_note": forms.Textarea(attrs={"rows": 3})}

    def _post_clean(self) -> None:
        """Leave the model's own checks to the action, whose messages are for people."""
