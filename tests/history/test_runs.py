"""Runs: their names, their files, their table."""

import json
import math
import pickle
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrwidget import History, Run, Runs, Settings
from lrwidget.errors import HistoryFileError, LRWidgetError, SettingsError
from lrwidget.history import files, make_settings
from lrwidget.history.repeats import band_of, median_history, spread_of
from tests.bad_values import THINGS, assert_useful


def sweep(count=20, *, shift=0.0, receipt=None, stop_reason="completed", metric=None, **options):
    plan = Settings(start_lr=1e-5, end_lr=1.0, num_iter=20, **options)
    lr = plan.rates[:count]
    loss = [1 + shift - math.exp(-((math.log10(rate) + 2) ** 2)) for rate in lr]
    name = None if metric is None else "accuracy"
    return History(lr, loss, plan, stop_reason, receipt=receipt or {}, metric=metric, metric_name=name)


def made(**receipt):
    return sweep(receipt={"optimizer": "AdamW", "model": "Net", "parameters": 5, **receipt})


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ({}, {}, "AdamW (2)"),
        ({"batch_size": 32}, {"batch_size": 256}, "batch 256"),
        ({}, {"seed": 2}, "seed 2"),
        ({"optimizer": "SGD"}, {}, "AdamW"),
        (
            {"optimizer": "SGD", "optimizer_options": {"weight_decay": 0, "momentum": 0.9}},
            {"optimizer_options": {"weight_decay": 0.1, "betas": [0.9, 0.99]}},
            "AdamW, wd 0.1",
        ),
        (
            {"optimizer_options": {"weight_decay": 0.0, "nesterov": False, "betas": [0.9, 0.9]}},
            {"optimizer_options": {"weight_decay": 1e-5, "nesterov": True, "betas": [0.8, 0.99]}},
            "wd 1e-5, nesterov, betas 0.8/0.99",
        ),
        ({"optimizer_options": {"amsgrad": True}}, {"optimizer_options": {"amsgrad": False}}, "no amsgrad"),
        ({}, {"parameters": 1234567}, "1,234,567 parameters"),
        ({}, {"model": "Other", "parameters": 7}, "Other"),
        ({"optimizer_options": "broken"}, {"optimizer_options": None}, "AdamW (2)"),
        ({"autocast": "float16"}, {"autocast": "bfloat16"}, "bfloat16"),
        (
            {"optimizer_options": {"weight_decay": [0.1, 0]}},
            {"optimizer_options": {"weight_decay": 0.1}},
            "wd 0.1",
        ),
        ({}, {"group": "head"}, "group head"),
    ],
)
def test_a_run_is_called_by_what_it_differs_in(first, second, name):
    runs = Runs().with_run(made(**first)).with_run(made(**second))
    assert runs.names == (first.get("optimizer", "AdamW"), name)
    assert runs.active_run.name == name


def test_another_range_is_told_whole():
    long = History([1e-7, 1e-3], [1.0, 0.5], Settings(num_iter=200))
    short = History([1e-5, 1e-3], [1.0, 0.5], Settings(start_lr=1e-5, end_lr=1.0, num_iter=100))
    same = History([1e-7, 1e-3], [1.0, 0.5], Settings(num_iter=100, step_mode="linear"))
    own = History([1e-4, 2e-4], [1.0, 0.5], make_settings(lr_schedule=[1e-4, 2e-4]))
    runs = Runs().with_run(long).with_run(short).with_run(same).with_run(own)
    assert runs.names == (
        "run",
        "1e-5 to 1, 100 steps",
        "100 steps, linear steps",
        "1e-4 to 2e-4, 2 steps, uneven rates",
    )
    assert dict(runs[1].changes) == {"start_lr": 1e-5, "end_lr": 1.0, "num_iter": 100}


def test_what_is_evaluated_on_is_told_and_how_only_where_that_differs():
    plan = Settings(start_lr=1e-5, end_lr=1.0, num_iter=20, loss_source="fixed")

    def kept(mode):
        receipt = {"optimizer": "SGD", "evaluation_batches": 4, "eval_mode": mode}
        return History(sweep().lr, sweep().loss, plan, receipt=receipt)

    plain = sweep(receipt={"optimizer": "SGD"})
    assert Runs().with_run(plain).with_run(kept("batch_stats")).names[1] == "4 fixed batches"
    assert Runs().with_run(kept("batch_stats")).with_run(plain).names[1] == "training loss"
    assert Runs().with_run(kept("batch_stats")).with_run(kept("eval")).names[1] == "eval mode eval"


