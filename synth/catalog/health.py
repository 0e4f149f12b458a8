"""Health checks for kinds that Argo CD has none for, without which an object is healthy at once, and
one better than its own.

Source of what is missing: argoproj/argo-cd resource_customizations/ at v3.5.1; Application lost
its own in 1.8 (docs/operator-manual/health.md).
"""

from __future__ import annotations

# Hooks are none of an Application's resources: while one runs after all of them are healthy, the
# operation says so and the health does not.
APPLICATION = """\
local hs = {status = "Progressing", message = ""}
if obj.status ~= nil and obj.status.operationState ~= nil then
  if obj.status.operationState.phase == "Running" then
    hs.message = obj.status.operationState.message or ""
    return hs
  end
end
if obj.status ~= nil and obj.status.health ~= nil then
  hs.status = obj.status.health.status or "Progressing"
  hs.message = obj.status.health.message or ""
end
return hs
"""

# SeldonIO/seldon-core operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go
SELDON_DEPLOYMENT = """\
local hs = {status = "Progressing", message = "waiting for the operator"}
if obj.status ~= nil then
  hs.message = obj.status.description or ""
  if obj.status.state == "Available" then
    hs.status = "Healthy"
  elseif obj.status.state == "Failed" then
    hs.status = "Degraded"
  end
end
return hs
"""

# kubeflow/kubeflow components/profile-controller/controllers/profile_controller.go: it adds its
# finalizer once everything in the namespace is there, and only ever reports failures.
PROFILE = """\
local hs = {status = "Progressing", message = "waiting for the profile controller"}
for _, finalizer in ipairs(obj.metadata.finalizers or {}) do
  if finalizer == "profile-finalizer" then
    return {status = "Healthy", message = ""}
  end
end
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Failed" then
      hs.status = "Degraded"
      hs.message = condition.message or ""
    end
  end
end
return hs
"""

# knative/pkg apis/condition_set.go: Ready sums the others up, for the generation it has seen.
KAFKA_SOURCE = """\
local hs = {status = "Progressing", message = "waiting for Knative's Kafka source"}
if obj.status == nil or obj.status.conditions == nil then
  return hs
end
local seen = obj.status.observedGeneration
if seen ~= nil and obj.metadata.generation ~= nil and seen < obj.metadata.generation then
  return hs
end
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    hs.message = condition.message or ""
    if condition.status == "True" then
      hs.status = "Healthy"
    elseif condition.status == "False" then
      hs.status = "Degraded"
    end
  end
end
return hs
"""

# grafana/grafana-operator controllers/{alertrulegroup,contactpoint,mutetiming,notificationpolicy}_
# controller.go and controllers/controller_shared.go at v5.24.0: what it could not synchronise has
# another condition in the place of this one.
GRAFANA = """\
local synchronized = {
  AlertGroupSynchronized = true,
  ContactPointSynchronized = true,
  MuteTimingSynchronized = true,
  NotificationPolicySynchronized = true,
}
local hs = {status = "Progressing", message = "waiting for the Grafana operator"}
if obj.status == nil or obj.status.conditions == nil then
  return hs
end
for _, condition in ipairs(obj.status.conditions) do
  local seen = condition.observedGeneration
  if seen == nil or obj.metadata.generation == nil or seen >= obj.metadata.generation then
    if synchronized[condition.type] and condition.status == "True" then
      return {status = "Healthy", message = condition.message or ""}
    end
    hs = {status = "Degraded", message = condition.message or ""}
  end
end
return hs
"""

# argoproj/argo-events pkg/apis/events/v1alpha1/{status,eventsource,sensor}_types.go and
# pkg/reconciler/{eventsource,sensor}/resource.go at v1.9.10: while there is no event bus yet,
# "Deployed" is false, and the controller tries again.
ARGO_EVENTS = """\
local hs = {status = "Progressing", message = "waiting for Argo Events"}
if obj.status == nil or obj.status.conditions == nil then
  return hs
end
local deployed = false
for _, condition in ipairs(obj.status.conditions) do
  if condition.status == "False" then
    hs.message = condition.message or ""
    local bus = condition.reason == "EventBusNotFound" or condition.reason == "EventBusNotReady"
    if not bus then
      return {status = "Degraded", message = hs.message}
    end
  elseif condition.type == "Deployed" and condition.status == "True" then
    deployed = true
  end
end
if deployed then
  return {status = "Healthy", message = ""}
end
return hs
"""

