// Has Kubernetes itself judge pods by the Pod Security Standards, as its admission controller does: reads
// questions as a JSON list of {"level": "baseline", "version": "1.26", "pod": {…}}, gives each pod the
// defaults of the API server, and writes for each a list of [control, reason, detail], one for each
// violation, in the order that the API server's message has. With -strict, a field that no pod has is an
// error; without, other objects' containers may be asked about.
package main

import (
	"encoding/json"
	"os"

	core "k8s.io/api/core/v1"
	defaults "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

type question struct {
	Level   string
	Version string
	Pod     core.Pod
}

type violation = [3]string

func evaluated(lv api.LevelVersion, pod *core.Pod, checks ...policy.Check) []policy.CheckResult {
	evaluator, err := policy.NewEvaluator(checks, nil)
	if err != nil {
		panic(err)
	}
	var forbidden []policy.CheckResult
	for _, result := range evaluator.EvaluatePod(lv, &pod.ObjectMeta, &pod.Spec) {
		if !result.Allowed {
			forbidden = append(forbidden, result)
		}
	}
	return forbidden
}

// A result does not name its control: it is the one that says the same alone, and where one of baseline
// is replaced by one of restricted, the latter.
func controls(lv api.LevelVersion, pod *core.Pod) map[policy.CheckResult]policy.CheckID {
	said := map[policy.CheckResult]policy.CheckID{}
	for _, level := range []api.Level{api.LevelBaseline, api.LevelRestricted} {
		for _, check := range policy.DefaultChecks() {
			if check.Level == level {
				for _, result := range evaluated(lv, pod, check) {
					said[result] = check.ID
				}
			}
		}
	}
	return said
}

func judged(asked question) []violation {
	version, err := api.ParseVersion("v" + asked.Version)
	if err != nil {
		panic(err)
	}
	lv := api.LevelVersion{Level: api.Level(asked.Level), Version: version}
	pod := asked.Pod
	defaults.SetObjectDefaults_Pod(&pod)
	names := controls(lv, &pod)
	found := []violation{}
	for _, result := range evaluated(lv, &pod, policy.DefaultChecks()...) {
		found = append(found, violation{string(names[result]), result.ForbiddenReason, result.ForbiddenDetail})
	}
	return found
}

func main() {
	var asked []question
	decoder := json.NewDecoder(os.Stdin)
	if len(os.Args) > 1 && os.Args[1] == "-strict" {
		decoder.DisallowUnknownFields()
	}
	if err := decoder.Decode(&asked); err != nil {
		panic(err)
	}
	verdicts := make([][]violation, len(asked))
	for i, each := range asked {
		verdicts[i] = judged(each)
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		panic(err)
	}
}
