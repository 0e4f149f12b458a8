"""Alerts on the platform itself, and the scraping of what they are about."""

from synth.domains.observability.platform.monitoring import PlatformMonitoring, TeamAlerts

__all__ = ["PlatformMonitoring", "TeamAlerts"]
