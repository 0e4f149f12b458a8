"""`compile.py SOURCE`: prints what the pipeline in the folder SOURCE compiles to, as JSON.

Run by an interpreter that has kfp.
"""

import json
import sys
import tempfile
from pathlib import Path

import yaml
from kfp import compiler

sys.path.insert(0, sys.argv[1])
import pipeline

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "pipeline.yaml")
    compiler.Compiler().compile(pipeline.sentiment, str(path))
    print(json.dumps(list(yaml.safe_load_all(path.read_text()))))
