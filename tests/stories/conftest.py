"""What stories share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stories.commands_world import Office, staffed
from tests.stories.ladder_world import Ladder, serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a served stack run in one process of `make test`: it is started once (`--dist loadgroup`)."""
    for item in items:
        if "ladder" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("ladder"))


@pytest.fixture(scope="session")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ladder]:
    """One helpdesk for all stories about where mail goes: starting one costs seconds."""
    with serving(tmp_path_factory.mktemp("ladder")) as world:
        yield world


@pytest.fixture(scope="module")
def office(ladder: Ladder) -> Iterator[Office]:
    """The same helpdesk with agents who work by mail."""
    with staffed(ladder) as desk:
        yield desk
