"""``make hosts``: drive the widget in every host, or in those named; write the table of ``docs/hosts.md``.

python -m tests.hosts.run [--keep-table] [host ...]
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.chromium import chromium
from tests.hosts.rows import COLUMNS, ROWS
from tests.hosts.table import write


def main(arguments: list[str] | None = None) -> int:
    """Drive the hosts; return 1 when something did not work and nothing said so."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hosts", nargs="*", choices=[[], *ROWS], help="which hosts (all)")
    parser.add_argument("--keep-table", action="store_true", help="leave docs/hosts.md as it is")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers and their kernels are ended then, too
    rows = [ROWS[key] for key in options.hosts or ROWS]
    for environment in {row.environment.name: row.environment for row in rows}.values():
        environment.build()
    with chromium() as browser, tempfile.TemporaryDirectory(prefix="hosts-") as folder:
        for row in rows:
            print(row.title, flush=True)
            began = time.monotonic()
            (home := Path(folder) / row.key).mkdir()
            try:
                row.drive(row, home, browser)
            except Exception as error:  # noqa: BLE001 - one host's server that does not start is not all hosts'
                print(f"  {type(error).__name__}: {error}", flush=True)
                for column in COLUMNS:
                    row.results.setdefault(column, row.broken(error))
            print(f"  {time.monotonic() - began:.0f} s", flush=True)
            if not options.keep_table:
                write([row])
    return int(any(result.kind == "fails" for row in rows for result in row.results.values()))


if __name__ == "__main__":
    sys.exit(main())
