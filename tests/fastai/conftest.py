"""Tests of the real fastai, which has a folder of its own (.ci/venv); where it is not, neither are they."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("fastai") else ["test_*.py"]
