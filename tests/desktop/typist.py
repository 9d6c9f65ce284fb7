"""A window of another program, where a person types."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication, QPlainTextEdit


def main(written: Path) -> int:
    """Show a text field; what is typed there stands in the file at once."""
    app = QApplication(["typist"])
    field = QPlainTextEdit()
    field.resize(300, 200)
    field.move(20, 500)
    field.textChanged.connect(lambda: written.write_text(field.toPlainText()))
    field.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
