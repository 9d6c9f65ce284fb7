"""The one place the version is written; the build and `keyfob --version` read it."""

__version__ = "0.1.0"
