"""The metrics that model servers show, by their real names, and those that evaluation pushes.

Source: SeldonIO/seldon-core executor/api/metric (constants.go, server.go), 1.17.1;
prometheus/pushgateway README.md (About timestamps) for PUSHED. No server knows how often a model is
right: images/evaluation measures it, and a test holds its names to these.
"""

from __future__ import annotations

SELDON_REQUESTS = "seldon_api_executor_server_requests_seconds"
"""The histogram of requests that the executor answered; labels namespace, deployment_name,
predictor_name, predictor_version, service, code."""
PREDICTIONS = 'service="predictions"'
"""The matcher of predictions; the executor also counts feedback, status and metadata."""
FAILED = 'code!~"2.."'
"""The matcher of requests that failed, be it the model's fault or that of what it was sent."""

ACCURACY = "model_accuracy_ratio"
"""The gauge of the share of predictions that feedback confirmed; labels namespace, model,
version."""
JUDGED = "model_judged_predictions"
"""The gauge of the predictions that ACCURACY is taken over; the same labels."""
ACCURACY_JOB = "model-accuracy"
DRIFT = "model_input_drift_psi"
"""The gauge of the population stability index between the training data and what was asked lately;
labels namespace, model."""
DRIFT_INPUTS = "model_input_drift_inputs"
"""The gauge of the inputs that DRIFT is taken over; the same labels."""
DRIFT_JOB = "model-input-drift"
PUSHED = "push_time_seconds"
"""The Pushgateway's own gauge of when a group was pushed last; its labels are job and the group's."""
