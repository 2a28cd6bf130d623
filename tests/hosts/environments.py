"""An environment for each host: built once under ``.hosts/``, again when its list of packages changes.

PyTorch and what it needs are not installed again for each: a folder of links to the test environment's own
is put on the path of all. Everything else is the host's own, so that no host sees another's packages. The
sources of lrwidget come in by ``PYTHONPATH``; its own requirements are among those listed here.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".hosts"
#: What is linked and not installed: these, and all that they need.
LINKED = ("torch", "numpy")

WIDGETS = ("ipywidgets==8.1.9", "anywidget==0.11.0", "plotly==7.1.0")
IPYTHON = "ipython==9.18.1"
LAB = "jupyterlab==4.6.6"


@dataclass(frozen=True)
class Environment:
    """A folder of its own with these packages, and no others but PyTorch's."""

    name: str
    packages: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> str:
        """What the folder was built from."""
        text = "\n".join((sys.version, *self.packages))
        return hashlib.sha256(text.encode()).hexdigest()

    def build(self) -> None:
        """Make the folder, unless it is there and was made from this very list."""
        mark = self.folder / "stamp"
        if mark.exists() and mark.read_text() == self.stamp:
            return
        print(f"building .hosts/{self.name}: {' '.join(self.packages)}", flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", self.folder], check=True)
        packages = next((self.folder / "lib").glob("python*")) / "site-packages"
        (packages / "pytorch.pth").write_text(f"{linked_packages()}\n")
        self.pip("install", "-qq", *self.packages)
        mark.write_text(self.stamp)

    def pip(self, *arguments: str) -> str:
        """Run the environment's pip; return what it printed."""
        done = subprocess.run(
            [self.python, "-m", "pip", "--disable-pip-version-check", *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            message = f"pip {' '.join(arguments)} failed in {self.folder}:\n{done.stdout}\n{done.stderr}"
            raise RuntimeError(message)
        return done.stdout

    def would_install(self, folder: Path) -> list[str]:
        """Return names of the distributions that installing ``folder`` would add or replace."""
        report = self.pip("install", "-qq", "--dry-run", "--report=-", str(folder))
        return sorted(str(found["metadata"]["name"]) for found in json.loads(report)["install"])

    def variables(self, home: Path, **more: str) -> dict[str, str]:
        """Return the variables for a process of this environment; whatever it keeps goes below ``home``."""
        home.mkdir(parents=True, exist_ok=True)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))
        }
        return {
            **kept,
            "PATH": os.pathsep.join((str(self.python.parent), os.environ.get("PATH", ""))),
            "VIRTUAL_ENV": str(self.folder),
            "PYTHONPATH": os.pathsep.join((*_inherited(), str(ROOT), str(Path(__file__).parent / "inside"))),
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_DATA_HOME": str(home / "data"),
            "OMP_NUM_THREADS": "1",
            "JUPYTER_PLATFORM_DIRS": "1",
            **more,
        }


def _inherited() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def linked_packages() -> Path:
    """Return a folder of links to PyTorch and all that it needs, as the running Python has them."""
    # Of this name, because what lies in such a folder is known to be no code of the user's own.
    folder = FOLDER / "pytorch" / "site-packages"
    files = sorted({path for name in _needed(LINKED) for path in _top_level(name)})
    folder.mkdir(parents=True, exist_ok=True)
    for path in files:
        link = folder / path.name
        if link.is_symlink() and link.readlink() != path:
            link.unlink()
        if not link.is_symlink():
            link.symlink_to(path)
    return folder


def _needed(names: tuple[str, ...]) -> set[str]:
    """Return these distributions, and all that they require and that is installed."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found or name == "setuptools":  # each environment has its own
            continue
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:  # for another system, or an extra
            continue
        found.add(name)
        for requirement in requires:
            wanted, _, marker = requirement.partition(";")
            if "extra" not in marker:
                waiting.append(re.split(r"[^\w.-]", wanted.strip(), maxsplit=1)[0].lower())
    return found


def _top_level(name: str) -> set[Path]:
    """Return the folders and files directly in site-packages that belong to a distribution."""
    distribution = importlib.metadata.distribution(name)
    tops = {file.parts[0] for file in distribution.files or () if ".." not in file.parts}
    paths = (Path(str(distribution.locate_file(top))) for top in tops - {"__pycache__"})
    return {path.absolute() for path in paths if path.exists()}


def jupyter(name: str, *packages: str, kernel: str) -> Environment:
    """Return an environment of a Jupyter page and an ipykernel."""
    return Environment(name, (*packages, f"ipykernel=={kernel}", IPYTHON, *WIDGETS))


#: The stock of the hosted notebook that cannot run here, as far as this widget touches it.
COLAB_STOCK = (
    "notebook==6.5.7",
    "ipykernel==6.17.1",
    "ipython==7.34.0",
    "ipywidgets==7.7.1",
    "widgetsnbextension==3.6.10",
    "jupyter-client==7.4.9",
    "traitlets==5.7.1",
    "tornado==6.5.1",
    "plotly==5.24.1",
)

ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        jupyter("lab-subshells", LAB, kernel="7.4.0"),
        jupyter("lab-7.3", LAB, kernel="7.3.0"),
        jupyter("lab-7.1", LAB, kernel="7.1.0"),
        jupyter("lab-6", LAB, kernel="6.31.0"),
        jupyter("notebook", "notebook==7.6.5", kernel="7.4.0"),
        jupyter("nbclassic", "nbclassic==1.3.3", "jupyter-server==2.21.1", kernel="7.4.0"),
        jupyter("voila", "voila==0.5.13", kernel="7.4.0"),
        # The newest with what its page needs as a package; newer ones fetch that from a network.
        Environment("solara", ("solara[assets]==1.58.2", "ipykernel==7.4.0", IPYTHON, *WIDGETS)),
        Environment("marimo", ("marimo==0.25.2", IPYTHON, *WIDGETS)),
        Environment(
            "panel", ("panel==1.9.4", "ipywidgets-bokeh==1.8.0", "ipykernel==7.4.0", IPYTHON, *WIDGETS)
        ),
        jupyter("files", "nbclient==0.11.0", "nbconvert==7.17.2", "papermill==2.7.0", kernel="7.4.0"),
        Environment("colab", (*COLAB_STOCK, "anywidget==0.11.0")),
        # What pyproject.toml asks for at least, with the pages of those days.
        Environment("oldest", (*COLAB_STOCK, "anywidget==0.9.13")),
    )
}

if __name__ == "__main__":
    for wanted in sys.argv[1:] or ENVIRONMENTS:
        ENVIRONMENTS[wanted].build()
