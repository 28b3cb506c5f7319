"""Kinds of things that customers name, and the values that they can take."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nlu.models.workspaces import Workspace


class EntityType(models.Model):
    """A kind of thing. Found by the trained tagger, by its list of values, and by its pattern if it has one."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="entity_types")
    name = models.SlugField(_("name"), max_length=60, allow_unicode=True)
    title = models.CharField(_("title"), max_length=120, blank=True)
    pattern = models.CharField(
        _("pattern"), max_length=500, blank=True, help_text=_("An RE2 expression, for example LM[0-9]{14}.")
    )

    class Meta:
        verbose_name = _("entity type")
        verbose_name_plural = _("entity types")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="entity_type_name_once")]

    def __str__(self) -> str:
        return self.name


class EntityValue(models.Model):
    """A canonical member of an entity type."""

    entity_type = models.ForeignKey(EntityType, on_delete=models.CASCADE, related_name="values")
    value = models.CharField(_("value"), max_length=120)

    class Meta:
        verbose_name = _("entity value")
        verbose_name_plural = _("entity values")
        ordering = ("value",)
        constraints = [models.UniqueConstraint(fields=["entity_type", "value"], name="entity_value_once")]

    def __str__(self) -> str:
        return self.value


class EntitySynonym(models.Model):
    """Another surface form of an entity value."""

    value = models.ForeignKey(EntityValue, on_delete=models.CASCADE, related_name="synonyms")
    text = models.CharField(_("synonym"), max_length=120)

    class Meta:
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        ordering = ("text",)
        constraints = [models.UniqueConstraint(fields=["value", "text"], name="entity_synonym_once")]
        # Which value of a type has a word: an import asks for a hundred at a time.
        indexes = [models.Index(fields=["text"], name="entity_synonym_text")]

    def __str__(self) -> str:
        return self.text
