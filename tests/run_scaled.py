"""The persistence and socket tests on PostgreSQL and Redis, which it starts and stops itself.

The tests are the same ones that run on SQLite; only DATABASE_URL and REDIS_URL differ. Further arguments go to
pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.servers import Backends, MissingProgram

MARKED = "(persistence or socket) and not browser and not processes"


def main() -> int:
    """pytest's exit status; 1 if a server's program is missing."""
    try:
        with Backends(durable=False) as backends:
            environment = os.environ | {"DATABASE_URL": backends.database_url, "REDIS_URL": backends.redis_url}
            command = [sys.executable, "-m", "pytest", "-p", "tests.no_skips", "-q", "-m", MARKED]
            return subprocess.run([*command, *sys.argv[1:]], env=environment, check=False).returncode
    except MissingProgram as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
