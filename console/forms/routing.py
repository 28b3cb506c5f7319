"""The form of a routing rule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.access import DESK_ROLES
from chat.models import Agent, ProfileAttribute, RoutingRule
from chat.models.profiles import SEALED_KINDS
from chat.models.routing import TALK_LANGUAGE, Priority
from nlu.models import Workspace


class RoutingRuleForm(forms.Form):
    """If an attribute has one of the values: a priority, an agent, or both."""

    attribute = forms.ChoiceField(label=_("If"), help_text=_("Attributes count only while they may be used."))
    values = forms.CharField(
        label=_("Is one of"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false"}),
        help_text=_("One value a line. Of a language: zh-hans or en."),
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        coerce=int,
        choices=Priority.choices,
        help_text=_("Among equals, who has waited longest comes first."),
    )
    agent = forms.ModelChoiceField(
        label=_("Offer it to"),
        queryset=Agent.objects.none(),
        required=False,
        empty_label=_("whoever knows them, or anybody"),
        help_text=_("It stands first in this agent's list; everybody else can take it, too."),
    )

    def __init__(self, data: Any = None, *, workspace: Workspace, rule: RoutingRule | None = None) -> None:
        initial = None
        if rule is not None:
            initial = {
                "attribute": rule.attribute,
                "values": rule.values,
                "priority": rule.priority,
                "agent": rule.agent_id,
            }
        super().__init__(data, initial=initial)
        listed = ProfileAttribute.objects.filter(workspace=workspace).exclude(kind__in=SEALED_KINDS)
        choices = [(TALK_LANGUAGE, _("language of the talk")), *((one.name, one.name) for one in listed)]
        self.fields["attribute"].choices = choices  # type: ignore[attr-defined]
        self.fields["agent"].queryset = Agent.objects.filter(  # type: ignore[attr-defined]
            user__is_active=True, user__groups__name__in=DESK_ROLES
        ).distinct()
