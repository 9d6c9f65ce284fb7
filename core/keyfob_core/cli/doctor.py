"""`keyfob doctor`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from keyfob_core.cli.shell import Fields, Shell, fields, json_option, rows
from keyfob_core.control.wire import to_json
from keyfob_core.errors import ConfigInvalid, Error
from keyfob_core.system.paths import Paths
from keyfob_core.words.plain import visible

if TYPE_CHECKING:
    from keyfob_core.diagnosis.findings import Finding

_MARKS = {"good": "ok  ", "note": "note", "warning": "warn", "bad": "BAD "}


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    json_option(parser)
    parser.set_defaults(act=_doctor)


def _doctor(args: Namespace, shell: Shell) -> int:
    try:
        report = fields(shell.call("doctor"))
    except Error as error:
        # Then its files can be looked at all the same.
        report = fields(to_json(_without_engine(shell.paths, error)))
    shell.data(report)
    for finding in rows(report["findings"]):
        _say(shell, finding)
    if report["is_well"]:
        shell.say("Nothing is wrong.")
        return 0
    return 1


def _without_engine(paths: Paths, error: Error) -> dict[str, object]:
    # An engine that answers has looked itself, and this starts faster without.
    from keyfob_core.diagnosis.doctor import config_finding, engine_finding, premises_findings
    from keyfob_core.settings.config_file import ConfigFile
    from keyfob_core.system.premises import look_at

    found: list[Finding] = [engine_finding(error.message, error.hint)]
    try:
        ConfigFile(paths.config_file).load()
        found.append(config_finding(None))
    except ConfigInvalid as wrong:
        found.append(config_finding(wrong.message, wrong.hint))
    return {"is_well": False, "findings": (*found, *premises_findings(look_at(paths)))}


def _say(shell: Shell, finding: Fields) -> None:
    outcome = str(finding["outcome"])
    shell.say(f"{_MARKS[outcome]}  {visible(str(finding['sentence']))}")
    if finding["hint"] and outcome != "good":
        shell.say(f"      {visible(str(finding['hint']))}")
