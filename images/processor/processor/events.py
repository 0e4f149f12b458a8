"""CloudEvents over HTTP, in binary and in structured mode.

Source: cloudevents/spec cloudevents/bindings/http-protocol-binding.md, 1.0.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloudevents.core.bindings.http import HTTPMessage, from_http
from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.formats.json import JSONFormat

from processor.comments import UnreadableError


@dataclass(frozen=True, slots=True)
class Event:
    """An event whose data is JSON; one without a time was made now."""

    id: str
    time: datetime
    data: Any


class _Json(JSONFormat):
    """Data is JSON whatever its type is said to be: a KafkaSource knows none, and says none, unless
    the record has a header for it.
    """

    def read_data(self, body: bytes, datacontenttype: str | None) -> Any:  # noqa: ARG002
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise UnreadableError("the data is no JSON") from None


def event(headers: Mapping[str, str], body: bytes) -> Event:
    """The event in a request. Raises UnreadableError."""
    try:
        read = from_http(HTTPMessage(dict(headers), body), _Json())
    except UnreadableError:
        raise
    except (
        BaseCloudEventException,
        ValueError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise UnreadableError(f"this is no CloudEvent: {_first_line(error)}") from None
    return Event(read.get_id(), read.get_time() or datetime.now(UTC), read.get_data())


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
