"""A part of a topic becomes a file of comments that says exactly which part it is.

The same part gives the same bytes. What cannot be read is counted and put aside, with its reason.
Nothing is committed before the file is where it stays: by `committed`, which is a step of its own,
because a step's files are stored after its program has ended.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sentiment import kafka
from sentiment.comments import Comment, UnreadableError, parsed
from sentiment.kafka import Record, Span, Spans, TopicError


@dataclass(frozen=True, slots=True)
class Topic:
    """Which topic, where, and for which consumer group; `seconds` is how long Kafka may take."""

    servers: str
    name: str
    group: str
    seconds: float


def fetch(
    topic: Topic, *, offsets: str, from_beginning: bool, limit: int, comments: Path, aside: Path
) -> dict[str, str | int]:
    """Writes what is new in a topic to `comments`, and what is no comment to `aside`; returns where it is
    from. `offsets` names a part that was fetched before instead. Raises TopicError.
    """
    with kafka.consumer(topic.servers, topic.group) as client:
        lost = 0
        if offsets:
            spans: Spans = decoded(offsets)
        else:
            spans, lost = kafka.new_spans(
                client,
                topic.name,
                from_beginning=from_beginning,
                limit=limit,
                seconds=topic.seconds,
            )
        records = kafka.read(client, topic.name, spans, seconds=topic.seconds)
    readable, unreadable = sorted_out(records)
    content = b"".join(comment.encoded for comment in readable)
    comments.write_bytes(content)
    aside.write_bytes(b"".join(unreadable))
    return {
        "topic": topic.name,
        "group": topic.group,
        "partitions": len(spans),
        "offsets": encoded(spans),
        "sha256": hashlib.sha256(content).hexdigest(),
        "comments": len(readable),
        "unreadable": len(unreadable),
        "lost": lost,
    }


def committed(topic: Topic, comments: Path, origin: Mapping[str, str | int]) -> dict[int, int]:
    """Commits the part of a topic that a stored file holds; what is committed now, by partition. Raises
    TopicError where the file is not what was fetched.
    """
    digest = hashlib.sha256(comments.read_bytes()).hexdigest()
    if digest != origin["sha256"]:
        raise TopicError(
            f"what is stored is not what was fetched: {digest}, not {origin['sha256']}"
        )
    with kafka.consumer(topic.servers, topic.group) as client:
        spans = decoded(str(origin["offsets"]))
        return kafka.commit(client, topic.name, spans, seconds=topic.seconds)


def encoded(spans: Spans) -> str:
    """Spans as text: {"0": [0, 100]}."""
    return json.dumps({str(each): [span.start, span.end] for each, span in sorted(spans.items())})


def decoded(offsets: str) -> dict[int, Span]:
    """Spans from text. Raises TopicError."""
    try:
        said = json.loads(offsets)
        spans = {int(each): Span(int(start), int(end)) for each, (start, end) in said.items()}
    except (ValueError, TypeError, AttributeError):
        spans = {}
    if not spans or any(not 0 <= span.start <= span.end for span in spans.values()):
        raise TopicError(
            f'{offsets!r} are no offsets: {{"0": [0, 100]}} is partition 0, up to and without 100'
        )
    return spans


def sorted_out(records: Iterable[Record]) -> tuple[list[Comment], list[bytes]]:
    """The comments among records, and a line about each other one."""
    comments, aside = [], []
    for record in records:
        try:
            comments.append(parsed(record.value))
        except UnreadableError as error:
            said = {
                "partition": record.partition,
                "offset": record.offset,
                "reason": str(error),
                "value": record.value and b64encode(record.value).decode(),
            }
            aside.append(json.dumps(said, sort_keys=True).encode() + b"\n")
    return comments, aside
