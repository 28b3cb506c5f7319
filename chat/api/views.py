"""What all resources share: one shape of errors, the token's workspace, strict JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, cast

from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from chat import errors
from chat.api.parsing import StrictJSONParser
from chat.models import ApiToken
from nlu.models import Workspace

_STATUS: Mapping[type[errors.ChatError], int] = {
    errors.InvalidInput: status.HTTP_400_BAD_REQUEST,
    errors.Forbidden: status.HTTP_403_FORBIDDEN,
    errors.NotFound: status.HTTP_404_NOT_FOUND,
    errors.NoTurnWorker: status.HTTP_503_SERVICE_UNAVAILABLE,
    errors.Busy: status.HTTP_503_SERVICE_UNAVAILABLE,
}


class TextField(serializers.CharField):
    """A string; numbers are not taken for one."""

    def to_internal_value(self, data: object) -> str:
        """The string without surrounding blanks; a ValidationError for anything else."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ApiView(GenericAPIView):  # type: ignore[type-arg] # resources differ in what they serve
    """Base of the resources. `required_scopes` maps each method to the scope that it needs."""

    parser_classes = (StrictJSONParser,)
    required_scopes: ClassVar[Mapping[str, str]] = {}

    @property
    def token(self) -> ApiToken:
        """The token that the request came with; the permission check has seen to it."""
        return cast("ApiToken", self.request.auth)

    @property
    def workspace(self) -> Workspace:
        """The only workspace that the token can see."""
        return self.token.workspace

    def handle_exception(self, exc: Exception) -> Response:
        """Every refusal as `{"code", "detail"[, "fields"]}` with the status that its kind stands for."""
        if isinstance(exc, errors.ChatError):
            code = next((_STATUS[kind] for kind in type(exc).__mro__ if kind in _STATUS), status.HTTP_409_CONFLICT)
            return Response({"code": exc.code, "detail": str(exc)}, status=code)
        if isinstance(exc, Http404):
            exc = exceptions.NotFound()
        response = super().handle_exception(exc)
        if isinstance(exc, exceptions.ValidationError):
            response.data = {"code": "invalid", "detail": _summary(exc.detail), "fields": _fields(exc.detail)}
        elif isinstance(exc, exceptions.APIException):
            response.data = {"code": str(exc.get_codes()), "detail": str(exc.detail)}
        return response


def _fields(detail: object) -> dict[str, list[str]]:
    if not isinstance(detail, dict):
        return {}
    return {
        str(name): [str(one) for one in problems] if isinstance(problems, list) else [str(problems)]
        for name, problems in detail.items()
    }


def _summary(detail: object) -> str:
    if isinstance(detail, list):
        return " ".join(str(one) for one in detail)
    return " ".join(f"{name}: {' '.join(problems)}" for name, problems in _fields(detail).items())
