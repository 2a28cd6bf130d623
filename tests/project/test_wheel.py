"""What people install: the wheel holds everything the widget needs, and works where the sources are not."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.project.files import PACKAGE, ROOT

#: The page's sources, and the tools that build them: what they are built to is in the wheel.
FRONT = PACKAGE / "widget" / "front"

TRY_IT = """
import json, torch, lrwidget
model = torch.nn.Linear(2, 1)
widget = lrwidget.LRWidget(
    model,
    torch.optim.SGD(model.parameters(), lr=0.1),
    torch.nn.MSELoss(),
    [(torch.zeros(4, 2), torch.zeros(4, 1))] * 3,
)
state = widget.state
widget.close()
print(json.dumps({"file": lrwidget.__file__, "state": state}))
"""


def run(*command: object, cwd: Path) -> str:
    ran = subprocess.run(
        [str(part) for part in command], cwd=cwd, check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_holds_every_file_of_the_package_but_the_pages_sources(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and FRONT not in path.parents
    }
    assert held == ours
    assert {Path(name).suffix for name in held} >= {".py", ".typed", ".js", ".css"}


def test_the_installed_wheel_makes_a_widget(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)
    python = venv / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        wheel,
        cwd=tmp_path,
    )
    # The dependencies come from this environment by a plain path: its own .pth files, such as that of the
    # editable install, are then not followed, and lrwidget can only be the wheel's.
    site = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip()
    )
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    said = json.loads(run(python, "-I", "-W", "error", "-c", TRY_IT, cwd=tmp_path).splitlines()[-1])
    assert Path(said["file"]).is_relative_to(venv)
    assert said["state"] == "idle"
