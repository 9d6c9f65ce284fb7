"""The form of the relay's HTTP that a test runs on."""

from __future__ import annotations

import os

from keyfob_core.transports.forms import Form, aiohttp_form, wire_form

VARIABLE = "KEYFOB_TEST_FORM"
FORMS = ("wire", "aiohttp")


def form_of_the_test() -> Form:
    """What the fixture `form` has chosen, else the one that people run."""
    return aiohttp_form() if os.environ.get(VARIABLE) == "aiohttp" else wire_form()
