"""API tokens: made with the scopes they need, shown once, revoked at any time."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from chat.actions.api_tokens import create_token, revoke_token
from chat.errors import InvalidInput
from chat.models import ApiToken
from console.forms.sites import SCOPE_TITLES, TokenForm
from console.permissions import StaffRequest, requires


@requires("sites")
def index(request: StaffRequest) -> HttpResponseBase:
    """The workspace's tokens, revoked ones last."""
    tokens = ApiToken.objects.filter(workspace=request.workspace).select_related("created_by")
    rows = sorted(tokens, key=lambda token: (token.revoked_at is not None, -token.pk))
    return render(
        request,
        "console/tokens/index.html",
        {"rows": [(token, [SCOPE_TITLES.get(scope, scope) for scope in token.scopes.split()]) for token in rows]},
    )


@requires("sites")
def create(request: StaffRequest) -> HttpResponseBase:
    """A new token. Its secret is on the answer to this form and nowhere else."""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = create_token(
                workspace=request.workspace,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                actor=request.user,
            )
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            return render(request, "console/tokens/created.html", {"token": token, "secret": secret})
    return render(request, "console/tokens/form.html", {"form": form})


@requires("sites")
def revoke(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask, then end the token at once."""
    token = get_object_or_404(ApiToken, workspace=request.workspace, pk=pk)
    if request.method == "POST":
        revoke_token(token=token, actor=request.user)
        messages.success(request, _("“%(name)s” no longer opens anything.") % {"name": token.name})
        return redirect("console:tokens")
    return render(request, "console/tokens/revoke.html", {"token": token})
