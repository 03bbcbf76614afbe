"""Decide requests written as JSON lines, from files or standard input.

    python -m posture.core.iam vectors.jsonl

Each line gives one of `{"id": …, "decision": …, "by": […], "unless": […], "blind": […]}`.
"""

from __future__ import annotations

import fileinput
import json
import sys

from posture.core.iam.evaluate import decide
from posture.core.iam.vectors import request_of


def main(paths: list[str]) -> None:
    """Write the decision of each line of the files, or of standard input."""
    with fileinput.input(paths or ("-",), encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            vector = json.loads(line)
            decision = decide(request_of(vector))
            answer = {
                "id": vector.get("id"),
                "decision": decision.value,
                "by": decision.by,
                "unless": decision.unless,
                "blind": decision.blind,
            }
            sys.stdout.write(f"{json.dumps(answer, ensure_ascii=False)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
