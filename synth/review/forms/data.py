"""A report for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from synth.kit.objects import Identity
from synth.review.report import Described, Report, said
from synth.review.risks.kinds import RISKS, Risk
from synth.review.values import Field


def as_json(report: Report) -> str:
    """The whole report. Keys stay what they are; others may come."""
    return json.dumps(
        {
            "base": report.base,
            "environments": {name: report.count(name) for name in report.environments},
            "configuration": [each._asdict() for each in report.edits],
            "risks": [_risk(each) for each in report.risks],
            "changes": [_change(each) for each in report.changes],
            "notes": report.notes,
        },
        indent=2,
        ensure_ascii=False,
    )


def _risk(risk: Risk) -> Mapping[str, Any]:
    return {
        "code": risk.code,
        "severity": risk.severity,
        "title": RISKS[risk.code].title,
        "environment": risk.environment,
        "application": risk.application,
        "object": _object(risk.object) if risk.object else None,
        "subject": risk.subject,
        "reason": risk.reason,
        "wayOut": risk.way_out,
    }


def _change(described: Described) -> Mapping[str, Any]:
    change = described.change
    former = change.former
    return {
        "environment": change.environment,
        "application": change.application,
        "what": change.what,
        "object": _object(change.object),
        "former": {"application": former[0], "object": _object(former[1])} if former else None,
        "summary": [said(each, [change.environment]) for each in described.sentences],
        "fields": [_field(each) for each in change.fields],
        "causes": [each._asdict() for each in described.causes],
    }


def _object(this: Identity) -> Mapping[str, str]:
    return this._asdict()


def _field(field: Field) -> Mapping[str, Any]:
    return {"path": field.path, "before": field.before, "after": field.after}
