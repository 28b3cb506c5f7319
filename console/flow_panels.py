"""The panels of a flow's page: the form of a step, of a slot, of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from chat.dialogue.flow_edits import slots_in, users_of_slot
from console.flow_editing import Panel
from console.flow_page import FlowPage
from console.flow_words import KIND_HINTS, KIND_TITLES
from console.forms.flow_kinds import kind_in, step_form
from console.forms.flow_parts import SettingsForm, SlotForm

NEW_SLOT: Mapping[str, Any] = {"type": "text"}
"""What a slot begins with."""


def settings_panel(page: FlowPage, **more: Any) -> Panel:
    """The form of the settings."""
    form = more.pop("form", None) or SettingsForm(page=page)
    return Panel(kind="settings", title=_("Settings of the flow"), form=form, **more)


def slot_panel(page: FlowPage, name: str, **more: Any) -> Panel:
    """The form of a slot; of a new one without a name."""
    slot = slots_in(page.document).get(name, NEW_SLOT)
    form = more.pop("form", None) or SlotForm(page=page, name=name, slot=slot)
    title = _("Slot") if name else _("New slot")
    users = tuple(users_of_slot(page.document, name)) if name else ()
    hint = _("One thing that the flow has to know, such as an order number.")
    return Panel(kind="slot", name=name, title=title, hint=hint, form=form, users=users, **more)


def step_panel(page: FlowPage, step: Mapping[str, Any], **more: Any) -> Panel:
    """The form of a step, as it is written or (`form`) as it was typed."""
    kind = kind_in(step)
    form = more.pop("form", None) or step_form(None, page=page, step=step)
    return Panel(
        kind="step",
        name=str(step.get("id", "")),
        title=str(KIND_TITLES[kind]),
        hint=str(KIND_HINTS[kind]),
        form=form,
        step_kind=kind,
        **more,
    )
