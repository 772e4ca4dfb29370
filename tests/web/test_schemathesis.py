"""The API against its own description: all checks of schemathesis find nothing. The long run is `python -m tests.fuzz.api`."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from helpdesk import db
from helpdesk.installation import Installation
from tests.fuzz import api
from web import limits

SEED = 5


# every operation with every boundary of its description as the one who may do most, and a few random requests as the others
@pytest.mark.parametrize(
    ("name", "phases", "examples", "at_least"),
    [
        ("dora", ("coverage",), 1, 1000),
        ("dora", ("examples", "stateful"), 3, 50),
        ("bob", ("fuzzing",), 2, 50),
        ("alice", ("examples", "fuzzing"), 1, 50),
        ("nobody", ("examples", "fuzzing"), 1, 50),
    ],
)
def test_nothing_is_found(
    name: str,
    phases: tuple[str, ...],
    examples: int,
    at_least: int,
    app: FastAPI,
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "RATES", api.NO_LIMIT)
    with db.transaction(installation.engine) as session:
        tokens = api.fill(session, installation)
    run = api.ask_everything(app, tokens.get(name), seed=SEED, examples=examples, phases=phases)
    assert [str(one) for one in run.findings] == []
    assert run.checked >= at_least


def test_a_description_that_hides_what_the_api_does_is_found(app: FastAPI, installation: Installation) -> None:
    with db.transaction(installation.engine) as session:
        tokens = api.fill(session, installation)
    document = app.openapi()
    document["paths"] = {"/api/v1/tickets/{number}/upvote": {"post": document["paths"]["/api/v1/tickets/{number}/upvote"]["post"]}}
    run = api.ask_everything(app, tokens["alice"], seed=SEED, examples=1, phases=("coverage",))
    assert "allow_header_conformance" in {one.check for one in run.findings}
