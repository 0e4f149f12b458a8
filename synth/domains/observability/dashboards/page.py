"""A dashboard as a whole: its rows of panels, and its JSON.

Its schema is the first one of Grafana's API, which the operator and files take and every Grafana from
11 to 13 reads, although the SDK recommends the second.

Source: grafana/grafana-foundation-sdk 0.0.21.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

TAG = "kfsynth"
"""What all dashboards are found by."""
Panel = timeseries.Panel | stat.Panel | table.Panel
Rows = Sequence[tuple[str, Sequence[Panel]]]
"""Panels under a heading each."""


_ROWS = 1000
"""Where the numbers of headings begin, after those of panels."""


@dataclass(frozen=True, slots=True)
class Page:
    """A dashboard as Grafana reads it; `kind` is what it is called in its namespace."""

    kind: str
    uid: str
    json: str


def page(
    kind: str,
    uid: str,
    title: str,
    description: str,
    rows: Rows,
    *,
    variables: Sequence[dashboard.CustomVariable] = (),
    annotations: Sequence[dashboard.AnnotationQuery] = (),
    time: str = "6h",
) -> Page:
    """The dashboard with these rows; `time` is how far it looks back at first."""
    builder = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG, kind])
        .readonly()
        .refresh("1m")
        .time(f"now-{time}", "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .variables([*variables])
        .annotations([*annotations])
        .link(
            dashboard.DashboardLink("Dashboards")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .keep_time(True)
        )
    )
    for number, (heading, panels) in enumerate(rows, start=_ROWS):
        if not panels:
            continue
        builder.with_row(dashboard.Row(heading).id(number))
        for panel in panels:
            builder.with_panel(panel)
    # Sorted, and without anything that differs from one rendering to the next.
    text = JSONEncoder(sort_keys=True, indent=1, ensure_ascii=False).encode(builder.build())
    return Page(kind, uid, text + "\n")
