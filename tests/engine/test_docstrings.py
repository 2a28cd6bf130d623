"""What `LRWidget?` and `help()` tell: every parameter once, in the order of the signature."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

import lrwidget
from lrwidget import AutoRangeTest, Comparison, LRWidget, RangeTest, RateTrials, Repeats, Settings
from lrwidget.engine.docstrings import shows_parameters_of
from lrwidget.engine.options import Options

DOORS = [LRWidget, RangeTest, RateTrials, AutoRangeTest, Comparison, Repeats]


def parameters_told(kind: type) -> list[str]:
    """Names of the entries under "Parameters", read without the code that made them."""
    text = str(inspect.getdoc(kind))
    section = re.split(r"\n\n\w+\n-+\n", text.split("Parameters\n----------\n")[1])[0]
    heads = [line for line in section.splitlines() if line and not line.startswith(" ")]
    return [name.strip() for head in heads for name in head.split(" : ")[0].split(",")]


def text_of(kind: type, name: str) -> str:
    found = re.search(rf"^(?:\w+, )*{name}\b.*\n((?:(?: .*)?\n)+)", f"{inspect.getdoc(kind)}\n", re.MULTILINE)
    assert found, name
    return found[1].split("\n\nRaises")[0].strip()


@pytest.mark.parametrize("door", DOORS)
def test_every_parameter_is_told_once_in_the_order_of_the_signature(door: type) -> None:
    assert parameters_told(door) == list(inspect.signature(door).parameters)


@pytest.mark.parametrize("door", DOORS)
def test_an_option_is_told_in_the_words_of_the_table(door: type) -> None:
    own = set() if door in (LRWidget, RangeTest) else {"callback"}
    if door is RateTrials:
        own |= {"group_schedules", "metric"}
    for name in Options.__annotations__.keys() - own:
        assert text_of(door, name) == text_of(Options, name)


def test_a_setting_is_told_in_the_words_of_settings_and_of_the_range_test() -> None:
    for name in ("smooth_f", "diverge_th", "early_stop"):
        assert text_of(LRWidget, name) == text_of(RangeTest, name) == text_of(Settings, name)
    assert text_of(LRWidget, "train_loader") == text_of(RangeTest, "train_loader")


@pytest.mark.parametrize("door", DOORS)
def test_nobody_is_sent_elsewhere_for_the_options(door: type) -> None:
    assert "**options" not in str(inspect.getdoc(door))
    assert "see :class:`lrwidget.RangeTest`" not in str(inspect.getdoc(door))


def test_each_has_its_default_once() -> None:
    heads = [line for line in str(inspect.getdoc(LRWidget)).splitlines() if " : " in line]
    assert not [head for head in heads if head.count("default") + head.count("optional") > 1]
    assert "start_lr, end_lr : float, default 1e-7 and 10" in heads
    assert 'rule : str, default "steepest"' in heads
    assert "model : torch.nn.Module" in heads


@pytest.mark.parametrize("door", DOORS)
def test_a_question_mark_in_ipython_shows_them_all(door: type) -> None:
    said = InteractiveShell.instance().inspector.info(door, detail_level=0)
    for name in inspect.signature(door).parameters:
        assert f"{name}:" in said["init_definition"]
        assert re.search(rf"^(?:\w+, )*{name}\b", said["docstring"], re.MULTILINE), name


def test_the_rest_of_a_docstring_stays() -> None:
    class Source:
        """Not this.

        Attributes
        ----------
        near : int
            First line.

            Second paragraph : with a colon.
        far : int
            Not asked for.
        nowhere, middle : int, default 9
            The taker has one of them.
        """

    @shows_parameters_of(Source, but=["far"])
    class Taker:
        """Summary : with a colon.

        Parameters
        ----------
        own, near
            See Source.
        far : str
            Its own.

        Raises
        ------
        ValueError
            When it wants.
        """

        def __init__(self, own: int, far: str = "x", *, near: int = 3, middle: int = 4) -> None: ...

    told = str(inspect.getdoc(Taker))
    assert told.startswith("Summary : with a colon.\n\nParameters\n----------\n")
    assert told.endswith("\n\nRaises\n------\nValueError\n    When it wants.")
    assert "Parameters\n----------\nown\n    See Source.\nfar" in told
    assert "near : int, default 3\n    First line.\n\n    Second paragraph : with a colon.\n" in told
    assert 'far : str, default "x"\n    Its own.\n' in told
    assert "middle : int, default 4\n    The taker has one of them." in told
    assert "nowhere" not in told
    assert "Not asked for" not in told


def test_a_subclass_shows_the_same() -> None:
    class Mine(RangeTest):
        pass

    assert inspect.getdoc(Mine) == inspect.getdoc(RangeTest)


def test_python_without_docstrings_has_the_package_all_the_same() -> None:
    code = "import lrwidget; print(lrwidget.LRWidget.__doc__, lrwidget.RangeTest.__doc__)"
    ran = subprocess.run([sys.executable, "-OO", "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["None", "None"]


def test_everything_else_behind_the_door_tells_its_parameters_too() -> None:
    for name in lrwidget.__all__:
        value = getattr(lrwidget, name)
        if not callable(value) or (isinstance(value, type) and issubclass(value, BaseException)):
            continue
        text = str(inspect.getdoc(value))
        missing = [
            parameter
            for parameter in inspect.signature(value).parameters
            if not re.search(rf"^\*{{0,2}}(?:[\w*]+, )*\*{{0,2}}{parameter}\b", text, re.MULTILINE)
        ]
        assert missing == [], f"{name} does not tell {missing}"
