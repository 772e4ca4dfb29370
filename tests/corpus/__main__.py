"""`python -m tests.corpus FILE...`: the lines of `helpdesk mail explain` with a patient watchdog, for the scorer on a busy machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from helpdesk.cli import mail_explain
from mail_ingest.reader import Reader

SECONDS = 30.0

if __name__ == "__main__":
    with Reader(children=1, seconds=SECONDS) as reader:
        for path in sys.argv[1:]:
            print(json.dumps(mail_explain.explained(Path(path).read_bytes(), reader), ensure_ascii=False), flush=True)
