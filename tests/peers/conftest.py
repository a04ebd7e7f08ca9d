"""One Node.js process with the peers, for the whole test run of one worker."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.peers.process import FOLDER, Peer, install

REASON_NO_NODE = "the peers need Node.js 20 or newer with npm, which this machine does not have"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a test with peers."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.peer)


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    """The peers, installed from their lock file if that has not happened yet."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip(REASON_NO_NODE)
    install()
    with Peer() as running:
        yield running
