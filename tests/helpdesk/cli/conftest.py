"""What tests of the command line share: one command as a program of its own, beside the test's servers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def run(database_url: str, broker_url: str, tmp_path: Path) -> Run:
    """`run("user", "add", ..., given=b"", **variables)`: one command beside the test's own servers."""

    def command(*arguments: str, given: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "HELPDESK_DATABASE_URL": database_url,
            "HELPDESK_BROKER_URL": broker_url,
            "HELPDESK_DATA_DIR": str(tmp_path / "data"),
            "HELPDESK_SUPPORT_ADDRESS": "support@help.test",
            **variables,
        }
        return subprocess.run(
            [sys.executable, "-m", "helpdesk.cli.main", *arguments],
            input=given, env={k: v for k, v in environment.items() if v}, cwd=tmp_path, capture_output=True, check=False, timeout=120,
        )  # fmt: skip

    return command
