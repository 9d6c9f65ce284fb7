"""Where a person's clients keep their files, as the command's own environment says."""

from __future__ import annotations

from keyfob_core.cli.shell import Shell


def environ_of(shell: Shell) -> dict[str, object]:
    """The argument that tells the person's variables that say where clients' files lie."""
    # Other commands about clients, and `keyfob status`, start faster without them.
    from keyfob_core.clients.catalogue import ClientCatalogue
    from keyfob_core.system.catalogue import builtin_files, own_text

    own = shell.paths.clients_file
    known = ClientCatalogue.load(builtin_files("clients"), own_text(own), own.name)
    environ = shell.surroundings.environ
    given = {name: environ[name] for name in known.variables() if environ.get(name)}
    return {"environ": given} if given else {}
