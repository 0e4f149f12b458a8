"""`synth comment`: what stands on the standard input, as one comment of a merge request.

The next call takes the place of the last, so that a merge request has one comment of each name however
often it is pushed to.
"""

from __future__ import annotations

import argparse
import sys

from synth.cli.git_hosts import git_token, merge_requests
from synth.cli.steps import stop
from synth.clients import ClientError
from synth.review.forms.markdown import LONGEST_COMMENT


def run(options: argparse.Namespace) -> int:
    requests = merge_requests(options, git_token("comment on merge requests"))
    mark = f"<!-- synth: {options.name} -->"
    text = f"{mark}\n{sys.stdin.read()}"
    if len(text) > LONGEST_COMMENT:
        stop(f"synth comment: {len(text)} characters, and a comment takes {LONGEST_COMMENT}")
    try:
        print(requests.comment(options.request, mark, text))
    except ClientError as error:
        stop(f"{options.repository}: {error}")
    return 0
