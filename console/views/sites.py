"""Sites: where the widget stands, and the tag that puts it there."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from chat.actions.sites import create_site, update_site
from chat.errors import InvalidInput
from chat.models import Site
from console.forms.sites import SiteForm, SiteSettingsForm
from console.permissions import StaffRequest, requires


@requires("sites")
def index(request: StaffRequest) -> HttpResponseBase:
    """The sites of the workspace."""
    return render(
        request,
        "console/sites/index.html",
        {"sites": Site.objects.filter(workspace=request.workspace).order_by("name")},
    )


@requires("sites")
def create(request: StaffRequest) -> HttpResponseBase:
    """A new site; its page has the tag."""
    form = SiteForm(request.POST or None, initial={"locale": request.workspace.default_locale})
    if request.method == "POST" and form.is_valid():
        try:
            site = create_site(workspace=request.workspace, actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The site is ready. Put the tag into its pages."))
            return redirect("console:site", site.pk)
    return render(request, "console/sites/form.html", {"form": form})


@requires("sites")
def detail(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Settings of a site and its tag."""
    site = get_object_or_404(Site, workspace=request.workspace, pk=pk)
    form = SiteSettingsForm(request.POST or None, instance=site)
    if request.method == "POST" and form.is_valid():
        try:
            update_site(site=site, actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Saved. Pages that are open keep the old settings until they are loaded again.")
            )
            return redirect("console:site", pk)
    return render(
        request,
        "console/sites/form.html",
        {
            "form": form,
            "site": site,
            "public_url": settings.PUBLIC_URL,
            "loader_url": f"{settings.PUBLIC_URL}/widget.js",
        },
    )
