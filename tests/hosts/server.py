"""A server of a host in a process of its own, and nothing of the person's who runs it."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.programs import ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.hosts.environments import Environment


class Server:
    """Starts ``python -m <command>``, with ``{port}`` filled in, and waits until it answers."""

    def __init__(
        self, environment: Environment, home: Path, command: Sequence[str], **variables: str
    ) -> None:
        self.environment = environment
        self.home = home
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / "server.log"
        self._command = [str(environment.python), "-m", *(part.format(port=self.port) for part in command)]
        self._variables = environment.variables(home, **variables)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._variables,
                cwd=self.home,
            )
        end = time.monotonic() + 120
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                message = f"{' '.join(self._command)} did not start:\n{self.log.read_text()[-3000:]}"
                raise RuntimeError(message)
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is None:
            return
        ended(self._process)
        self._process = None

    def _answers(self) -> bool:
        """Whether anybody answers; asked for what is not there, for some run the app for whoever asks."""
        try:
            with urllib.request.urlopen(f"{self.url}/not-there", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