def test_a_name_that_is_taken_gets_what_tells_it_apart_or_a_number():
    runs = Runs().with_run(made(batch_size=8, seed=1)).with_run(made(batch_size=9, seed=1), "batch 10")
    runs = runs.with_run(made(batch_size=10, seed=1)).with_run(sweep(), "x").with_run(sweep(), "x")
    assert runs.names == ("AdamW", "batch 10", "batch 10 (2)", "x", "x (2)")
    long = "n" * 80
    assert Runs().with_run(sweep(), long).with_run(sweep(), long).names == (long, "n" * 75 + "… (2)")


def test_the_same_name_for_thousands_stays_unique_and_short():
    runs = Runs()
    for _ in range(60):
        runs = runs.with_run(made())
    assert len(set(runs.names)) == 60
    assert runs.names[-1] == "AdamW (60)"


@pytest.mark.parametrize("name", ["", "  \n", "x" * 81, 5, None, b"x", "\u202e"])
def test_a_name_that_is_none_is_refused(name):
    runs = Runs().with_run(sweep(), "a")
    with pytest.raises(SettingsError, match="name"):
        runs.renamed("a", name)
    with pytest.raises(SettingsError, match="name"):
        Run(name, sweep())


@pytest.mark.parametrize("index", range(len(THINGS)))
def test_odd_things_are_refused_by_name_or_mean_what_they_say(index):
    runs = Runs().with_run(sweep(), "a").with_run(sweep(), "b")
    for name, call in {
        "runs": Runs,
        "active": lambda odd: Runs(runs.runs, odd),
        "a run": runs.with_run,
        "name": lambda odd: Run(odd, sweep()),
        "name ": lambda odd: runs.with_run(sweep(), odd),
        "history": lambda odd: Run("x", odd),
        "changes": lambda odd: Run("x", sweep(), odd),
        "changes ": lambda odd: Run("x", sweep(), {"a": odd}),
        "repeats": lambda odd: Run("x", repeats=odd),
        "repeats ": lambda odd: Run("x", repeats=[sweep(), odd]),
        "run": runs.activated,
        "run ": lambda odd: runs.renamed(odd, "c"),
        "name  ": lambda odd: runs.renamed("a", odd),
        "run  ": runs.without,
        "rule": runs[0].spread,
        "bandwidth": lambda odd: Run("x", repeats=[sweep(), sweep()]).band(odd),
        "share": lambda odd: Run("x", repeats=[sweep(), sweep()]).band(share=odd),
    }.items():
        odd = THINGS[index]()
        try:
            call(odd)
        except LRWidgetError as error:
            assert_useful(error, name.strip())
    assert runs.names == ("a", "b")


# -- changing them -----------------------------------------------------------------------------------


def test_runs_are_frozen_and_their_methods_return_others():
    empty = Runs()
    one = empty.with_run(sweep(), "a")
    three = one.with_run(sweep(shift=1), "b").with_run(sweep(shift=2), "c", activate=False)
    assert (len(empty), len(one), len(three)) == (0, 1, 3)
    assert [runs.active for runs in (empty, one, three)] == [None, 0, 1]
    assert three.without("b").names == ("a", "c")
    assert three.without("b").active_run.name == "c"
    assert three.without("a").active_run.name == "b"
    assert three.without(0, 2).names == ("b",)
    assert three.without("a", "b", "c") == empty
    assert three.renamed("b", " d  e ").names == ("a", "d e", "c")
    assert three.renamed("b", "b") == three
    assert three.activated(-1).active_run.name == "c"
    with pytest.raises(AttributeError):
        three.active = 0
    with pytest.raises(TypeError):
        three[0].changes["x"] = 1
    with pytest.raises(SettingsError, match="a run is named 'a' already"):
        three.renamed("b", "a")
    with pytest.raises(
        SettingsError, match=r"no run named 'bb'. Did you mean 'b'\? There are: 'a', 'b', 'c'"
    ):
        three.without("bb")
    with pytest.raises(SettingsError, match="run must be at most 2"):
        three.activated(3)
    with pytest.raises(SettingsError, match="there are no runs yet"):
        empty.activated(0)


