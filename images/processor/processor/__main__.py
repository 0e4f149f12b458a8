"""`python -m processor`: runs until it is told to stop, then finishes what it has begun."""

from __future__ import annotations

import logging
import os
import sys

import uvicorn

from processor.app import Application
from processor.kafka import KafkaWriter
from processor.settings import SettingsError, read

GRACE = 25
"""Seconds for requests under way; more than Kafka may take for one."""


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    try:
        settings = read(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    application = Application(
        KafkaWriter(settings.kafka),
        output_topic=settings.output_topic,
        dead_letter_topic=settings.dead_letter_topic,
    )
    host = os.environ.get("HOST", "0.0.0.0")  # noqa: S104  # a pod has no other neighbours
    uvicorn.run(
        application.server(),
        host=host,
        port=settings.port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=GRACE,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
