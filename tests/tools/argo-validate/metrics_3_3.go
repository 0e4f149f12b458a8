//go:build argo3.3 || argo3.4 || argo3.5

package main

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/metrics"
	"github.com/prometheus/client_golang/prometheus"
)

func show(spec *wfv1.Prometheus) (prometheus.Gatherer, error) {
	made, err := metrics.ConstructOrUpdateMetric(nil, spec)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	return registry, registry.Register(made.(prometheus.Collector))
}
