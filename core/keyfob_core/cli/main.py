"""The command `keyfob`."""

from __future__ import annotations

import errno
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from keyfob_core.cli.shell import Surroundings

_NOUNS = {
    "serve": "run the engine without a window",
    "stdio": "what an MCP client launches; joins the running engine",
    "status": "show servers, accounts, clients and what to do next",
    "server": "add, list or remove MCP servers",
    "connect": "sign in to a server or a provider, or store its API key",
    "provider": "list what Keyfob knows of providers, or show one",
    "account": "list, refresh or disconnect accounts",
    "client": "give MCP clients their tokens, list or revoke them",
    "rule": "list, add or remove rules",
    "tool": "show, approve or reject tools that are new or have changed",
    "explain": "say which rule decides about a tool, and which account it uses",
    "config": "show what was edited by hand and waits, or accept it",
    "session": "list sessions with servers, or end one",
    "lock": "let no call pass and drop the keys from memory, until you unlock",
    "unlock": "open a locked Keyfob again",
    "pause": "let no call pass for a while",
    "resume": "end a pause",
    "autostart": "show whether Keyfob starts at login, or turn that on or off",
    "store": "show where secrets lie, unlock it, or move them",
    "audit": "read or verify the audit log",
    "doctor": "look for what is wrong, and say what helps",
    "demo": "try Keyfob on servers of its own",
}
_DESKTOP_OPTIONS = frozenset({"--background"})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_STOPPED = "keyfob: Stopped."


def main(argv: list[str] | None = None) -> int:
    """Do what the words say; answers 0 done, 1 refused or failed, 2 wrong usage."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["stdio"]:
        # Before anything else is imported: a client waits for this start.
        from keyfob_core.bridge import main as stdio

        return stdio(words[1:])
    if words == ["--end-what-is-left"]:
        # A process of its own beside the engine, which waits for its end: it stays small.
        from keyfob_core.reaper import main as end_what_is_left

        return end_what_is_left()
    if words == ["--engine-of-a-window"]:
        # The tray app's other process.
        from keyfob_core.cli.collection import uncollected

        with uncollected():
            from keyfob_core.cli.window_engine import main as serve_window

        return serve_window()
    try:
        code = _run_here(words)
        print(end="", flush=True)
    except KeyboardInterrupt:
        print(_STOPPED, file=sys.stderr)
        return 1
    except BrokenPipeError:
        return _lose_output()
    except OSError as error:
        if error.errno not in _FULL:
            raise
        print(f"keyfob: Nothing more can be written: {error.strerror}.", file=sys.stderr)
        return _lose_output()
    return code


def _run_here(words: list[str]) -> int:
    if words == ["--version"]:
        from keyfob_core.version import __version__

        print(f"keyfob {__version__}")
        return 0
    from keyfob_core.cli.shell import process_surroundings

    return run(words, process_surroundings())


def run(words: list[str], surroundings: Surroundings) -> int:
    """The same in given surroundings."""
    if not words or words[0] in _DESKTOP_OPTIONS:
        from keyfob_core.cli.desktop import start_desktop

        return start_desktop(words, surroundings)
    if words[0] in ("-h", "--help", "help"):
        print(_help(), file=surroundings.out)
        return 0
    if words[0] not in _NOUNS or words[0] == "stdio":
        return _unknown(words[0], surroundings)
    return _act(words, surroundings)


def _act(words: list[str], surroundings: Surroundings) -> int:
    import argparse
    from contextlib import redirect_stderr, redirect_stdout
    from importlib import import_module

    from keyfob_core.cli.collection import uncollected
    from keyfob_core.cli.shell import Shell, WrongUsage
    from keyfob_core.errors import Error

    with uncollected():
        noun = import_module(f"keyfob_core.cli.{words[0]}")
    parser = argparse.ArgumentParser(
        prog=f"keyfob {words[0]}", description=_sentence(words[0]), allow_abbrev=False
    )
    noun.add_arguments(parser)
    own, command = words[1:], list[str]()
    if getattr(noun, "TAKES_A_COMMAND", False) and "--" in own:
        # What stands behind it is another program's, options and all.
        end = own.index("--")
        own, command = own[:end], own[end + 1 :]
    try:
        with redirect_stdout(surroundings.out), redirect_stderr(surroundings.err):
            args = parser.parse_args(own)
            args.command = command
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 2
    shell = Shell(surroundings, json=getattr(args, "json", False))
    try:
        return args.act(args, shell)
    except WrongUsage as wrong:
        shell.remark(f"keyfob {words[0]}: {wrong}")
        return 2
    except Error as error:
        return shell.fail(error)
    except KeyboardInterrupt:
        shell.remark(_STOPPED)
        return 1


def _unknown(word: str, surroundings: Surroundings) -> int:
    from difflib import get_close_matches

    from keyfob_core.words.plain import visible

    near = get_close_matches(word, _NOUNS, 1)
    hint = f" Did you mean `keyfob {near[0]}`?" if near else ""
    print(f"keyfob: There is no command {visible(word)!r}.{hint}", file=surroundings.err)
    print("`keyfob --help` lists the commands.", file=surroundings.err)
    return 2


def _help() -> str:
    width = max(map(len, _NOUNS))
    commands = "\n".join(f"  {noun.ljust(width)}  {text}" for noun, text in _NOUNS.items())
    return (
        "usage: keyfob [COMMAND ...]\n\n"
        "Holds the keys for every MCP server you use. Without a command it starts the tray app.\n\n"
        f"commands:\n{commands}\n\n"
        "`keyfob COMMAND --help` tells more about one; `keyfob --version` names this version.\n"
        "KEYFOB_HOME puts all of Keyfob's files under one folder; KEYFOB_PORT sets its port."
    )


def _sentence(noun: str) -> str:
    text = _NOUNS[noun]
    return f"{text[0].upper()}{text[1:]}."


def _lose_output() -> int:
    """Go on to the end without an output; what is still buffered would fail again."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


if __name__ == "__main__":
    sys.exit(main())