def test_they_are_a_sequence():
    runs = Runs().with_run(sweep(), "a").with_run(sweep(shift=1), "b")
    assert [run.name for run in runs] == ["a", "b"]
    assert [run.name for run in reversed(runs)] == ["b", "a"]
    assert runs[0] is runs["a"] is runs[-2]
    assert [run.name for run in runs[1:]] == ["b"]
    assert "a" in runs
    assert runs[0] in runs
    assert "c" not in runs
    with pytest.raises(IndexError):
        runs[2]
    with pytest.raises(SettingsError):
        runs["c"]
    assert repr(runs) == "Runs('a', 'b' (active))"
    assert Runs([runs[0]]).active == 0
    with pytest.raises(SettingsError, match="two runs are named 'a'"):
        Runs([runs[0], runs[0]])
    for wrong in (2, -1, True, 0.0, "a"):
        with pytest.raises(SettingsError, match="active must be"):
            Runs([runs[0]], wrong)


def test_equal_copied_pickled():
    runs = (
        Runs()
        .with_run(sweep(), "a", {"weight_decay": math.nan})
        .with_run(Run("b", repeats=[sweep(), sweep()]))
    )
    again = pickle.loads(pickle.dumps(runs))
    assert again == runs
    assert hash(again) == hash(runs)
    assert again != runs.activated(0)
    assert again != runs.renamed("a", "z")
    assert runs != "runs"
    assert not again[0].history.loss.flags.writeable


def test_the_picks_by_name():
    runs = Runs().with_run(sweep(), "a").with_run(sweep(shift=3), "b")
    picks = runs.picks("knee")
    assert list(picks) == ["a", "b"]
    assert picks["a"].lr == runs["a"].history.suggest("knee").lr


# -- repeats ----------------------------------------------------------------------------------------


def test_the_median_of_three_is_the_middle_one_at_each_rate():
    run = Run("r", repeats=[sweep(shift=s) for s in (0.0, 0.5, -0.5)])
    assert run.history.loss.tolist() == sweep().loss.tolist()
    assert run.history.stop_reason == "completed"
    assert run.history.receipt["median_of"] == 3
    band = run.band(bandwidth=0)
    assert band.low.tolist() == sweep(shift=-0.5).loss.tolist()
    assert band.high.tolist() == sweep(shift=0.5).loss.tolist()
    assert Run("one", sweep()).band() is None


def test_sweeps_that_blew_up_count_as_high_and_those_that_were_stopped_are_left_out():
    up = [sweep(14, stop_reason="diverged"), sweep(12, stop_reason="non-finite"), sweep()]
    median = median_history(up)
    assert len(median) == 15
    assert math.isinf(median.loss[-1])
    assert median.stop_reason == "diverged"
    assert np.isfinite(median.loss[:-1]).all()
    assert np.isinf(band_of(up).high[12])
    assert np.isfinite(band_of(up).low[14:]).all()
    stopped = median_history([sweep(5, shift=9, stop_reason="stopped"), sweep(), sweep()])
    assert len(stopped) == 20
    assert stopped.stop_reason == "stopped"
    assert len(median_history([sweep(5, stop_reason="stopped")] * 2 + [sweep()])) == 5
    assert median_history([sweep(20, stop_reason="diverged"), sweep()]).stop_reason == "completed"


def test_losses_that_are_no_numbers_are_high():
    broken = History(sweep(3).lr, [1.0, math.nan, -math.inf], sweep().settings, "stopped")
    assert np.isinf(median_history([broken, broken]).loss[-1])
    assert len(median_history([broken, broken])) == 2
    nothing = History([], [], sweep().settings, "stopped")
    assert len(median_history([nothing, nothing])) == 0
    assert band_of([nothing, nothing]).lr.size == 0


