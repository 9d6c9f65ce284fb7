"""What BROWSER names in tests: visits the address it is given, signs in and allows."""

from __future__ import annotations

import asyncio
import sys

from support.user_agent import UserAgent

FILLING = {"login": "ada", "password": "lovelace", "person": "Ada", "decision": "allow"}


def main() -> None:
    page = asyncio.run(UserAgent(FILLING).visit(sys.argv[1]))
    sys.exit(0 if page.status_code == 200 else 1)


if __name__ == "__main__":
    main()
