"""Proactive help: the rules by which visitors are invited, and what became of each invitation."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.conversations import Conversation
from chat.models.flows import Flow
from chat.models.sites import Site
from chat.models.visitors import Visitor
from nlu.models import Workspace


class InvitationRule(models.Model):
    """When to invite, in which words, and what begins when the visitor accepts.

    `conditions` and `texts` are what `chat.proactive.reader` reads. Without a site the rule holds on all sites of
    the workspace. Of rules that fit, the one with the highest priority wins.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitation_rules")
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, related_name="invitation_rules", null=True, blank=True
    )
    name = models.CharField(_("name"), max_length=80)
    is_on = models.BooleanField(_("on"), default=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=10, validators=[MaxValueValidator(100)])
    conditions = models.JSONField(_("conditions"), default=dict)
    texts = models.JSONField(_("words"), default=dict)
    flow = models.ForeignKey(Flow, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    most_ever = models.PositiveSmallIntegerField(
        _("times a visitor sees it"), default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("invitation rule")
        verbose_name_plural = _("invitation rules")
        ordering = ("-priority", "id")
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="invitation_rule_name")]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """One invitation of one visitor. Offered when the rules decide, shown when the visitor's page takes it up.

    `flow` is the name of the flow that the visitor was invited to; `ended` how it ended.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rule = models.ForeignKey(InvitationRule, on_delete=models.CASCADE, related_name="invitations")
    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="invitations")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="invitations")
    locale = models.CharField(_("language"), max_length=12)
    page = models.CharField(_("page"), max_length=200, blank=True)
    flow = models.CharField(_("flow"), max_length=60, blank=True)
    offered_at = models.DateTimeField(_("offered"))
    shown_at = models.DateTimeField(_("shown"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    dismissed_at = models.DateTimeField(_("dismissed"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["visitor", "rule"], name="invitation_of_visitor"),
            models.Index(fields=["rule", "shown_at"], name="invitation_of_rule"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
