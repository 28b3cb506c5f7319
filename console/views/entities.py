"""Entity types: the list, one type with its values and synonyms."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import Count, Q
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.forms.entities import EntityTypeForm, EntityValueForm
from console.permissions import StaffRequest, requires
from console.tables import csv_response, page_of, search_text
from nlu.actions.entities import (
    add_value,
    create_entity_type,
    delete_entity_type,
    delete_value,
    entity_contents,
    update_entity_type,
    update_value,
)
from nlu.errors import InvalidData
from nlu.models import EntityAnnotation, EntityType, EntityValue


@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """All types with how they are found and how often they are marked."""
    query = search_text(request)
    types = EntityType.objects.filter(workspace=request.workspace)
    if query:
        types = types.filter(Q(name__icontains=query) | Q(title__icontains=query))
    rows = list(types.annotate(value_count=Count("values")).order_by("name"))
    marks = dict(
        EntityAnnotation.objects.filter(entity_type__workspace=request.workspace)
        .values("entity_type")
        .annotate(total=Count("id"))
        .values_list("entity_type", "total")
    )
    if request.GET.get("format") == "csv":
        return csv_response(
            "entity_types.csv",
            ["name", "title", "pattern", "values", "annotations"],
            ([row.name, row.title, row.pattern, row.value_count, marks.get(row.pk, 0)] for row in rows),
        )
    return render(
        request,
        "console/entities/index.html",
        {"rows": [(row, marks.get(row.pk, 0)) for row in rows], "query": query},
    )


@requires("teach")
def create(request: StaffRequest) -> HttpResponseBase:
    """A new type, opened at once so that its values can be typed."""
    form = EntityTypeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            entity_type = create_entity_type(workspace=request.workspace, actor=request.user, **form.cleaned_data)
        except InvalidData as error:
            form.add_error(None, str(error))
        else:
            return redirect("console:entity_type", entity_type.pk)
    return render(request, "console/entities/form.html", {"form": form, "title": _("New entity type")})


@requires("teach")
def edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Name, title, pattern."""
    entity_type = get_object_or_404(EntityType, workspace=request.workspace, pk=pk)
    form = EntityTypeForm(request.POST or None, instance=entity_type)
    if request.method == "POST" and form.is_valid():
        try:
            update_entity_type(entity_type=entity_type, actor=request.user, **form.cleaned_data)
        except InvalidData as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. The assistant uses it after the next training."))
            return redirect("console:entity_type", pk)
    return render(
        request,
        "console/entities/form.html",
        {"form": form, "entity_type": entity_type, "title": _("Edit the entity type")},
    )


@requires("teach")
def delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask with the counts, then delete."""
    entity_type = get_object_or_404(EntityType, workspace=request.workspace, pk=pk)
    if request.method == "POST":
        delete_entity_type(entity_type=entity_type, actor=request.user)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": entity_type.name})
        return redirect("console:entity_types")
    contents = entity_contents(entity_type)
    return render(request, "console/entities/delete.html", {"entity_type": entity_type, "contents": contents})


def value_page(request: StaffRequest, entity_type: EntityType) -> Page[EntityValue]:
    """The page of values that the search selects."""
    values = EntityValue.objects.filter(entity_type=entity_type)
    query = search_text(request)
    if query:
        values = values.filter(
            Q(value__icontains=query)
            | Q(pk__in=EntityValue.objects.filter(synonyms__text__icontains=query).values("pk"))
        )
    return page_of(request, values.prefetch_related("synonyms").order_by("value"))


@requires("teach")
def detail(request: StaffRequest, pk: int) -> HttpResponseBase:
    """One type: how it is found, its values."""
    entity_type = get_object_or_404(EntityType, workspace=request.workspace, pk=pk)
    context = {
        "entity_type": entity_type,
        "page": value_page(request, entity_type),
        "query": search_text(request),
        "contents": entity_contents(entity_type),
        "form": EntityValueForm(),
    }
    if request.htmx and request.htmx.target == "values":
        return render(request, "console/entities/values.html", context)
    return render(request, "console/entities/detail.html", context)


@require_POST
@requires("teach")
def value_add(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Add a value; with an error the form comes back as it was typed."""
    entity_type = get_object_or_404(EntityType, workspace=request.workspace, pk=pk)
    form = EntityValueForm(request.POST)
    if form.is_valid():
        try:
            added = add_value(
                entity_type=entity_type,
                value=form.cleaned_data["value"],
                synonyms=form.words(),
                actor=request.user,
            )
        except InvalidData as error:
            form.add_error("value", str(error))
        else:
            messages.success(request, _("“%(value)s” is added.") % {"value": added.value})
            if not request.htmx:
                return redirect("console:entity_type", pk)
            form = EntityValueForm()
    context = {
        "entity_type": entity_type,
        "page": value_page(request, entity_type),
        "query": search_text(request),
        "contents": entity_contents(entity_type),
        "form": form,
        "focus": True,
    }
    template = "console/entities/values.html" if request.htmx else "console/entities/detail.html"
    return render(request, template, context, status=422 if form.errors else 200)


@requires("teach")
def value(request: StaffRequest, pk: int) -> HttpResponseBase:
    """One value's row: GET shows it or (`?edit`) its editor, POST saves or, with `do=delete`, deletes."""
    row = get_object_or_404(
        EntityValue.objects.select_related("entity_type").prefetch_related("synonyms"),
        entity_type__workspace=request.workspace,
        pk=pk,
    )
    form: EntityValueForm | None = None
    if request.method == "POST" and request.POST.get("do") == "delete":
        delete_value(value=row, actor=request.user)
        messages.success(request, _("“%(value)s” is deleted.") % {"value": row.value})
        if request.htmx:
            return render(request, "console/entities/gone.html")
        return redirect("console:entity_type", row.entity_type_id)
    if request.method == "POST":
        form = posted = EntityValueForm(request.POST)
        if posted.is_valid():
            text, words = posted.cleaned_data["value"], posted.words()
            try:
                row = update_value(value=row, text=text, synonyms=words, actor=request.user)
                form = None
            except InvalidData as error:
                posted.add_error("value", str(error))
    elif "edit" in request.GET:
        known = ", ".join(synonym.text for synonym in row.synonyms.all())
        form = EntityValueForm(initial={"value": row.value, "synonyms": known})
    if not request.htmx and form is None:
        return redirect("console:entity_type", row.entity_type_id)
    template = "console/entities/value.html" if request.htmx else "console/entities/value_page.html"
    return render(request, template, {"value": row, "form": form, "focus": True})
