"""Different new values for many rows, written with one prepared statement."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import Model


def update_rows(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """Write these fields of rows of one model, as `save(update_fields=...)` would, without signals.

    Django's bulk_update makes one statement with a case for each value, which takes many times longer. KeyError
    for a field that the model's table lacks.
    """
    if not rows:
        return
    meta = rows[0]._meta
    known = {column.name: column for column in meta.concrete_fields}
    columns = [known[name] for name in fields]
    table, key, *names = (
        connection.ops.quote_name(str(name))
        for name in (meta.db_table, known[meta.pk.name].column, *(column.column for column in columns))
    )
    # Names from the model alone; the values are parameters.
    statement = f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in names)} WHERE {key} = %s"  # noqa: S608
    values = [
        [*(column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns), row.pk]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
