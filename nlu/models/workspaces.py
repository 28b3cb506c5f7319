"""The tenant: everything that staff teach belongs to one workspace."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Workspace(models.Model):
    """A separate body of intents, articles, rules, thresholds and models.

    `promised_error`, in percent, is what new versions inherit; None leaves the bounds to their trainings.
    `training_effort`, `training_minutes` and `training_encoder` are how people last wanted a training, and how the
    next one is done unless they say otherwise (`nlu.training_plans`). `training_unlabelled`: trainings learn from
    messages that nobody has labelled, too. `generates`: utterances may be proposed for thin intents.
    """

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    default_locale = models.CharField(_("default language"), max_length=12, default="zh-hans")
    confirm_limit = models.PositiveSmallIntegerField(
        _("confirmations before handing off"),
        default=1,
        help_text=_("How often the assistant asks “did you mean…?” about one question."),
    )
    rephrase_limit = models.PositiveSmallIntegerField(
        _("rephrasings before handing off"),
        default=1,
        help_text=_("How often the assistant asks a customer to say it differently."),
    )
    promised_error = models.FloatField(
        _("promised error"),
        null=True,
        blank=True,
        default=None,
        help_text=_("Of what the assistant answers on its own, at most so many of a hundred are wrong."),
    )
    training_effort = models.CharField(_("effort of trainings"), max_length=10, default="fast")
    training_minutes = models.PositiveSmallIntegerField(_("minutes of trainings"), default=30)
    training_encoder = models.CharField(_("encoder of trainings"), max_length=200, default="ngram")
    training_unlabelled = models.BooleanField(_("learn from unlabelled messages"), default=False)
    generates = models.BooleanField(_("propose utterances"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name
