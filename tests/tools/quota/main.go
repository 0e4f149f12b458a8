// Counts pods as the API server's quota does: reads a JSON list of cases (a pod's spec, the LimitRanges
// of its namespace, the names in its quota), and writes for each what the quota counts and what it has
// against the pod, an empty text where nothing. Defaults come first, as in the API server.
package main

import (
	"encoding/json"
	"os"

	v1 "k8s.io/api/core/v1"
	api "k8s.io/kubernetes/pkg/apis/core"
	defaults "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/quota/v1/evaluator/core"
	"k8s.io/kubernetes/plugin/pkg/admission/limitranger"
	"k8s.io/utils/clock"
)

type pod struct {
	Spec   v1.PodSpec
	Ranges []v1.LimitRange
	Quota  []v1.ResourceName
}

type verdict struct {
	Usage   v1.ResourceList `json:"usage"`
	Refused string          `json:"refused"`
}

func judged(given pod) (verdict, error) {
	made := v1.Pod{Spec: given.Spec}
	defaults.SetObjectDefaults_Pod(&made)
	var internal api.Pod
	if err := defaults.Convert_v1_Pod_To_core_Pod(&made, &internal, nil); err != nil {
		return verdict{}, err
	}
	for _, each := range given.Ranges {
		defaults.SetObjectDefaults_LimitRange(&each)
		if err := limitranger.PodMutateLimitFunc(&each, &internal); err != nil {
			return verdict{}, err
		}
	}
	usage, err := core.PodUsageFunc(&internal, clock.RealClock{})
	if err != nil {
		return verdict{}, err
	}
	said := verdict{Usage: usage}
	if err := core.NewPodEvaluator(nil, clock.RealClock{}).Constraints(given.Quota, &internal); err != nil {
		said.Refused = err.Error()
	}
	return said, nil
}

func main() {
	var given []pod
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	verdicts := []verdict{}
	for _, each := range given {
		said, err := judged(each)
		if err != nil {
			panic(err)
		}
		verdicts = append(verdicts, said)
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		panic(err)
	}
}
