// Judges workflows by Argo's own validation: reads YAML documents, takes them apart as strictly as
// the version's types allow, and says what that version's controller would refuse; with the argument
// `metrics`, what its controller shows of the metrics of CronWorkflows, a series a line.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"sigs.k8s.io/yaml"
)

type templates map[string]*wfv1.WorkflowTemplate

func (all templates) Get(name string) (*wfv1.WorkflowTemplate, error) {
	if found, there := all[name]; there {
		return found, nil
	}
	return nil, fmt.Errorf("there is no WorkflowTemplate %q", name)
}

type clusterTemplates map[string]*wfv1.ClusterWorkflowTemplate

func (all clusterTemplates) Get(name string) (*wfv1.ClusterWorkflowTemplate, error) {
	if found, there := all[name]; there {
		return found, nil
	}
	return nil, fmt.Errorf("there is no ClusterWorkflowTemplate %q", name)
}

// judge holds what there is; the validation of each kind is the version's own (validate_*.go).
type judge struct {
	templates templates
	cluster   clusterTemplates
}

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	documents := strings.Split(string(input), "\n---\n")
	if len(os.Args) > 1 && os.Args[1] == "metrics" {
		if err := shown(documents); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		return
	}
	mistakes := complaints(documents)
	for _, each := range mistakes {
		fmt.Println(each)
	}
	if len(mistakes) > 0 {
		os.Exit(1)
	}
}

func complaints(documents []string) (mistakes []string) {
	all := judge{templates{}, clusterTemplates{}}
	crons := []*wfv1.CronWorkflow{}
	say := func(name string, err error) {
		if err != nil {
			mistakes = append(mistakes, fmt.Sprintf("%s: %s", name, err))
		}
	}
	for _, document := range documents {
		var head struct{ Kind string }
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			say("input", err)
			continue
		}
		var err error
		switch head.Kind {
		case "WorkflowTemplate":
			body := &wfv1.WorkflowTemplate{}
			err = yaml.UnmarshalStrict([]byte(document), body)
			all.templates[body.Name] = body
		case "ClusterWorkflowTemplate":
			body := &wfv1.ClusterWorkflowTemplate{}
			err = yaml.UnmarshalStrict([]byte(document), body)
			all.cluster[body.Name] = body
		case "CronWorkflow":
			body := &wfv1.CronWorkflow{}
			err = yaml.UnmarshalStrict([]byte(document), body)
			crons = append(crons, body)
		default:
			err = fmt.Errorf("is nothing that Argo Workflows validates")
		}
		say(head.Kind, err)
	}
	for name, body := range all.templates {
		say("WorkflowTemplate "+name, all.template(body))
	}
	for name, body := range all.cluster {
		say("ClusterWorkflowTemplate "+name, all.clusterTemplate(body))
	}
	for _, body := range crons {
		say("CronWorkflow "+body.Name, all.cron(body))
	}
	return mistakes
}

func shown(documents []string) error {
	for _, document := range documents {
		body := &wfv1.CronWorkflow{}
		if err := yaml.Unmarshal([]byte(document), body); err != nil {
			return err
		}
		if body.Kind != "CronWorkflow" || body.Spec.WorkflowSpec.Metrics == nil {
			continue
		}
		for _, metric := range body.Spec.WorkflowSpec.Metrics.Prometheus {
			if metric.Gauge == nil || metric.IsRealtime() {
				return fmt.Errorf("%s is no gauge that a run sets at its end", metric.Name)
			}
			// What stands there is put in by the controller.
			metric.Gauge.Value = "1"
			gatherer, err := show(metric)
			if err != nil {
				return err
			}
			families, err := gatherer.Gather()
			if err != nil {
				return err
			}
			for _, family := range families {
				if !strings.HasSuffix(family.GetName(), metric.Name) {
					continue
				}
				for _, series := range family.GetMetric() {
					labels := []string{}
					for _, label := range series.GetLabel() {
						labels = append(labels, fmt.Sprintf("%s=%q", label.GetName(), label.GetValue()))
					}
					fmt.Printf("%s{%s}\n", family.GetName(), strings.Join(labels, ","))
				}
			}
		}
	}
	return nil
}
