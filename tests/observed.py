"""A command run in a process of its own, and which slow modules it imported."""

import subprocess
import sys

SLOW = ("prefect", "litellm", "torch", "great_expectations", "chromadb", "scipy")
_PROGRAM = """
import sys
from flows.__main__ import main
try:
    main()
except SystemExit as end:
    code = end.code or 0
print(code, [name for name in {slow} if name in sys.modules], file=sys.stderr)
"""


def observed(*arguments: str, said: str = "") -> tuple[subprocess.CompletedProcess[str], str]:
    """What became of a command that is given `said` on standard input, and `<exit code> <slow modules>`."""
    program = [sys.executable, "-c", _PROGRAM.format(slow=SLOW), *arguments]
    done = subprocess.run(program, input=said, capture_output=True, text=True, timeout=120)
    return done, done.stderr.splitlines()[-1]
