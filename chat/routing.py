"""Which sockets there are."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from chat.consumers.desk import DeskConsumer
from chat.consumers.nowhere import NowhereConsumer
from chat.consumers.visitor import VisitorConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/chat/<slug:site_key>/", VisitorConsumer.as_asgi()),
    path("ws/desk/", DeskConsumer.as_asgi()),
    re_path(r"", NowhereConsumer.as_asgi()),
]
