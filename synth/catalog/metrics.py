"""The metrics that model servers show, by their real names.

Source: SeldonIO/seldon-core executor/api/metric (constants.go, server.go), 1.17.1.
"""

from __future__ import annotations

SELDON_REQUESTS = "seldon_api_executor_server_requests_seconds"
"""The histogram of requests that the executor answered; labels namespace, deployment_name,
predictor_name, predictor_version, service, code."""
PREDICTIONS = 'service="predictions"'
"""The matcher of predictions; the executor also counts feedback, status and metadata."""
FAILED = 'code!~"2.."'
"""The matcher of requests that failed, be it the model's fault or that of what it was sent."""
