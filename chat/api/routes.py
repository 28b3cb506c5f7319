"""Addresses of the HTTP interface, included under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularJSONAPIView

from chat.api.articles import ArticlesView, ArticleView
from chat.api.conversations import ConversationsView, ConversationView, MessagesView
from chat.api.docs import api_docs
from chat.api.missing import missing
from chat.api.parse import ParseView

app_name = "api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("parse", ParseView.as_view(), name="parse"),
    path("conversations", ConversationsView.as_view(), name="conversations"),
    path("conversations/<uuid:uuid>", ConversationView.as_view(), name="conversation"),
    path("conversations/<uuid:uuid>/messages", MessagesView.as_view(), name="messages"),
    path("articles", ArticlesView.as_view(), name="articles"),
    path("articles/<uslug:slug>", ArticleView.as_view(), name="article"),
    path("docs", api_docs, name="docs"),
    path(
        "schema",
        SpectacularJSONAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="schema",
    ),
    path("<path:rest>", missing, name="missing"),
]
