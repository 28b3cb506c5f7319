"""The processes of an installation: the supervisor, the web process, the worker, a turn worker alone."""
