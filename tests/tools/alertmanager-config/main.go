// What prometheus-operator itself makes of AlertmanagerConfigs, and whom Alertmanager itself tells.
//
// Standard input is {"base", "objects", "secrets", "strategy", "alerts"}: an Alertmanager's own
// configuration, the AlertmanagerConfigs that it selects, the Secrets that these refer to, the type of
// its alertmanagerConfigMatcherStrategy, and the labels of alerts. The answer on standard output is
// {"configuration", "receivers"}: the file that Alertmanager gets, and for each alert in turn the
// receivers that `amtool config routes test` would name.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/blang/semver/v4"
	"github.com/prometheus-operator/prometheus-operator/pkg/alertmanager"
	validation "github.com/prometheus-operator/prometheus-operator/pkg/alertmanager/validation/v1alpha1"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"github.com/prometheus-operator/prometheus-operator/pkg/assets"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
)

const namespace = "monitoring"

type question struct {
	Base     string                         `json:"base"`
	Objects  []*v1alpha1.AlertmanagerConfig `json:"objects"`
	Secrets  []*corev1.Secret               `json:"secrets"`
	Strategy string                         `json:"strategy"`
	Alerts   []model.LabelSet               `json:"alerts"`
}

type answer struct {
	Configuration string     `json:"configuration"`
	Receivers     [][]string `json:"receivers"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var asked question
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		return err
	}
	text, err := configured(asked)
	if err != nil {
		return err
	}
	loaded, err := config.Load(text)
	if err != nil {
		return err
	}
	result := answer{Configuration: text, Receivers: [][]string{}}
	root := dispatch.NewRoute(loaded.Route, nil)
	for _, labels := range asked.Alerts {
		told := []string{}
		for _, route := range root.Match(labels) {
			told = append(told, route.RouteOpts.Receiver)
		}
		result.Receivers = append(result.Receivers, told)
	}
	return json.NewEncoder(out).Encode(result)
}

func configured(asked question) (string, error) {
	objects := map[string]*v1alpha1.AlertmanagerConfig{}
	for _, each := range asked.Objects {
		if err := validation.ValidateAlertmanagerConfig(each); err != nil {
			return "", fmt.Errorf("%s/%s: %w", each.Namespace, each.Name, err)
		}
		objects[each.Namespace+"/"+each.Name] = each
	}
	secrets := []any{}
	for _, each := range asked.Secrets {
		secrets = append(secrets, each)
	}
	of := &monitoringv1.Alertmanager{}
	of.Namespace = namespace
	of.Spec.AlertmanagerConfigMatcherStrategy.Type = monitoringv1.AlertmanagerConfigMatcherStrategyType(asked.Strategy)
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	version := semver.MustParse("0.28.1")
	builder := alertmanager.NewConfigBuilder(logger, version, assets.NewTestStoreBuilder(secrets...), of)
	if err := builder.InitializeFromRawConfiguration([]byte(asked.Base)); err != nil {
		return "", err
	}
	if err := builder.AddAlertmanagerConfigs(context.Background(), objects); err != nil {
		return "", err
	}
	text, err := builder.MarshalJSON()
	return string(text), err
}
