// Judges by Argo CD's own code, one question on standard input and its answer as JSON on standard output:
//
//	project        {project, applications}: what its validation has against a project, and whether its
//	               windows let each Application be synced now, by itself and by people
//	permitted      {project, sources, destinations, kinds}: which of them a project permits
//	role           {project, requests}: whether its roles allow each [subject, resource, action, object]
//	set            {applicationSet, project, folders}: the Applications of an ApplicationSet over a
//	               repository with these folders
//	notifications  {configMap, secret, project, applications}: for each Application, by trigger, who is
//	               told, how often at most, and the message
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/v3/applicationset/controllers/template"
	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/notification/settings"
	"github.com/argoproj/argo-cd/v3/util/rbac"
	"github.com/argoproj/notifications-engine/pkg/api"
	"github.com/argoproj/notifications-engine/pkg/services"
	"github.com/argoproj/notifications-engine/pkg/subscriptions"
	"github.com/argoproj/notifications-engine/pkg/templates"
	log "github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clients "sigs.k8s.io/controller-runtime/pkg/client/fake"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func asked[T any]() T {
	var given T
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	return given
}

type syncs struct {
	Automatic bool `json:"automatic"`
	Manual    bool `json:"manual"`
}

func project() any {
	given := asked[struct {
		Project      v1alpha1.AppProject
		Applications []v1alpha1.Application
	}]()
	said := struct {
		Refused string           `json:"refused"`
		Syncs   map[string]syncs `json:"syncs"`
	}{Syncs: map[string]syncs{}}
	if err := given.Project.ValidateProject(); err != nil {
		said.Refused = err.Error()
		return said
	}
	for _, app := range given.Applications {
		windows := given.Project.Spec.SyncWindows.Matches(&app)
		said.Syncs[app.Name] = syncs{must(windows.CanSync(false)), must(windows.CanSync(true))}
	}
	return said
}

func permitted() any {
	given := asked[struct {
		Project      v1alpha1.AppProject
		Sources      []string
		Destinations []v1alpha1.ApplicationDestination
		Kinds        []struct {
			Group, Kind string
			Namespaced  bool
		}
	}]()
	var sources, destinations, kinds []bool
	for _, each := range given.Sources {
		sources = append(sources, given.Project.IsSourcePermitted(v1alpha1.ApplicationSource{RepoURL: each}))
	}
	for _, each := range given.Destinations {
		cluster := &v1alpha1.Cluster{Server: each.Server}
		destinations = append(destinations, must(given.Project.IsDestinationPermitted(cluster, each.Namespace, nil)))
	}
	for _, each := range given.Kinds {
		kind := schema.GroupKind{Group: each.Group, Kind: each.Kind}
		kinds = append(kinds, given.Project.IsGroupKindPermitted(kind, each.Namespaced))
	}
	return map[string][]bool{"sources": sources, "destinations": destinations, "kinds": kinds}
}

func role() any {
	given := asked[struct {
		Project  v1alpha1.AppProject
		Requests [][4]string
	}]()
	enforcer := rbac.NewEnforcer(fake.NewClientset(), "argocd", "argocd-rbac-cm", nil)
	allowed := []bool{}
	for _, each := range given.Requests {
		allowed = append(allowed, enforcer.EnforceRuntimePolicy(
			given.Project.Name, given.Project.ProjectPoliciesString(), each[0], each[1], each[2], each[3]))
	}
	return allowed
}

// repository is a git repository of which only the folders are known.
type repository []string

func (r repository) GetDirectories(context.Context, string, string, string, bool, bool) ([]string, error) {
	return r, nil
}

func (r repository) GetFiles(context.Context, string, string, string, string, bool, bool) (map[string][]byte, error) {
	return nil, nil
}

func set() any {
	given := asked[struct {
		ApplicationSet v1alpha1.ApplicationSet
		Project        v1alpha1.AppProject
		Folders        repository
	}]()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	client := clients.NewClientBuilder().WithScheme(scheme).WithObjects(&given.Project).Build()
	git := map[string]generators.Generator{"Git": generators.NewGitGenerator(given.Folders, given.Project.Namespace)}
	found, _, err := template.GenerateApplications(
		log.NewEntry(log.StandardLogger()), given.ApplicationSet, git, &utils.Render{}, client)
	return append([]v1alpha1.Application{}, must(found, err)...)
}

type message struct {
	Recipients []string              `json:"recipients"`
	OncePer    string                `json:"oncePer"`
	Text       services.Notification `json:"text"`
}

func notifications() any {
	given := asked[struct {
		ConfigMap    corev1.ConfigMap
		Secret       map[string]string
		Project      v1alpha1.AppProject
		Applications []map[string]any
	}]()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "argocd-notifications-secret"}, Data: map[string][]byte{}}
	for key, value := range given.Secret {
		secret.Data[key] = []byte(value)
	}
	config := must(api.ParseConfig(&given.ConfigMap, secret))
	variables := must(settings.GetFactorySettings(nil, secret.Name, "argocd-notifications-cm", false).
		InitGetVars(config, &given.ConfigMap, secret))
	sender := must(api.NewAPI(*config, variables))
	texts := must(templates.NewService(config.Templates))
	told := []map[string]message{}
	for _, app := range given.Applications {
		here := map[string]message{}
		subscribed := subscriptions.NewAnnotations(given.Project.Annotations).GetDestinations(nil, nil)
		for trigger, destinations := range subscribed {
			for _, result := range must(sender.RunTrigger(trigger, app)) {
				if !result.Triggered {
					continue
				}
				said := message{OncePer: result.OncePer}
				for _, to := range destinations {
					if sender.GetNotificationServices()[to.Service] == nil {
						panic(fmt.Sprintf("there is no service %s", to.Service))
					}
					said.Recipients = append(said.Recipients, to.Service+":"+to.Recipient)
					said.Text = *must(texts.FormatNotification(variables(app, to), result.Templates...))
				}
				here[trigger] = said
			}
		}
		told = append(told, here)
	}
	return told
}

func main() {
	log.SetOutput(os.Stderr)
	questions := map[string]func() any{
		"project": project, "permitted": permitted, "role": role, "set": set, "notifications": notifications,
	}
	if err := json.NewEncoder(os.Stdout).Encode(questions[os.Args[1]]()); err != nil {
		panic(err)
	}
}
