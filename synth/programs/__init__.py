"""Programs that run in processes or pods of their own, where nothing of ours can be imported."""

from __future__ import annotations

from pathlib import Path

COMPILE = Path(__file__).parent / "compile_pipeline.py"
"""Compiles a pipeline; run by the interpreter that has the SDK of Kubeflow Pipelines."""


def pipelines_program() -> str:
    """The text of the program that registers and runs pipelines in a pod: one file that needs a
    Python of 3.11 or later and nothing else.
    """
    return (Path(__file__).parent / "kubeflow_pipelines.py").read_text()
