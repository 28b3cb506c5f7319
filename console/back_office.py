"""The stock Django admin, for superusers alone: a back office to look things up, not a place to work."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class BackOffice(AdminSite):
    """Django's site with our name, our sign-in page and a narrower door."""

    site_header = _("Xiaoer back office")
    site_title = _("Back office")
    index_title = _("Records")
    site_url = "/console/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Superusers only; the flag `is_staff` opens nothing."""
        return bool(request.user.is_active and request.user.is_superuser)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The console's own sign-in page, which counts wrong passwords; people without the right are refused."""
        if request.user.is_authenticated:
            raise PermissionDenied
        target = request.GET.get("next") or reverse("admin:index")
        return redirect_to_login(target)