def test_the_metric_has_its_median_too():
    metrics = [np.full(20, value) for value in (0.1, 0.9, 0.2)]
    metrics[0][3] = metrics[1][3] = metrics[2][3] = math.nan
    median = median_history([sweep(metric=metric) for metric in metrics])
    assert median.metric[0] == 0.2
    assert math.isnan(median.metric[3])
    assert median.metric_name == "accuracy"


def test_the_spread_of_the_picks():
    run = Run("r", repeats=[sweep(), sweep(shift=1), sweep()])
    spread = run.spread("steepest")
    assert spread.decades == 0
    assert spread.low == spread.high
    assert spread.median == pytest.approx(run.history.suggest().lr)
    flat = History([1e-4, 1e-3, 1e-2], [1.0, 1.0, 1.0])
    assert spread_of([flat, flat]).median is None
    assert spread_of([flat, flat]).decades is None
    assert len(spread_of([flat, flat]).picks) == 2


@pytest.mark.parametrize(
    ("repeats", "message"),
    [
        ([sweep()], "at least 2 sweeps; got 1"),
        ([sweep(), sweep(diverge_th=3.0)], "sweep 2 has others than sweep 1"),
        ([sweep(), sweep(metric=np.ones(20))], "another than sweep 1"),
        ([sweep(), History(sweep().lr * 1.5, sweep().loss, sweep().settings)], "ran others"),
        ([sweep(), 5], "repeats must be a list of History"),
        (5, "repeats must be a list of History"),
    ],
)
def test_sweeps_that_do_not_go_together_are_refused(repeats, message):
    with pytest.raises(SettingsError, match=message):
        Run("r", repeats=repeats)


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, "all", None, True])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(SettingsError, match="share"):
        Run("r", repeats=[sweep(), sweep()]).band(share=share)


# -- files -----------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.json"


@pytest.fixture
def saved(path):
    runs = Runs().with_run(sweep(), "a").with_run(sweep(shift=1), "b", {"weight_decay": 0.1})
    runs.with_run(Run("c", repeats=[sweep(), sweep(shift=2)])).activated("b").save(path)
    return json.loads(path.read_text())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    losses=st.lists(st.lists(st.floats(), min_size=2, max_size=8), min_size=1, max_size=4),
    changes=st.dictionaries(
        st.text(max_size=6), st.none() | st.floats() | st.lists(st.text(max_size=3)), max_size=3
    ),
    names=st.lists(st.text(min_size=1, max_size=100), min_size=4, max_size=4),
)
def test_what_was_saved_is_loaded_to_the_last_bit(path, losses, changes, names):
    runs = Runs()
    for values, name in zip(losses, names, strict=False):
        history = History(np.logspace(-5, 0, len(values)), values)
        try:
            runs = runs.with_run(history, name, changes)
        except SettingsError:
            runs = runs.with_run(history, None, changes)
    runs = runs.with_run(Run("repeats", repeats=[sweep(), sweep(3, stop_reason="diverged")]))
    runs.save(path)
    assert Runs.load(path) == runs
    assert len(list(path.parent.iterdir())) == 1


def test_no_runs_are_saved_and_loaded_too(path):
    Runs().save(path)
    assert Runs.load(path) == Runs()


def test_a_file_of_one_history_is_one_run(path):
    made().save(path)
    runs = Runs.load(path)
    assert runs.names == ("AdamW",)
    assert runs[0].history == made()


def test_a_history_is_told_where_to_load_runs(path, saved):
    with pytest.raises(HistoryFileError, match=r"holds runs, .*lrwidget\.Runs\.load"):
        History.load(path)


