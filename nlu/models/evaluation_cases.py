"""The evaluation set: labelled messages that every model is measured on, and that no model learns from.

Corrections of conversations are the exception: they teach as utterances, too, and show that it was learned.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from nlu.models.intents import Intent, Utterance
from nlu.models.workspaces import Workspace


class CaseSource(models.TextChoices):
    """Where a case came from."""

    STAFF = "staff", _("added by hand")
    CORRECTION = "correction", _("correction of a conversation")
    IMPORT = "import", _("imported")


class EvaluationCaseQuerySet(models.QuerySet["EvaluationCase"]):
    """Queries that screens and actions share."""

    def frozen(self) -> EvaluationCaseQuerySet:
        """Those whose text no model may learn from: all but corrections."""
        return self.exclude(source=CaseSource.CORRECTION)

    def untaught(self) -> EvaluationCaseQuerySet:
        """Those whose text teaches no model: the frozen ones, and corrections that are no utterance any more."""
        return self.exclude(Q(source=CaseSource.CORRECTION) & Exists(same_utterances()))

    def with_leaks(self) -> EvaluationCaseQuerySet:
        """Annotate `is_leaked`: an utterance says the same; `taught_id`, `taught`: the intent that it teaches."""
        same = same_utterances()
        return self.annotate(
            is_leaked=Exists(same),
            taught_id=Subquery(same.values("intent_id")[:1]),
            taught=Subquery(same.values("intent__name")[:1]),
        )

    def only_leaked(self) -> EvaluationCaseQuerySet:
        """Frozen ones that an utterance says as well."""
        return self.frozen().filter(Exists(same_utterances()))


def same_utterances() -> models.QuerySet[Utterance]:
    """For a subquery of a case: the utterance of the same text."""
    return Utterance.objects.filter(workspace_id=OuterRef("workspace_id"), normalized=OuterRef("normalized"))


class EvaluationCase(models.Model):
    """A message, masked like every message, and what a model should make of it. Without an intent: out of scope.

    `entities` is a list of [start, end, type] in code points, or None where nobody said; `context` has the fields
    of `DialogueContext` that are not empty. One text may occur once for each context.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="evaluation_cases")
    intent = models.ForeignKey(
        Intent, on_delete=models.CASCADE, related_name="evaluation_cases", null=True, blank=True
    )
    text = models.CharField(_("text"), max_length=2000)
    normalized = models.CharField(max_length=2000, editable=False)
    locale = models.CharField(_("language"), max_length=12, blank=True)
    entities = models.JSONField(_("entities"), null=True, blank=True, default=None)
    context = models.JSONField(_("context"), default=dict, blank=True)
    context_hash = models.CharField(max_length=64, blank=True, editable=False)
    source = models.CharField(_("source"), max_length=12, choices=CaseSource, default=CaseSource.STAFF)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EvaluationCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation case")
        verbose_name_plural = _("evaluation cases")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "normalized", "context_hash"], name="evaluation_case_once"
            ),
        ]

    def __str__(self) -> str:
        return self.text
