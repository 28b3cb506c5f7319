"""Staff: who may sign in, and as what."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.access import can_use_desk
from chat.actions.agents import ensure_agent, update_agent
from console.actions.staff import (
    LastAdministrator,
    SuperuserAccount,
    create_staff,
    may_manage,
    set_staff_password,
    update_staff,
)
from console.forms.staff import AgentForm, NewStaffForm, StaffForm, StaffPasswordForm
from console.permissions import ROLE_TITLES, ROLES, StaffRequest, requires, roles_of
from console.tables import csv_response, one_of, page_of, search_text
from nlu.errors import InvalidData


@requires("staff", workspace=False)
def index(request: StaffRequest) -> HttpResponseBase:
    """Everybody with an account."""
    query = search_text(request)
    role = one_of(request, "role", ROLES)
    people = User.objects.all()
    if query:
        people = people.filter(
            Q(username__icontains=query) | Q(first_name__icontains=query) | Q(email__icontains=query)
        )
    if role:
        people = people.filter(groups__name=role)
    people = people.prefetch_related("groups").order_by("-is_active", "username")
    if request.GET.get("format") == "csv":
        return csv_response(
            "staff.csv",
            ["username", "name", "email", "roles", "active", "last_login"],
            (
                [
                    person.username,
                    person.first_name,
                    person.email,
                    " ".join(sorted(group.name for group in person.groups.all())),
                    person.is_active,
                    person.last_login.isoformat() if person.last_login else "",
                ]
                for person in people
            ),
        )
    page = page_of(request, people)
    rows = [
        (person, [ROLE_TITLES[group.name] for group in person.groups.all() if group.name in ROLE_TITLES])
        for person in page
    ]
    return render(
        request,
        "console/staff/index.html",
        {
            "page": page,
            "rows": rows,
            "query": query,
            "role": role,
            "roles": [(name, ROLE_TITLES[name]) for name in ROLES],
            "is_filtered": bool(query or role),
        },
    )


@requires("staff", workspace=False)
def create(request: StaffRequest) -> HttpResponseBase:
    """A new account."""
    form = NewStaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = create_staff(actor=request.user, **form.cleaned_data)
        except InvalidData as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("“%(name)s” can sign in now.") % {"name": person.username})
            return redirect("console:staff")
    return render(request, "console/staff/form.html", {"form": form, "person": None, "may_manage": True})


@requires("staff", workspace=False)
def edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Name, roles, whether the person may sign in; what customers see of an agent; a new password."""
    person = get_object_or_404(User, pk=pk)
    roles = [group.name for group in person.groups.all() if group.name in ROLES]
    initial = {
        "full_name": person.first_name,
        "email": person.email,
        "roles": roles,
        "is_active": person.is_active,
    }
    form = StaffForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            update_staff(user=person, actor=request.user, **form.cleaned_data)
        except SuperuserAccount:
            raise PermissionDenied from None
        except LastAdministrator:
            form.add_error(None, _("Somebody else must be an active administrator first."))
        except InvalidData as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("console:staff_edit", pk)
    return edit_page(request, person, form, None, None)


def edit_page(
    request: StaffRequest,
    person: User,
    form: StaffForm | None,
    agent_form: AgentForm | None,
    password_form: StaffPasswordForm | None,
) -> HttpResponseBase:
    """The page with its three forms; those not given show what is stored."""
    roles = [group.name for group in person.groups.all() if group.name in ROLES]
    stored = {
        "full_name": person.first_name,
        "email": person.email,
        "roles": roles,
        "is_active": person.is_active,
    }
    if agent_form is None and can_use_desk(person):
        agent = ensure_agent(person)
        agent_form = AgentForm(initial={"display_name": agent.display_name, "capacity": agent.capacity})
    invalid = any(one is not None and one.is_bound for one in (form, agent_form, password_form))
    return render(
        request,
        "console/staff/form.html",
        {
            "form": form or StaffForm(initial=stored),
            "person": person,
            "may_manage": may_manage(request.user, person),
            "agent_form": agent_form,
            "password_form": password_form or StaffPasswordForm(),
            "person_roles": roles_of(person),
        },
        status=422 if invalid else 200,
    )


@require_POST
@requires("staff", workspace=False)
def profile(request: StaffRequest, pk: int) -> HttpResponseBase:
    """What customers see of an agent, and how many conversations the agent takes at once."""
    person = get_object_or_404(User, pk=pk)
    form = AgentForm(request.POST)
    if not can_use_desk(person) or not form.is_valid():
        return edit_page(request, person, None, form, None)
    update_agent(agent=ensure_agent(person), actor=request.user, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("console:staff_edit", pk)


@require_POST
@requires("staff", workspace=False)
def set_password(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Give somebody a new password."""
    person = get_object_or_404(User, pk=pk)
    form = StaffPasswordForm(request.POST)
    if form.is_valid():
        try:
            set_staff_password(user=person, password=form.cleaned_data["password"], actor=request.user)
        except SuperuserAccount:
            raise PermissionDenied from None
        except InvalidData as error:
            form.add_error("password", str(error))
        else:
            messages.success(request, _("The new password is set; tell it to nobody else."))
            return redirect("console:staff_edit", pk)
    return edit_page(request, person, None, None, form)
