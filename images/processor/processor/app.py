"""The HTTP server: POST / takes an event, GET /healthz and /metrics say how it is going.

Answers 204 once an event is dealt with for good, which is when a KafkaSource goes on; 503 where
Kafka did not take it, which has it sent again; 422 where it cannot be read and there is nowhere to
put it, which a KafkaSource does not repeat (knative/specs specs/eventing/data-plane.md).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from processor.comments import UnreadableError, comment
from processor.events import event
from processor.kafka import NotWrittenError, TooLargeError, Writer
from processor.metrics import Metrics

JSON = {"content-type": "application/json"}
_log = logging.getLogger("processor")


class Application:
    """Cleans comments and writes them to a topic; what it cannot read goes to another one."""

    def __init__(self, writer: Writer, *, output_topic: str, dead_letter_topic: str | None) -> None:
        self.metrics = Metrics()
        self._writer = writer
        self._output = output_topic
        self._dead_letters = dead_letter_topic

    def server(self) -> Starlette:
        """The ASGI application; when it stops, the writer is closed."""
        return Starlette(
            routes=[
                Route("/", self._take, methods=["POST"]),
                Route("/healthz", _healthy),
                Route("/metrics", self._show),
            ],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        self._writer.close()

    async def _show(self, _: Request) -> Response:
        return Response(self.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        self.metrics.received.inc()
        with self.metrics.seconds.time():
            try:
                return await self._handle(request.headers, body)
            except NotWrittenError as error:
                self.metrics.failed.inc()
                _log.warning("not written: %s", error)
                return PlainTextResponse(f"Kafka did not take it: {error}", 503)

    async def _handle(self, headers: Mapping[str, str], body: bytes) -> Response:
        try:
            received = event(headers, body)
            clean = comment(received.data, otherwise_id=received.id, otherwise_time=received.time)
            record = clean.encoded()
        except UnreadableError as error:
            return await self._put_aside(headers, body, str(error))
        if not clean.text:
            self.metrics.dropped.inc()
            return Response(status_code=204)
        try:
            await self._writer.write(self._output, record, key=clean.id, headers=JSON)
        except TooLargeError:
            return await self._put_aside(headers, body, "the comment is too large to be handed on")
        self.metrics.handed_on.inc()
        return Response(status_code=204)

    async def _put_aside(self, headers: Mapping[str, str], body: bytes, reason: str) -> Response:
        """Writes the request as it came, with the reason and whatever says where it came from."""
        if self._dead_letters is None:
            self.metrics.failed.inc()
            return PlainTextResponse(reason, 422)
        said = {
            name: value
            for name, value in headers.items()
            if name == "content-type" or name.startswith("ce-")
        }
        key, about = headers.get("ce-id", ""), {**said, "reason": reason}
        try:
            await self._writer.write(self._dead_letters, body, key=key, headers=about)
        except TooLargeError:
            # The event's subject has partition and offset of the record, which still holds it.
            await self._writer.write(self._dead_letters, None, key=key, headers=about)
        self.metrics.put_aside.inc()
        _log.info("put aside: %s (%s)", reason, key)
        return Response(status_code=204)


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("ok")
