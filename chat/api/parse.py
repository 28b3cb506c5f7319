"""What the assistant understands of a text."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chat.actions.probes import ask_probe
from chat.api.schema import refusals, scope
from chat.api.views import ApiView, TextField

MAX_TEXT = 4_000


class ParseRequest(serializers.Serializer[object]):
    """The text to understand."""

    text = TextField(max_length=MAX_TEXT)
    locale = serializers.ChoiceField(
        choices=[code for code, _name in settings.LANGUAGES],
        required=False,
        help_text="Language if the text does not show it; the workspace's default if not given.",
    )


class ParseResponse(serializers.Serializer[object]):
    """What a live turn would keep for the same text."""

    parse = serializers.DictField(help_text="Ranked intents, entities, scope decision, model version.")
    passages = serializers.ListField(child=serializers.DictField(), help_text="Passages found, with relevance.")
    decision = serializers.DictField(help_text="What the assistant would do, and why.")
    milliseconds = serializers.FloatField()


class ParseView(ApiView):
    """`POST /api/v1/parse`."""

    required_scopes: ClassVar = {"POST": "parse"}
    serializer_class = ParseRequest
    pagination_class = None

    @extend_schema(
        operation_id="parse",
        extensions=scope("parse"),
        summary="Understand a text",
        description="The text is masked, understood by the workspace's active model, searched for in its articles "
        "and decided upon, exactly as the first message of a conversation would be; nothing of it is kept.",
        request=ParseRequest,
        responses={200: ParseResponse, **refusals(400, 401, 403, 413, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """Ask the assistant; 503 when no turn worker answers within five seconds."""
        body = ParseRequest(data=request.data)
        body.is_valid(raise_exception=True)
        result = ask_probe(
            workspace=self.workspace,
            text=body.validated_data["text"],
            locale=body.validated_data.get("locale") or self.workspace.default_locale,
        )
        return Response(
            {
                "parse": result.parse,
                "passages": result.passages,
                "decision": result.decision,
                "milliseconds": result.milliseconds,
            }
        )
