//go:build argo3.7

package main

import (
	"context"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/util/telemetry"
	"github.com/argoproj/argo-workflows/v3/workflow/metrics"
	"github.com/prometheus/client_golang/prometheus"
)

// The names are what workflow/controller/controller.go says, NewWorkflowController.
func show(spec *wfv1.Prometheus) (prometheus.Gatherer, error) {
	ctx := context.Background()
	made, err := metrics.New(ctx, "workflows-controller", "argo_workflows", &telemetry.Config{Enabled: true}, metrics.Callbacks{})
	if err != nil {
		return nil, err
	}
	return prometheus.DefaultGatherer, made.UpsertCustomMetric(ctx, spec, "run", nil)
}
