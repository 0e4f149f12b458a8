"""Predictions and feedback as they are written to topics and files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def prediction(id: int, answer: str = "good", *, hours: float = 1, **changes: Any) -> Any:
    """What version 7 answered so many hours ago."""
    return {
        "id": str(id),
        "time": (NOW - timedelta(hours=hours)).isoformat(),
        "model": "sentiment",
        "version": "7",
        "input": "a fine day",
        "prediction": answer,
        **changes,
    }


def feedback(id: int, truth: str = "good", *, hours: float = 0.5, **changes: Any) -> Any:
    return {
        "id": str(id),
        "time": (NOW - timedelta(hours=hours)).isoformat(),
        "truth": truth,
        **changes,
    }


def written(path: Path, records: Iterable[Any]) -> Path:
    """A file with one record a line; a text is a line as it is."""
    lines = (each if isinstance(each, str) else json.dumps(each) for each in records)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
