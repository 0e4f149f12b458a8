"""Prints the compiled pipeline as JSON. Run by the interpreter that has what the image has."""

import json
import sys
import tempfile
from pathlib import Path

import yaml
from kfp import compiler

sys.path.insert(0, str(Path(__file__).parents[2] / "pipelines/sentiment"))
import pipeline

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "pipeline.yaml")
    compiler.Compiler().compile(pipeline.sentiment, str(path))
    print(json.dumps(list(yaml.safe_load_all(path.read_text()))))
