"""The first floor's application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    """Sites, visitors, conversations, turns, dialogue, handoff, live transport."""

    name = "chat"
    verbose_name = _("Conversations")

    def ready(self) -> None:
        """Answer what the ground floor asks, and end what it keeps with the conversation."""
        from chat import kept_values, logged_questions, recent_messages  # noqa: F401
