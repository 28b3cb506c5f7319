"""Everything that lives as long as a process that serves sockets.

The writer, its sockets, and who looks after them.
"""

from chat.live.services import shut_down_sockets

__all__ = ["shut_down_sockets"]
