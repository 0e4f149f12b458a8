"""Streams of events: topic, source and the program that takes the events."""

from synth.domains.streaming.metrics import job
from synth.domains.streaming.processor import service_name
from synth.domains.streaming.stream import EventStream

__all__ = ["EventStream", "job", "service_name"]
