//go:build argo3.4 || argo3.5

package main

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/validate"
)

func (all judge) template(body *wfv1.WorkflowTemplate) error {
	return validate.ValidateWorkflowTemplate(all.templates, all.cluster, body, validate.ValidateOpts{})
}

func (all judge) clusterTemplate(body *wfv1.ClusterWorkflowTemplate) error {
	return validate.ValidateClusterWorkflowTemplate(all.templates, all.cluster, body, validate.ValidateOpts{})
}

func (all judge) cron(body *wfv1.CronWorkflow) error {
	return validate.ValidateCronWorkflow(all.templates, all.cluster, body)
}
