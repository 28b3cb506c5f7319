"""A site's behaviour policy: whether it takes events, on which lawful basis, for how long."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from chat.actions.behaviour import save_policy
from chat.errors import InvalidInput
from chat.models import BehaviourPolicy, Site
from console.forms.invitations import BehaviourPolicyForm
from console.permissions import StaffRequest, requires


@requires("sites")
def policy(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Read and change it."""
    site = get_object_or_404(Site, workspace=request.workspace, pk=pk)
    row = BehaviourPolicy.objects.filter(site=site).select_related("recorded_by").first()
    form = BehaviourPolicyForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_policy(site=site, actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            if saved.is_on:
                messages.success(request, _("Saved. Pages that report events are listened to from now on."))
            else:
                messages.success(request, _("Saved. No events are taken, and none are kept."))
            return redirect("console:site_behaviour", pk)
    row = BehaviourPolicy.objects.filter(site=site).select_related("recorded_by").first()
    context = {"form": form, "site": site, "policy": row}
    return render(request, "console/sites/behaviour.html", context, status=422 if form.errors else 200)
