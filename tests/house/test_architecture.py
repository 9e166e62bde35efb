"""The import contracts of pyproject.toml, and what the start must not load."""

import subprocess
import sys

from tests.house.source import ROOT

# Seconds and megabytes that most starts never need: imported at first use.
HEAVY = (
    *("PIL", "babel.messages", "boto3", "botocore", "opentelemetry.sdk"),
    *("openpyxl", "playwright", "pyhanko", "python_calamine", "segno", "stripe", "xlsxwriter"),
)


def _python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_imports_keep_the_contracts() -> None:
    command = (
        "import sys; from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(no_logo=True))"
    )
    done = _python(command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_start_loads_nothing_heavy() -> None:
    code = "import sys, market.app\nprint(*(m for m in sys.argv[1:] if m in sys.modules))"
    done = _python(code, *HEAVY)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_a_heavy_module_is_found() -> None:
    done = _python(
        "import sys, json; print(*(m for m in sys.argv[1:] if m in sys.modules))", "json"
    )
    assert done.stdout.split() == ["json"]
