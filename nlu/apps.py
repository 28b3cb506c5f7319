"""The ground floor's application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NluConfig(AppConfig):
    """Workspace, jobs, audit; intents, entities, articles, masking rules; understand, search, learn."""

    name = "nlu"
    verbose_name = _("Understanding")
