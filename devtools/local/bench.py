"""`./dev bench`: lists the benchmarks of `devtools/bench/` and runs one."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from devtools.local.installation import ROOT

FOLDER = ROOT / "devtools" / "bench"


def benchmarks(folder: Path = FOLDER) -> dict[str, str]:
    """Return each benchmark's name and the first line of its docstring.

    Modules with a `main` are benchmarks.
    """
    found = {}
    for path in sorted(folder.glob("[!_]*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in module.body):
            found[path.stem] = (ast.get_docstring(module) or "").partition("\n")[0]
    return found


def main(arguments: list[str]) -> int:
    """Run the benchmark that is named first, with the rest as its arguments.

    Without a name, list them.
    """
    known = benchmarks()
    if not arguments:
        print("\n".join(f"  {name:<16} {what}" for name, what in known.items()) or "There are no benchmarks.")
        return 0
    if arguments[0] not in known:
        print(f"There is no benchmark {arguments[0]!r}; there are: {', '.join(known) or 'none'}.", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", f"devtools.bench.{arguments[0]}", *arguments[1:]]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
