"""Pages by cursor: nothing is skipped or shown twice while rows are added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

if TYPE_CHECKING:  # the framework reads the settings that name this module
    from rest_framework.views import APIView


M = TypeVar("M", bound=Model)
Row = TypeVar("Row")


class ApiPagination(CursorPagination):
    """`limit` rows a page (1 to 200, 50 if not given) in the order that the view names."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering = "-id"

    def get_ordering(self, request: Request, queryset: QuerySet[Model], view: APIView) -> tuple[str, ...]:
        """The view's `ordering`, unique fields last."""
        return tuple(getattr(view, "ordering", (self.ordering,)))

    def paginate_queryset(
        self, queryset: QuerySet[M, Row] | Sequence[Row], request: Request, view: APIView | None = None
    ) -> list[Row] | None:
        """The page's rows. NotFound for a cursor that no page of ours has given out."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, OverflowError):
            raise NotFound(self.invalid_cursor_message) from None
