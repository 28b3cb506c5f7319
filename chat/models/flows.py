"""Flows as rows: a draft that staff work on, published versions that never change, recorded conversations."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nlu.models import Workspace


class Flow(models.Model):
    """A task that the assistant guides through. `draft` is what docs/flows.md describes, with texts for scalars.

    Customers get `published`, if the flow is switched on; the draft is for staff alone.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="flows")
    name = models.CharField(_("name"), max_length=60)
    draft = models.JSONField(_("draft"), default=dict)
    draft_changed_at = models.DateTimeField(_("draft changed"), auto_now_add=True)
    revision = models.PositiveIntegerField(_("revision of the draft"), default=1)
    is_on = models.BooleanField(_("on"), default=True)
    published = models.ForeignKey(
        "FlowVersion", on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = _("flow")
        verbose_name_plural = _("flows")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="flow_name_in_workspace")]

    def __str__(self) -> str:
        return self.name


class FlowVersion(models.Model):
    """What a flow was when it was published. Conversations keep the version that they began with."""

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    definition = models.JSONField(_("definition"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("published"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = _("version of a flow")
        verbose_name_plural = _("versions of flows")
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["flow", "number"], name="flow_version_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="flow_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} v{self.number}"


class RecordedConversation(models.Model):
    """A conversation that the flows of a workspace must still be able to have (docs/flows.md).

    `script` is what the document describes; `seen` is the same with everything that could be expected, as it was
    when the conversation was recorded, empty if it was not recorded in the console.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="recorded_conversations")
    name = models.CharField(_("name"), max_length=120)
    locale = models.CharField(_("language"), max_length=12)
    flow = models.ForeignKey(Flow, on_delete=models.SET_NULL, related_name="recorded", null=True, blank=True)
    script = models.JSONField(_("turns and what is expected"))
    seen = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("recorded conversation")
        verbose_name_plural = _("recorded conversations")
        ordering = ("locale", "name")
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "locale", "name"], name="recorded_conversation_name_in_workspace"
            )
        ]

    def __str__(self) -> str:
        return self.name
