"""One thread for small matrices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch operations of the calling thread on this thread alone, then restore the number of threads.

    The models here are so small that handing work to a second core costs more than it saves: on a busy two-core
    machine two threads measured more than ten times slower than one. Sums also keep their order, hence
    determinism.
    """
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
