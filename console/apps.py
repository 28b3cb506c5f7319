"""The top floor's application."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    """Every screen of the staff, and the wiring of the project."""

    name = "console"
    verbose_name = _("Console")


class BackOfficeConfig(AdminConfig):
    """Django's admin behind a narrower door."""

    default_site = "console.back_office.BackOffice"
