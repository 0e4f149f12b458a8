"""Health checks for kinds that Argo CD has none for; without one an object is healthy at once.

Source of what is missing: argoproj/argo-cd resource_customizations/ at v3.5.1; Application lost
its own in 1.8 (docs/operator-manual/health.md).
"""

from __future__ import annotations

APPLICATION = """\
local hs = {status = "Progressing", message = ""}
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

CHECKS = {
    "argoproj.io_Application": APPLICATION,
    "machinelearning.seldon.io_SeldonDeployment": SELDON_DEPLOYMENT,
}
"""Lua by `<group>_<kind>`, as the keys of argocd-cm name it."""
