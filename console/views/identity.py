"""Who vouches for a site's customers: its signing keys, and what it asks of visitors."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from chat.actions.signing_keys import create_signing_key, offer_to_remember, require_identity, revoke_signing_key
from chat.errors import InvalidInput
from chat.identity import LIFE_SECONDS
from chat.models import Customer, SigningKey, Site
from console.forms.profiles import VouchingForm
from console.permissions import StaffRequest, requires


@requires("sites")
def index(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The keys of a site, how its server signs, and whether a signed identity is asked for."""
    site = get_object_or_404(Site, workspace=request.workspace, pk=pk)
    form = VouchingForm(request.POST if request.method == "POST" else None, site=site)
    if request.method == "POST" and form.is_valid():
        try:
            offer_to_remember(site=site, offered=form.cleaned_data["offers_to_remember"], actor=request.user)
            require_identity(site=site, required=form.cleaned_data["identity_required"], actor=request.user)
        except InvalidInput as error:
            form.add_error("identity_required", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("console:site_identity", pk)
    keys = sorted(SigningKey.objects.filter(site=site), key=lambda key: (key.revoked_at is not None, -key.pk))
    context = {
        "site": site,
        "form": form,
        "keys": keys,
        "minutes": LIFE_SECONDS // 60,
        "customers": Customer.objects.filter(site=site).exclude(external_id="").count(),
    }
    return render(request, "console/identity/index.html", context)


@never_cache
@require_POST
@requires("sites")
def key_create(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A new key. It is on the answer to this form and nowhere else."""
    site = get_object_or_404(Site, workspace=request.workspace, pk=pk)
    try:
        key, secret = create_signing_key(site=site, actor=request.user)
    except InvalidInput as error:
        messages.error(request, str(error))
        return redirect("console:site_identity", pk)
    return render(request, "console/identity/created.html", {"site": site, "key": key, "secret": secret})


@requires("sites")
def key_revoke(request: StaffRequest, pk: int, key: int) -> HttpResponseBase:
    """Ask, then end the key at once."""
    site = get_object_or_404(Site, workspace=request.workspace, pk=pk)
    found = get_object_or_404(SigningKey, site=site, pk=key)
    if request.method == "POST":
        revoke_signing_key(key=found, actor=request.user)
        messages.success(request, _("The key …%(ending)s signs nothing any more.") % {"ending": found.ending})
        return redirect("console:site_identity", pk)
    valid = SigningKey.objects.filter(site=site, revoked_at=None).count()
    return render(request, "console/identity/revoke.html", {"site": site, "key": found, "is_last": valid == 1})
