"""Work that is done beside the story, again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def repeating(work: Callable[[], None], every: float) -> Iterator[None]:
    """Does it in a thread of its own, so many seconds after it was done last, while the context lasts."""
    over = Event()

    def again() -> None:
        while not over.wait(every):
            work()

    thread = Thread(target=again, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
