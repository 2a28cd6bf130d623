"""One JupyterLab server in a subprocess, with every folder it touches under one temporary root.

Nothing of the person who runs the tests is read or written: no configuration, no workspaces, no profile.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tests.notebook_files import notebook_of
from tests.programs import ended

# `expose_app_in_browser` gives the page `window.jupyterapp`: tests drive JupyterLab by its commands, not by
# guesses about its buttons. The check for cross-site requests is off because the tests call the REST API
# themselves.
CONFIG = """\
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True
c.ServerApp.disable_check_xsrf = True
c.ServerApp.terminals_enabled = False
c.ServerApp.root_dir = {root!r}
c.IdentityProvider.token = {token!r}
c.FileContentsManager.checkpoints_kwargs = {{"root_dir": {checkpoints!r}}}
c.LabApp.expose_app_in_browser = True
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.collaborative = False
c.LanguageServerManager.autodetect = False
"""

# What a person sees is left as it is; only what would act on its own (news, autosave) is off.
LAB_SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension/notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
        "doNotDisturbMode": True,
    },
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}


#: Kernels by name, with the folder of packages that each has in front of this environment's (see .ci/venv).
#: The second has an ipykernel 6, whose messages all wait for the cell that runs or awaits.
NEWEST, WITHOUT_SUBSHELLS = "python3", "without-subshells"
IN_FRONT = {NEWEST: None, WITHOUT_SUBSHELLS: Path(sys.prefix) / "without-subshells"}


class JupyterServer:
    """A running JupyterLab: :attr:`url`, :attr:`token`, the folder :attr:`notebooks` that it serves."""

    def __init__(self, root: Path) -> None:
        self.notebooks = root / "notebooks"
        self.runtime = root / "runtime"
        self.log = root / "server.log"
        self.token = secrets.token_hex(16)
        self.url = ""
        self._environment = self._furnish(root)
        self._process: subprocess.Popen[bytes] | None = None

    def _furnish(self, root: Path) -> dict[str, str]:
        folders = {
            name: root / name
            for name in ("config", "data", "runtime", "workspaces", "settings", "ipython", "checkpoints")
        }
        for folder in (*folders.values(), self.notebooks):
            folder.mkdir(parents=True)
        config = CONFIG.format(
            root=str(self.notebooks), token=self.token, checkpoints=str(folders["checkpoints"])
        )
        (folders["config"] / "jupyter_lab_config.py").write_text(config)
        for name, settings in LAB_SETTINGS.items():
            path = folders["settings"] / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))
        for name, packages in IN_FRONT.items():
            kernel = folders["data"] / "kernels" / name
            kernel.mkdir(parents=True)
            path = [str(packages)] if packages is not None else []
            path += filter(None, [os.environ.get("PYTHONPATH")])
            spec = {
                "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": name,
                "language": "python",
                "metadata": {"debugger": False},
                "env": {"PYTHONPATH": os.pathsep.join(path)} if path else {},
            }
            (kernel / "kernel.json").write_text(json.dumps(spec))
        return {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folders["config"]),
            "JUPYTER_DATA_DIR": str(folders["data"]),
            # Searched before anything installed: our kernel, this very Python, is the one found.
            "JUPYTER_PATH": str(folders["data"]),
            "JUPYTER_RUNTIME_DIR": str(folders["runtime"]),
            "JUPYTERLAB_WORKSPACES_DIR": str(folders["workspaces"]),
            "JUPYTERLAB_SETTINGS_DIR": str(folders["settings"]),
            "IPYTHONDIR": str(folders["ipython"]),
            "JUPYTER_PLATFORM_DIRS": "1",
            # Chromium and two Pythons share few cores; more threads in the kernel only make times jump.
            "OMP_NUM_THREADS": "1",
        }

    def start(self, timeout: float = 120) -> None:
        """Start the server and return when it answers."""
        command = [sys.executable, "-m", "jupyterlab", "--no-browser"]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self.notebooks,
            )
        deadline = time.monotonic() + timeout
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                message = f"JupyterLab did not start within {timeout} s:\n{self.log.read_text()[-4000:]}"
                raise RuntimeError(message)
            time.sleep(0.1)

    def _answers(self) -> bool:
        assert self._process is not None
        info = self.runtime / f"jpserver-{self._process.pid}.json"
        try:
            self.url = json.loads(info.read_text())["url"]
            self.request("GET", "api/status")
        except (OSError, ValueError, urllib.error.URLError):  # no file yet, half a file, nobody listening yet
            return False
        return True

    def request(self, method: str, path: str) -> Any:
        """Call the server's REST interface; the answer's JSON, or None when it is empty."""
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def write_notebook(self, name: str, cells: tuple[str, ...], kernel_name: str = NEWEST) -> Path:
        """Write a notebook of code cells into the served folder."""
        path = self.notebooks / name
        path.write_text(json.dumps(notebook_of(*cells, kernel=kernel_name)))
        return path

    def end_sessions(self, notebooks: Collection[str]) -> None:
        """End the kernels of these notebooks, so that whoever comes next finds idle cores."""
        for session in self.request("GET", "api/sessions"):
            if session["path"] in notebooks:
                self.request("DELETE", f"api/sessions/{session['id']}")

    def stop(self) -> None:
        """End the server and its kernels."""
        if self._process is None:
            return
        ended(self._process)
        self._process = None
