"""Prometheus's HTTP API.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/.
"""

from __future__ import annotations

import logging
import math

import httpx2

from synth.clients import ClientError

_LOG = logging.getLogger(__name__)


class PrometheusError(ClientError):
    """Prometheus is away, or refuses the question."""


class Prometheus:
    """The Prometheus at an address such as http://prometheus.example.com:9090."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def value(self, query: str) -> float | None:
        """The one value of an instant query; None where there is none. Raises PrometheusError."""
        _LOG.info("asking %s for %s", self._address, query)
        try:
            answer = httpx2.get(
                f"{self._address}/api/v1/query", params={"query": query}, timeout=10
            ).json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise PrometheusError(f"{self._address} does not answer: {error}") from None
        if answer.get("status") != "success":
            raise PrometheusError(f"{self._address}: {answer.get('error', answer)}")
        result = answer["data"]["result"]
        value = float(result[0]["value"][1]) if result else math.nan
        return None if math.isnan(value) else value