def test_every_cut_off_file_is_refused(path, saved):
    data = path.read_bytes()
    for length in range(0, len(data), 61):
        path.write_bytes(data[:length])
        with pytest.raises(HistoryFileError):
            Runs.load(path)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(path, saved, monkeypatch):
    before = path.read_bytes()

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr(files.Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        Runs().with_run(sweep()).save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a file of runs: not valid JSON, perhaps cut off"),
        ("[1]", 'has no "format": "lrwidget-runs"'),
        ('{"format": "other"}', 'has no "format"'),
        ('{"format": ["lrwidget-runs"]}', 'has no "format"'),
        ('{"format": "lrwidget-runs"}', "version must be a whole number; got None"),
        ('{"format": "lrwidget-runs", "version": 2}', r"newer lrwidget: file version 2.*up to 1\. Upgrade"),
        ('{"format": "lrwidget-runs", "version": 1}', "not a whole file of runs: active, runs missing"),
        ('{"format": "lrwidget-history", "version": 2}', "not a whole history"),
        ("\x80\x81", "not valid JSON"),
    ],
)
def test_a_file_that_holds_no_runs_is_refused(path, text, message):
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(HistoryFileError, match=message):
        Runs.load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"active": 3}, "holds what cannot be runs: active must be at most 2"),
        ({"active": -1}, "active must be at least 0"),
        ({"active": "b"}, "active must be a number; got 'b'"),
        ({"active": True}, "active must be a number"),
        ({"runs": {}}, "runs must be a list"),
        ({"runs": []}, "active must be None where there are no runs"),
        ({"runs": [5]}, "run 1 of .* must be an object; got 5"),
        ({"runs": [{"name": "a"}]}, "run 1 of .* is not whole: changes, history, repeats, trials missing"),
        ({"version": 1.0}, "version must be a whole number"),
    ],
)
def test_a_file_that_nobody_can_have_written_is_refused(path, saved, change, message):
    path.write_text(json.dumps(saved | change))
    with pytest.raises(HistoryFileError, match=message):
        Runs.load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "cannot be runs: name is empty"),
        ({"name": "a"}, "two runs are named 'a'"),
        ({"name": 7}, "name must be a text"),
        ({"changes": [1]}, "changes must be a mapping"),
        ({"changes": None}, "changes must be a mapping"),
        ({"history": 5}, "run 2 of .* is not a history"),
        ({"history": None}, "must hold a history, or repeats of one; it holds both or neither"),
        ({"repeats": None}, "run 2 of .*: repeats must be a list"),
        ({"repeats": [{}]}, "a repeat of run 2 of .* is not a history"),
        ({"trials": 5}, "run 2"),
    ],
)
def test_a_run_that_nobody_can_have_written_is_refused(path, saved, change, message):
    saved["runs"][1] |= change
    path.write_text(json.dumps(saved))
    with pytest.raises(HistoryFileError, match=message):
        Runs.load(path)


def test_repeats_in_a_file_that_do_not_go_together_are_refused(path, saved):
    saved["runs"][2]["repeats"][1]["settings"]["diverge_th"] = 2.0
    path.write_text(json.dumps(saved))
    with pytest.raises(HistoryFileError, match="repeats must have the same settings"):
        Runs.load(path)
    saved["runs"][2]["repeats"].pop()
    path.write_text(json.dumps(saved))
    with pytest.raises(HistoryFileError, match="at least 2 sweeps"):
        Runs.load(path)


def test_a_missing_file_is_a_missing_file(path):
    with pytest.raises(FileNotFoundError):
        Runs.load(path)
    with pytest.raises(HistoryFileError, match="path is empty"):
        Runs().save("")


# -- the table ------------------------------------------------------------------------------------


def test_the_table_has_a_row_for_each_point_of_each_sweep():
    pandas = pytest.importorskip("pandas")
    runs = Runs().with_run(sweep(7, metric=np.arange(7.0)), "a")
    runs = runs.with_run(Run("b", repeats=[sweep(), sweep(4, stop_reason="diverged")]))
    table = runs.to_dataframe()
    assert list(table.columns) == ["run", "repeat", "step", "lr", "loss", "smoothed", "change", "metric"]
    assert len(table) == 7 + 20 + 4
    assert table.groupby(["run", "repeat"], sort=False).size().tolist() == [7, 20, 4]
    one = table[(table["run"] == "b") & (table["repeat"] == 1)]
    assert one["step"].tolist() == [0, 1, 2, 3]
    assert one["loss"].tolist() == sweep(4).loss.tolist()
    assert one["metric"].isna().all()
    assert table["metric"][:7].tolist() == list(range(7))
    assert isinstance(Runs().to_dataframe(), pandas.DataFrame)
    assert Runs().to_dataframe().empty


def test_without_pandas_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        Runs().to_dataframe()