# Argo CD's own calls a collector degraded while no pod of it is ready, as none is in the beginning,
# and the wave would fail. open-telemetry/opentelemetry-operator
# apis/v1beta1/opentelemetrycollector_types.go at v0.158.0: `statusReplicas` is ready/all, and Argo CD
# opens no string library to scripts of others.
OPEN_TELEMETRY_COLLECTOR = """\
local hs = {status = "Progressing", message = "waiting for the OpenTelemetry operator"}
if obj.status ~= nil and obj.status.scale ~= nil and obj.status.scale.statusReplicas ~= nil then
  local all = obj.status.scale.replicas or 0
  hs.message = obj.status.scale.statusReplicas .. " ready"
  if all > 0 and obj.status.scale.statusReplicas == all .. "/" .. all then
    hs.status = "Healthy"
  end
end
return hs
"""

# Argo CD's own calls a CRD degraded until it is established, a second after it was made: waves
# that wait for it would fail and start again. Nor is it progressing: nothing that happens to a CRD
# has its Application looked at again, which is only a matter of time then, up to three minutes for
# each wave (argoproj/argo-cd v3.2.6 reposerver/repository/repository.go leaves CRDs untracked).
# kubernetes/kubernetes
# staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1/types.go
CUSTOM_RESOURCE_DEFINITION = """\
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Terminating" and condition.status == "True" then
      return {status = "Progressing", message = "terminating"}
    elseif condition.type == "NamesAccepted" and condition.status == "False" then
      return {status = "Degraded", message = condition.message or ""}
    elseif condition.type == "NonStructuralSchema" and condition.status == "True" then
      return {status = "Degraded", message = condition.message or ""}
    end
  end
end
return {status = "Healthy", message = ""}
"""

# elastic/cloud-on-k8s pkg/apis/{common,kibana}/v1 and pkg/controller/common/deployment at v2.16.1: red
# until a pod is available, which is how every Kibana begins.
KIBANA = """\
local hs = {status = "Progressing", message = "waiting for ECK"}
if obj.status == nil or obj.status.health == nil then
  return hs
end
local seen = obj.status.observedGeneration
if seen ~= nil and obj.metadata.generation ~= nil and seen < obj.metadata.generation then
  return hs
end
if obj.status.health == "green" then
  return {status = "Healthy", message = ""}
end
hs.message = "no pod is available"
return hs
"""

CHECKS = {
    "apiextensions.k8s.io_CustomResourceDefinition": CUSTOM_RESOURCE_DEFINITION,
    "argoproj.io_Application": APPLICATION,
    "argoproj.io_EventSource": ARGO_EVENTS,
    "argoproj.io_Sensor": ARGO_EVENTS,
    "grafana.integreatly.org_GrafanaAlertRuleGroup": GRAFANA,
    "grafana.integreatly.org_GrafanaContactPoint": GRAFANA,
    "grafana.integreatly.org_GrafanaMuteTiming": GRAFANA,
    "grafana.integreatly.org_GrafanaNotificationPolicy": GRAFANA,
    "kibana.k8s.elastic.co_Kibana": KIBANA,
    "kubeflow.org_Profile": PROFILE,
    "machinelearning.seldon.io_SeldonDeployment": SELDON_DEPLOYMENT,
    "opentelemetry.io_OpenTelemetryCollector": OPEN_TELEMETRY_COLLECTOR,
    "sources.knative.dev_KafkaSource": KAFKA_SOURCE,
}
"""Lua by `<group>_<kind>`, as the keys of argocd-cm name it."""
