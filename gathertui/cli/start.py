"""Where the program begins.

`mic toggle` and its like are bound to keys, and reading a command line in full takes
longer than all that they do: they go by without.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import NoReturn

from gathertui.cli.errors import exit_code
from gathertui.cli.switching import PARTS, WAYS, switch


def run() -> NoReturn:
    """Be the program `gathertui`."""
    for stream in (sys.stdout, sys.stderr):
        # A name that this terminal's encoding lacks must not end a command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    match sys.argv[1:]:
        case [part, to] if part in PARTS and to in WAYS:
            sys.exit(exit_code(lambda: switch(part, to)))
    from gathertui.cli.main import main

    sys.exit(main())
