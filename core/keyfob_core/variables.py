"""The variables a program is given, and which names are no place for anything of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import ApiKey, Credential

SECRET = "{secret}"
"""In a variable's value: the account's secret; `{secret2}` and so on for a key of several parts."""
SECRET_FD = "KEYFOB_SECRET_FD"
"""The variable that names the file descriptor on which a program reads its secrets, one a line."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_SLOT = re.compile(r"\{secret([2-9]?)\}")
_STEERING = frozenset(
    {
        # What is started, and where it looks for more.
        "COMSPEC", "HOME", "HOMEDRIVE", "HOMEPATH", "PATH", "PATHEXT", "SHELL", "SYSTEMROOT",
        "TEMP", "TMP", "TMPDIR", "USERPROFILE", "WINDIR",
        # Read by every shell that a program starts.
        "BASH_ENV", "BASHOPTS", "CDPATH", "ENV", "GLOBIGNORE", "IFS", "PROMPT_COMMAND", "PS4",
        "SHELLOPTS", "ZDOTDIR",
        # Code or options that a language's runtime takes in.
        "CLASSPATH", "ELECTRON_RUN_AS_NODE", "GOFLAGS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS",
        "LUA_CPATH", "LUA_INIT", "LUA_PATH", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "NODE_PATH",
        "NODE_REPL_EXTERNAL_MODULE", "NODE_TLS_REJECT_UNAUTHORIZED", "PHPRC", "PHP_INI_SCAN_DIR",
        "_JAVA_OPTIONS",
        # Programs that others start for them.
        "BROWSER", "EDITOR", "PAGER", "SSH_ASKPASS", "VISUAL",
        # The C library's and TLS's own.
        "GCONV_PATH", "GLIBC_TUNABLES", "HOSTALIASES", "LOCPATH", "NLSPATH", "OPENSSL_CONF",
        "OPENSSL_ENGINES", "OPENSSL_MODULES", "RES_OPTIONS", "SSLKEYLOGFILE", "SSL_CERT_DIR",
        "SSL_CERT_FILE",
    }
)  # fmt: skip
_STEERING_FAMILIES = (
    "BASH_FUNC_", "BUNDLE_", "CORECLR_", "COR_", "DOTNET_", "DYLD_", "GEM_", "GIT_", "LD_",
    "NPM_CONFIG_", "PERL5", "PIP_", "PYTHON", "RUBY", "UV_",
)  # fmt: skip
_OURS = "KEYFOB_"


def check_variables(
    variables: Mapping[str, str], where: str = "env", *, steering: bool = True
) -> None:
    """See that a program may be given these; raises ConfigInvalid that names the one it may not.

    A secret never goes into a variable that steers which code runs. Without `steering`, nothing
    does: that is for whoever is not the person with an editor.
    """
    taken: set[str] = set()
    for name, value in variables.items():
        at = f"{where}.{name}"
        if not _NAME.fullmatch(name):
            raise ConfigInvalid(at, "is no variable's name", "Use one like GITHUB_TOKEN.")
        if name.upper() in taken:
            raise ConfigInvalid(at, "stands twice", "Windows knows no capitals in such names.")
        taken.add(name.upper())
        if name.upper().startswith(_OURS):
            raise ConfigInvalid(at, "is a name of Keyfob's own", "Choose another.")
        if "\0" in value:
            raise ConfigInvalid(at, "has a character that no variable can hold")
        if steers(name) and _SLOT.search(value):
            raise ConfigInvalid(
                at, "steers which code runs, and is no place for a secret", "Use another name."
            )
        if steers(name) and not steering:
            raise ConfigInvalid(
                at,
                "steers which code runs",
                "Where you do want it, write it into config.toml by hand.",
            )


def steers(name: str) -> bool:
    """Whether a variable decides what a program or its children run or believe."""
    upper = name.upper()
    return upper in _STEERING or upper.startswith(_STEERING_FAMILIES)


def secrets_wanted(variables: Mapping[str, str]) -> int:
    """How many secrets the values ask for: the highest number of a slot."""
    return max(
        (_number(slot[1]) for v in variables.values() for slot in _SLOT.finditer(v)), default=0
    )


def filled(variables: Mapping[str, str], secrets: Sequence[str]) -> dict[str, str]:
    """The variables with each slot's secret in its place; there are as many as are wanted."""
    # In one pass: a secret that looks like a slot stays as it is.
    return {
        name: _SLOT.sub(lambda slot: secrets[_number(slot[1]) - 1], value)
        for name, value in variables.items()
    }


def secrets_of(credential: Credential | None) -> tuple[str, ...]:
    """What a program can be given of a credential, in order."""
    if credential is None:
        return ()
    if isinstance(credential, ApiKey):
        return (credential.secret, *(part.secret for part in credential.parts))
    return (credential.access_token,)


def _number(digit: str) -> int:
    return int(digit or "1")
