"""The Argo CD side of an environment: Applications in waves, projects, teams' repositories, bootstrap, settings."""

from synth.domains.argocd.applications import Applications, Bootstrap
from synth.domains.argocd.projects import Projects
from synth.domains.argocd.repositories import Repositories
from synth.domains.argocd.settings import Settings

__all__ = ["Applications", "Bootstrap", "Projects", "Repositories", "Settings"]
