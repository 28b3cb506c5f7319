"""What may be known about customers: the attributes of the workspace, each with its lawful basis."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chat.actions.profile_attributes import create_attribute, delete_attribute, update_attribute
from chat.errors import InvalidInput
from chat.models import ProfileAttribute, ProfileEntry, Site
from chat.models.profiles import ProfileSource
from console.forms.profiles import AttributeForm
from console.permissions import StaffRequest, requires


@requires("sites")
def index(request: StaffRequest) -> HttpResponseBase:
    """All attributes; those without a basis first, since nothing of them is stored."""
    entries = (
        ProfileEntry.objects.filter(
            name=OuterRef("name"), source=ProfileSource.SIGNED, customer__site__workspace=request.workspace
        )
        .order_by()
        .values("name")
        .annotate(count=Count("pk"))
        .values("count")
    )
    rows = ProfileAttribute.objects.filter(workspace=request.workspace).annotate(
        stored=Coalesce(Subquery(entries), 0)
    )
    locale = get_language() or ""
    listed = sorted(rows, key=lambda row: (bool(row.basis), row.name))
    return render(
        request,
        "console/profile_attributes/index.html",
        {
            "rows": [(row, row.title_in(locale)) for row in listed],
            "sites": Site.objects.filter(workspace=request.workspace),
        },
    )


@requires("sites")
def create(request: StaffRequest) -> HttpResponseBase:
    """List one more."""
    form = AttributeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            create_attribute(workspace=request.workspace, actor=request.user, **form.values())
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Listed. From the next sign-in on it is stored."))
            return redirect("console:profile_attributes")
    return render(request, "console/profile_attributes/form.html", {"form": form, "title": _("New attribute")})


@requires("sites")
def edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Change what it is called, its basis, how long it is kept."""
    attribute = get_object_or_404(ProfileAttribute, workspace=request.workspace, pk=pk)
    form = AttributeForm(request.POST or None, attribute=attribute)
    if request.method == "POST" and form.is_valid():
        try:
            update_attribute(attribute=attribute, actor=request.user, **form.values())
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("console:profile_attributes")
    context = {"form": form, "title": _("Edit the attribute"), "attribute": attribute}
    return render(request, "console/profile_attributes/form.html", context)


@requires("sites")
def delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask, then take it off the list with what is stored."""
    attribute = get_object_or_404(ProfileAttribute, workspace=request.workspace, pk=pk)
    if request.method == "POST":
        delete_attribute(attribute=attribute, actor=request.user)
        messages.success(request, _("Deleted, with everything that was stored under it."))
        return redirect("console:profile_attributes")
    return render(request, "console/profile_attributes/delete.html", {"attribute": attribute})
