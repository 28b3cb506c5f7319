"""Addresses under /api/v1/ that lead nowhere: the same shape of refusal as everything else."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt  # nothing is changed, and a program sends no CSRF token
def missing(request: HttpRequest, rest: str) -> JsonResponse:
    """404 as JSON."""
    return JsonResponse({"code": "not_found", "detail": _("There is no such address.")}, status=404)
