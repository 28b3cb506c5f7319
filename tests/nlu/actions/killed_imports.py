"""A program that kills an import at three points of a transaction and finishes it; says what it found as JSON.

    python -m tests.nlu.actions.killed_imports

The database and the folder of files are those of the environment. It needs a process of its own: children are
forked and end by SIGKILL, as a worker does that the system ends.
"""

from __future__ import annotations

import io
import json
import os
import signal
from typing import Any, Final

import django

POINTS: Final = {
    "before storing": '"nlu_intent"."name" IN',
    "stored, not written down": "INSERT INTO nlu_utterance",
    "written down, not committed": 'UPDATE "nlu_importrun" SET "offset"',
}
CHUNKS: Final = 4


def main() -> None:
    """An import for each point: killed there in its second chunk, and then finished."""
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from nlu.actions.import_files import FOLDER
    from nlu.actions.import_runs import request_import, run_import
    from nlu.actions.training_files import read_training_file
    from nlu.actions.utterances import CHUNK
    from nlu.actions.workspaces import create_workspace
    from nlu.models import Utterance
    from tests.nlu.training.killed_points import in_child

    def dying(run_id: int, part: str) -> None:
        def watch(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
            result = execute(sql, params, many, context)
            if part in sql:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        run_import(run_id, seconds=0)
        with connection.execute_wrapper(watch):
            run_import(run_id)

    call_command("migrate", verbosity=0)
    found = {}
    for number, (name, part) in enumerate(POINTS.items()):
        workspace = create_workspace(slug=f"killed-{number}", name=name, default_locale="en", actor=None)
        rows = [json.dumps({"text": f"text {n}", "intent": f"i{n % 3}"}) for n in range(CHUNKS * CHUNK)]
        file = io.BytesIO("\n".join(rows).encode())
        content = read_training_file(workspace=workspace, file=file, name="some.jsonl", file_format="auto")
        run = request_import(workspace=workspace, content=content, name="some.jsonl", actor=None)
        ended = in_child(lambda run=run, part=part: dying(run.pk, part))  # type: ignore[misc]
        run.refresh_from_db()
        between = {
            "status": run.status,
            "done": run.done,
            "stored": Utterance.objects.filter(workspace=workspace).count(),
        }
        in_child(lambda run=run: run_import(run.pk))  # type: ignore[misc]
        run.refresh_from_db()
        found[name] = {
            "signal": ended,
            "between": between,
            "status": run.status,
            "added": run.added,
            "duplicates": run.duplicates,
            "stored": Utterance.objects.filter(workspace=workspace).count(),
        }
    left = sorted(path.name for path in (settings.MODEL_DIR / FOLDER).iterdir())
    print(json.dumps({"points": found, "chunk": CHUNK, "left_behind": left}))


if __name__ == "__main__":
    main()
