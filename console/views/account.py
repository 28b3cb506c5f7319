"""Signing in and out, one's own password, theme."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.context import THEME_COOKIE, THEMES
from console.forms.account import OwnPasswordForm, SignInForm
from console.permissions import StaffRequest, requires

THEME_SECONDS = 365 * 24 * 3600


class SignIn(LoginView):
    """The sign-in page; people who are signed in already go straight on."""

    template_name = "console/account/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Ends the session, by POST only."""


class OwnPassword(PasswordChangeView):
    """Change one's own password; other sessions of the person end."""

    template_name = "console/account/password.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("console:password")

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:  # type: ignore[override]
        """Say that it worked; the new session hash is kept by Django."""
        response = super().form_valid(form)
        messages.success(self.request, _("Your password is changed. Other devices are signed out."))
        return response


@requires("overview", workspace=False)
def password(request: StaffRequest) -> HttpResponseBase:
    """The password page for every member of staff."""
    return OwnPassword.as_view()(request)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep light, dark or (anything else) the system's choice for a year, and go back."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = settings.LOGIN_REDIRECT_URL
    response = redirect(target)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=THEME_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(THEME_COOKIE)
    return response
