// What Argo Events itself makes of rendered objects and of events.
//
// Standard input is {"objects": [...], "events": [{"time": ..., "body": ...}]}. The answer on
// standard output is {"problems": [...], "outcomes": [...]}: what its validation has against the objects,
// and for each event in turn what the Sensors make of it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Knetic/govaluate"
	"github.com/argoproj/argo-events/pkg/apis/events/v1alpha1"
	"github.com/argoproj/argo-events/pkg/eventsources/events"
	"github.com/argoproj/argo-events/pkg/eventsources/sources/webhook"
	"github.com/argoproj/argo-events/pkg/reconciler/eventbus"
	"github.com/argoproj/argo-events/pkg/reconciler/sensor"
	"github.com/argoproj/argo-events/pkg/sensors/dependencies"
	"github.com/argoproj/argo-events/pkg/sensors/triggers"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type question struct {
	Objects []json.RawMessage `json:"objects"`
	Events  []event           `json:"events"`
}

type event struct {
	Time time.Time       `json:"time"`
	Body json.RawMessage `json:"body"`
}

// outcome is what comes of one event: the objects that triggers create, by the trigger's name, and
// what went wrong with a dependency's filter or a trigger's parameters.
type outcome struct {
	Created map[string]any    `json:"created"`
	Errors  map[string]string `json:"errors"`
}

type answer struct {
	Problems []string  `json:"problems"`
	Outcomes []outcome `json:"outcomes"`
}

type installation struct {
	bus     *v1alpha1.EventBus
	sensors []*v1alpha1.Sensor
}

func main() {
	// Argo Events prints where it falls back to a default value.
	out := os.Stdout
	os.Stdout = os.Stderr
	var asked question
	if err := strictly(os.Stdin, &asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	installed, problems := judge(asked.Objects)
	given := answer{Problems: problems, Outcomes: []outcome{}}
	for _, each := range asked.Events {
		arrived, err := wrapped(each)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		given.Outcomes = append(given.Outcomes, happens(installed.sensors, arrived))
	}
	if err := json.NewEncoder(out).Encode(given); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func strictly(from interface{ Read([]byte) (int, error) }, into any) error {
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// judge reads the objects into Argo Events' own types, where an unknown field is a problem, and
// validates them as its controllers do.
func judge(objects []json.RawMessage) (installation, []string) {
	var found installation
	problems := []string{}
	complain := func(kind string, err error) {
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s: %s", kind, err))
		}
	}
	for _, raw := range objects {
		var meta metav1.TypeMeta
		if err := json.Unmarshal(raw, &meta); err != nil {
			complain("object", err)
			continue
		}
		switch meta.Kind {
		case "EventBus":
			found.bus = &v1alpha1.EventBus{}
			if err := strictly(bytes.NewReader(raw), found.bus); err != nil {
				complain(meta.Kind, err)
				continue
			}
			complain(meta.Kind, eventbus.ValidateEventBus(found.bus))
		case "EventSource":
			source := &v1alpha1.EventSource{}
			if err := strictly(bytes.NewReader(raw), source); err != nil {
				complain(meta.Kind, err)
				continue
			}
			complain(meta.Kind, validateWebhooks(source))
		case "Sensor":
			one := &v1alpha1.Sensor{}
			if err := strictly(bytes.NewReader(raw), one); err != nil {
				complain(meta.Kind, err)
				continue
			}
			found.sensors = append(found.sensors, one)
		default:
			problems = append(problems, fmt.Sprintf("%q is no kind of Argo Events", meta.Kind))
		}
	}
	for _, one := range found.sensors {
		complain("Sensor", sensor.ValidateSensor(one, found.bus))
	}
	return found, problems
}

// validateWebhooks is the part of eventsource.ValidateEventSource that webhooks go through; the
// whole would compile the clients of two dozen message brokers.
func validateWebhooks(source *v1alpha1.EventSource) error {
	for name, each := range source.Spec.Webhook {
		listener := &webhook.EventListener{EventSourceName: source.Name, EventName: name, Webhook: each}
		if err := listener.ValidateEventSource(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

// wrapped is a request's body as a webhook EventSource puts it on the bus.
func wrapped(given event) (*v1alpha1.Event, error) {
	data, err := json.Marshal(&events.WebhookEventData{
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   &given.Body,
	})
	if err != nil {
		return nil, err
	}
	return &v1alpha1.Event{
		Context: &v1alpha1.EventContext{
			DataContentType: v1alpha1.MediaTypeJSON,
			Time:            metav1.Time{Time: given.Time},
		},
		Data: data,
	}, nil
}

func happens(sensors []*v1alpha1.Sensor, arrived *v1alpha1.Event) outcome {
	result := outcome{Created: map[string]any{}, Errors: map[string]string{}}
	for _, one := range sensors {
		passed := map[string]*v1alpha1.Event{}
		for _, dependency := range one.Spec.Dependencies {
			ok, err := dependencies.Filter(arrived, dependency.Filters, dependency.FiltersLogicalOperator)
			if err != nil {
				result.Errors[dependency.Name] = err.Error()
			}
			if ok {
				passed[dependency.Name] = arrived
			}
		}
		for _, trigger := range one.Spec.Triggers {
			object, err := created(trigger, passed)
			if err != nil {
				result.Errors[trigger.Template.Name] = err.Error()
			} else if object != nil {
				result.Created[trigger.Template.Name] = object
			}
		}
	}
	return result
}

// created is the object of a trigger whose conditions the events that passed fulfil. Conditions are
// evaluated as pkg/sensors/listener.go and pkg/eventbus/jetstream/sensor do, which keep that to
// themselves.
func created(trigger v1alpha1.Trigger, passed map[string]*v1alpha1.Event) (map[string]any, error) {
	condition, err := govaluate.NewEvaluableExpression(
		strings.ReplaceAll(trigger.Template.Conditions, "-", "\\-"),
	)
	if err != nil {
		return nil, err
	}
	there := map[string]any{}
	for _, name := range condition.Vars() {
		_, there[name] = passed[name]
	}
	if fulfilled, err := condition.Evaluate(there); err != nil || fulfilled != true {
		return nil, err
	}
	object, err := triggers.FetchKubernetesResource(trigger.Template.K8s.Source)
	if err != nil {
		return nil, err
	}
	err = triggers.ApplyResourceParameters(passed, trigger.Template.K8s.Parameters, object)
	return object.Object, err
}
