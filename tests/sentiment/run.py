"""`run.py SOURCE FOLDER ARGUMENTS`: the pipeline in the folder SOURCE with these arguments (JSON), as
processes of this machine whose files are below FOLDER. Run by the interpreter that has what the image
has; ends with 1 where a step fails.

The pipeline is run as it is compiled. kfp.local 2.16.1 has three gaps, of which two are filled here:
it looks for loops and conditions among the outermost tasks only, and takes no condition for true, because
it hands the expression to Python as it is written for the backend. The third stays: an exit handler
is run as one more step, after everything has succeeded.
"""

import json
import re
import sys

from kfp import local
from kfp.local.io import IOStore
from kfp.local.orchestrator import dag_orchestrator, enhanced_dag_orchestrator

CONDITION = re.compile(r"inputs\.parameter_values\['pipelinechannel--(.+)-(\w+)'\] == true")


def holds(condition: str, io_store: IOStore) -> bool:
    task, output = CONDITION.fullmatch(condition).groups()
    return io_store.get_task_output(task, output) is True


sys.path.insert(0, sys.argv[1])
import pipeline  # noqa: E402

dag_orchestrator.run_dag = enhanced_dag_orchestrator.run_enhanced_dag
enhanced_dag_orchestrator.ConditionEvaluator.evaluate_condition = staticmethod(holds)
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[2])
pipeline.sentiment(**json.loads(sys.argv[3]))
