"""Python's cycle collector waits while some rows are worked on.

A thousand rows are some hundred thousand small objects that live for a moment and have no
cycles; looking through them takes a fifth of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """No collection inside the block, which should take less than a second.

    Two at once are harmless: the first that ends switches it on again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
