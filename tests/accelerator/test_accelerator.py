"""The device path on a machine without a GPU: sweeps on a simulated accelerator, in a process of its own."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TREE = ast.parse((HERE / "scenes.py").read_text("utf-8"))
BESIDE = ("broken", "main")
# The names are read, not imported: a process keeps the device's name for good.
SCENES = [
    node.name
    for node in TREE.body
    if isinstance(node, ast.FunctionDef) and node.name not in BESIDE and not node.name.startswith("_")
]
BREAKS = next(
    [key.value for key in node.value.keys]
    for node in TREE.body
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "BREAKS"
)


@pytest.fixture(scope="module")
def outcomes():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.accelerator.scenes"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd=HERE.parents[1],
    )
    assert done.stdout, done.stderr[-4000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("scene", SCENES)
def test_on_an_accelerator(outcomes, scene):
    assert outcomes[scene] is None, outcomes[scene]


@pytest.mark.parametrize("way", BREAKS)
def test_that_it_is_broken_would_be_noticed(outcomes, way):
    assert outcomes[f"break: {way}"] is not None
