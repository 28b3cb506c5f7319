"""What people say about what the assistant understood: one row for each wording that customers used."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.models.sites import Site
from nlu.models import Article, EvaluationCase, Intent, Utterance, Workspace


class ReviewStatus(models.TextChoices):
    """Whether somebody still has to look at it."""

    OPEN = "open", _("to review")
    ANSWERED = "answered", _("reviewed")
    SKIPPED = "skipped", _("skipped")


class Doubt(models.TextChoices):
    """Why the assistant was not certain; empty where it was."""

    NOTHING = "nothing", _("nothing recognised")
    SCOPE = "scope", _("hardly in or out of scope")
    LEAD = "lead", _("two intents close together")
    CONFIDENCE = "confidence", _("low confidence")


class Objection(models.TextChoices):
    """How the customer, or an agent, disagreed with the answer; empty where nobody did."""

    PERSON = "person", _("asked for a person")
    DECLINED = "declined", _("declined what was offered")
    REPHRASED = "rephrased", _("said it again")
    AGENT = "agent", _("an agent had to answer")


class Review(models.Model):
    """One wording, by the canonical form of its masked text, and a person's verdict on it.

    `turn` is the turn that shows it: of those with this wording the one that needs a look most; None once its
    conversation is erased. `seen` counts the turns; `need` orders the queue, highest first (`chat.review_need`).
    `understood` is what the assistant took it for, empty for out of scope. `shadow` is the score of a turn with
    this wording (of `turn`, if there is one) by a shadow that understood something else; such a row comes before
    all others while that shadow runs, and shows what it would show without. `held_by` has it on the screen until
    `held_until`, so that two people do not read the same. `effects` is what the answer did, as
    `chat.actions.reviews` needs it to take the answer back.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="reviews")
    text_hash = models.CharField(max_length=64, editable=False)
    turn = models.ForeignKey("chat.Turn", on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    locale = models.CharField(_("language"), max_length=12, blank=True)
    understood = models.CharField(_("understood as"), max_length=120, blank=True)
    doubt = models.CharField(_("doubt"), max_length=12, choices=Doubt, blank=True)
    objection = models.CharField(_("objection"), max_length=12, choices=Objection, blank=True)
    shadow = models.ForeignKey(
        "chat.ShadowScore", on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    need = models.FloatField(default=0.0)
    seen = models.PositiveIntegerField(_("times seen"), default=1)
    last_seen_at = models.DateTimeField(_("last seen"))
    status = models.CharField(_("status"), max_length=10, choices=ReviewStatus, default=ReviewStatus.OPEN)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    held_until = models.DateTimeField(null=True, blank=True)
    answer = models.ForeignKey(
        Intent, on_delete=models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("answer")
    )
    answer_name = models.CharField(_("answer"), max_length=120, blank=True)
    was_right = models.BooleanField(_("was right"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    answered_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    utterance = models.ForeignKey(Utterance, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    case = models.ForeignKey(EvaluationCase, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    article = models.ForeignKey(Article, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    effects = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("-need", "-id")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "text_hash"], name="review_text_once"),
            models.CheckConstraint(
                condition=~Q(status="answered") | Q(answered_at__isnull=False), name="review_answered_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "status", "-need", "-id"], name="review_queue"),
            models.Index(fields=["workspace", "answered_at"], name="review_answered"),
            models.Index(
                fields=["workspace", "held_until"], condition=Q(held_until__isnull=False), name="review_held"
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.pk}"
