"""What the core's tests share."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from support.forms import FORMS, VARIABLE


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest) -> Generator[str]:
    """Runs a module's tests on each form of the relay's HTTP."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(VARIABLE, request.param)
        yield request.param
