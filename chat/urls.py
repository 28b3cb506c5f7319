"""Addresses of customers: the widget's loader, the chat page and its texts."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter

from chat.api import about_me
from chat.api.behaviour import BehaviourView, InvitationView
from chat.api.sessions import SessionView
from chat.slugs import UnicodeSlugConverter
from chat.views import chat_page, help, strings, widget_loader

app_name = "chat"

register_converter(UnicodeSlugConverter, "uslug")

urlpatterns: list[URLPattern | URLResolver] = [
    path("widget.js", widget_loader.widget_loader, name="loader"),
    path("chat/<slug:key>/", chat_page.chat_page, name="page"),
    path("api/v1/sites/<slug:key>/session", SessionView.as_view(), name="session"),
    path("api/v1/sites/<slug:key>/behaviour", BehaviourView.as_view(), name="behaviour"),
    path("api/v1/sites/<slug:key>/invitations/<uuid:uuid>", InvitationView.as_view(), name="invitation"),
    path("api/v1/sites/<slug:key>/about-me", about_me.AboutMeView.as_view(), name="about_me"),
    path("api/v1/sites/<slug:key>/about-me/lines", about_me.LinesView.as_view(), name="about_me_lines"),
    path("api/v1/sites/<slug:key>/about-me/lines/<uuid:uuid>", about_me.LineView.as_view(), name="about_me_line"),
    path(
        "api/v1/sites/<slug:key>/about-me/purposes/<str:purpose>",
        about_me.PurposeView.as_view(),
        name="about_me_purpose",
    ),
    path("chat/strings/<slug:locale>.js", strings.strings, name="strings"),
    path("api/v1/", include("chat.api.routes")),
    path("help/<slug:workspace>/", help.help_home, name="help"),
    path("help/<slug:workspace>/<slug:locale>/<uslug:slug>/", help.help_article, name="help_article"),
]
