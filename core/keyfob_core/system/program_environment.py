"""What of our own environment a server that is a program gets to see."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

_PASSED = frozenset(
    {
        "HOME", "LANG", "LANGUAGE", "LOGNAME", "SHELL", "TERM", "TMPDIR", "TZ", "USER",
        # A window of its own, such as a browser that a server steers.
        "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY",
        # Certificates and proxies of the company's network, which npx and uvx need as well.
        "ALL_PROXY", "CURL_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "NODE_EXTRA_CA_CERTS",
        "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE",
        # Where version managers, uv, npm and docker keep their things.
        "ASDF_DATA_DIR", "BUN_INSTALL", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_HOST",
        "FNM_DIR", "MISE_DATA_DIR", "NVM_DIR", "PNPM_HOME", "PYENV_ROOT", "VOLTA_HOME",
        "XDG_BIN_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "XDG_DATA_DIRS",
        "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    }
)  # fmt: skip
_PASSED_ON_WINDOWS = _PASSED | {
    "ALLUSERSPROFILE", "APPDATA", "COMMONPROGRAMFILES", "COMMONPROGRAMFILES(X86)", "COMSPEC",
    "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "NUMBER_OF_PROCESSORS", "OS", "PATHEXT",
    "PROCESSOR_ARCHITECTURE", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432",
    "PUBLIC", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP", "USERDOMAIN", "USERNAME", "USERPROFILE",
    "WINDIR",
}  # fmt: skip
_USUAL_FOLDERS = ("~/.local/bin", "/usr/local/bin", "/opt/homebrew/bin")


def program_environment(environ: Mapping[str, str], platform: str) -> dict[str, str]:
    """The variables a program needs to run, from an allow-list, with a PATH of absolute folders."""
    windows = platform == "win32"
    passed = _PASSED_ON_WINDOWS if windows else _PASSED
    chosen = {
        name: value
        for name, value in environ.items()
        # A value that begins so is a function to some shells.
        if (name.upper() in passed or name.upper().startswith("LC_")) and value[:2] != "()"
    }
    chosen.setdefault("USERPROFILE" if windows else "HOME", str(home_of(environ)))
    chosen["PATH"] = os.pathsep.join(search_folders(environ, platform))
    return chosen


def search_folders(environ: Mapping[str, str], platform: str) -> list[str]:
    """Where programs are looked for: the absolute folders of PATH, then the usual ones.

    A desktop starts its programs with a PATH that knows nothing of what the person installed. The
    current folder is nowhere among them.
    """
    listed = environ.get("PATH", "").split(os.pathsep)
    usual = () if platform == "win32" else _existing(home_of(environ))
    return list(dict.fromkeys(folder for folder in (*listed, *usual) if os.path.isabs(folder)))


def home_of(environ: Mapping[str, str]) -> Path:
    """The person's folder, or the top one where that is none."""
    named = environ.get("HOME") or environ.get("USERPROFILE")
    home = Path(named) if named else Path.home()
    return home if home.is_dir() else Path(os.path.abspath(os.sep))


def _existing(home: Path) -> Iterator[str]:
    for folder in _USUAL_FOLDERS:
        path = folder.replace("~", str(home), 1)
        if os.path.isdir(path):
            yield path
