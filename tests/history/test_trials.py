"""What trials recorded: frozen, in files bit for bit, tidy as a table; and files that hold no trials."""

import copy
import dataclasses
import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrwidget import HistoryFileError, SettingsError, Trials
from lrwidget.history.trials import Trial, TrialSettings
from tests.bad_values import CHEAP, anything, assert_useful

RATES = (0.001, 0.003, 0.01)


def some(**changes):
    loss = np.linspace(1, 0.5, 20)
    odd = np.array([1.0, 1e-320, -0.0, math.inf])
    given = {
        "trials": (
            Trial(0.003, loss, np.full(20, 0.003), "completed", 0.25),
            Trial(0.001, loss[:12] + 0.1, np.linspace(0, 0.001, 12), "behind"),
            Trial(0.01, odd, np.full(4, 0.01), "non-finite"),
        ),
        "settings": TrialSettings(RATES, 20, loss_source="fixed", diverge_th=math.inf),
        "stop_reason": "completed",
        "started_at": "2024-01-01T00:00:00+00:00",
        "seconds": 1.5,
        "receipt": {"device": "cpu", "odd": [math.nan, {"$float": "nan"}]},
    }
    return Trials(**{**given, **changes})


def test_a_file_gives_back_every_bit(tmp_path):
    trials = some()
    trials.save(tmp_path / "trials.json")
    found = Trials.load(tmp_path / "trials.json")
    assert found == trials
    for one, other in zip(found, trials, strict=True):
        assert one.loss.tobytes() == other.loss.tobytes()
        assert one.rates.tobytes() == other.rates.tobytes()
    assert (found.winner, found.suggested_lr, found.reason) == (0, 0.003, trials.reason)
    assert found.to_json() == trials.to_json()
    assert Trials.from_payload(trials.to_payload()) == trials


def test_copies_and_pickles_are_equal_and_as_frozen():
    trials = some()
    for made in (pickle.loads(pickle.dumps(trials)), copy.deepcopy(trials)):
        assert made == trials
        assert hash(made) == hash(trials)
        with pytest.raises(ValueError, match="read-only"):
            made[0].loss[0] = 2
    with pytest.raises(TypeError):
        trials.receipt["device"] = "gpu"
    with pytest.raises(AttributeError):
        trials.stop_reason = "stopped"


def test_what_was_given_may_change_afterwards():
    loss = np.linspace(1, 0.5, 20)
    one = Trial(0.003, loss, np.full(20, 0.003), "completed")
    loss[:] = 7
    assert one.loss[0] == 1


def test_it_is_a_sequence():
    trials = some()
    assert len(trials) == 3
    assert (
        [one.lr for one in trials] == [trials[0].lr, *(one.lr for one in trials[1:])] == [0.003, 0.001, 0.01]
    )
    assert trials[-1].ended == "non-finite"
    assert "0.003" in repr(trials)
    assert repr(trials[2]) == "Trial(lr 0.01, 4 steps, loss 1 to inf, non-finite)"
    assert some(seconds=2.0) != trials
    assert trials != "trials"


def test_the_table_is_tidy():
    table = some().to_dataframe()
    assert list(table.columns) == ["trial", "step", "lr", "loss"]
    assert len(table) == 36
    assert table[table.trial == 1].step.tolist() == list(range(12))
    assert table[table.trial == 1].lr.tolist() == np.linspace(0, 0.001, 12).tolist()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"trials": ()}, "one for each of the rates 0.001, 0.003, 0.01; got none"),
        ({"trials": some().trials[:2]}, "got 0.003, 0.001"),
        ({"trials": (*some().trials, some()[0])}, "one for each"),
        ({"trials": (1, 2, 3)}, "nothing but Trial"),
        ({"settings": {}}, "must be a TrialSettings"),
        ({"stop_reason": "done"}, "stop_reason must be"),
        ({"started_at": 5}, "started_at must be"),
        ({"seconds": -1.0}, "seconds must be"),
        ({"receipt": 1}, "receipt must be a mapping"),
        ({"receipt": {"x": object()}}, "JSON"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes, text):
    with pytest.raises(SettingsError, match=text):
        some(**changes)


def test_further_rates_are_allowed_as_far_as_was_asked_for():
    more = (*some().trials, Trial(0.03, [], [], "untried"))
    settings = TrialSettings(RATES, 20, extend=1)
    assert len(some(trials=more, settings=settings)) == 4
    with pytest.raises(SettingsError, match="and up to 1 more; got"):
        some(trials=(*more, Trial(0.1, [], [])), settings=settings)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"rates": [0.1]}, "2 to 100 rates, to be compared; got 1"),
        ({"rates": []}, "got 0"),
        ({"rates": [0.1, 0.1]}, "0.1 is there twice"),
        ({"rates": [0.1, 0.0]}, r"rates\[1\] must be a finite number"),
        ({"rates": [0.1, math.nan]}, r"rates\[1\]"),
        ({"rates": [0.1, -1]}, r"rates\[1\]"),
        ({"rates": "0.1"}, "rates must be a list"),
        ({"rates": 0.1}, "rates must be a list"),
        ({"rates": [0.1, "1"]}, "index 1"),
        ({"rates": [i + 1.0 for i in range(101)]}, "2 to 100"),
        ({"steps": 1}, "steps must be at least 2"),
        ({"steps": 2.5}, "steps must be a whole number"),
        ({"extend": -1}, "extend must be at least 0"),
        ({"extend": 10}, "extend must be at most 9"),
        ({"smooth_f": 2.0}, "smooth_f"),
        ({"diverge_th": 1.0}, "diverge_th must be greater than 1"),
        ({"diverge_th": math.nan}, "diverge_th must be greater than 1"),
        ({"accumulation_steps": 0}, "accumulation_steps"),
        ({"loss_source": "all"}, "loss_source"),
    ],
)
def test_settings_that_cannot_work_are_refused(asked, text):
    with pytest.raises(SettingsError, match=text):
        TrialSettings(**{"rates": RATES, **asked})


def test_rates_are_kept_in_order_as_plain_numbers():
    found = TrialSettings(np.array([0.01, 0.001], dtype=np.float32), diverge_th=None)
    assert found.rates == tuple(sorted(found.rates))
    assert all(type(rate) is float for rate in found.rates)
    assert found.diverge_th == math.inf


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ((0.0, [], []), "lr must be"),
        ((0.1, [1.0], []), "rates must hold 1 numbers"),
        ((0.1, [1.0], [math.nan]), "finite and 0 or more"),
        ((0.1, [1.0], [-0.1]), "finite and 0 or more"),
        ((0.1, [], [], "finished"), "ended must be"),
        ((0.1, [], [], None, "low"), "held_out must be a number"),
    ],
)
def test_a_trial_that_cannot_be_is_refused(fields, text):
    with pytest.raises(SettingsError, match=text):
        Trial(*fields)


def _changed(**changes):
    payload = json.loads(some().to_json())
    payload.update(changes)
    return payload


def _without(name):
    payload = _changed()
    del payload[name]
    return payload


def _with_trial(**changes):
    payload = _changed()
    payload["trials"][1].update(changes)
    return payload


@pytest.mark.parametrize(
    "payload",
    [
        *([], {}, None, 5, "trials", {"format": "lrwidget-history", "version": 2}),
        *(_without(name) for name in ("settings", "trials", "receipt", "seconds", "version")),
        *(_changed(version=version) for version in (0, -1, 1.5, "1", True, None, 10**400)),
        *(_changed(trials=value) for value in (None, {}, [], [None], [[]], "x", [5])),
        *(_changed(settings=value) for value in (None, [], {}, {"rates": [1, 2]})),
        *(_changed(**{name: []}) for name in ("seconds", "started_at", "stop_reason", "receipt")),
        _changed(more=1),
        *(_with_trial(loss=value) for value in (None, "abc", [None], [[1.0]], [True], [1.0], {"a": 1})),
        *(_with_trial(lr=value) for value in (None, 0, -1, "0.1", 0.002)),
        _with_trial(ended="won"),
        _with_trial(held_out="low"),
        _with_trial(more=1),
    ],
)
def test_files_that_hold_no_trials_are_refused_with_the_name_of_the_file(payload, tmp_path):
    path = tmp_path / "given.json"
    path.write_text(json.dumps(payload))
    with pytest.raises(HistoryFileError, match=r"given\.json"):
        Trials.load(path)


@pytest.mark.parametrize("cut", [0, 1, 40, 0.5, -1])
def test_a_file_that_is_cut_off_is_refused(cut, tmp_path):
    text = some().to_json()
    path = tmp_path / "given.json"
    path.write_text(text[: int(cut * len(text)) if isinstance(cut, float) else cut])
    with pytest.raises(HistoryFileError, match="cut off"):
        Trials.load(path)


def test_a_newer_file_says_what_to_do(tmp_path):
    (tmp_path / "new.json").write_text(json.dumps(_changed(version=99)))
    with pytest.raises(HistoryFileError, match="Upgrade lrwidget"):
        Trials.load(tmp_path / "new.json")


def test_a_file_that_is_there_survives_a_save_that_fails(tmp_path):
    path = tmp_path / "trials.json"
    some().save(path)
    kept = path.read_bytes()
    with pytest.raises(IsADirectoryError):
        some().save(tmp_path)
    assert path.read_bytes() == kept
    assert [one.name for one in tmp_path.iterdir()] == ["trials.json"]


@CHEAP
@given(st.sampled_from(["lr", "loss", "rates", "ended", "held_out"]), anything)
def test_a_trial_of_anything_is_made_or_the_field_is_named(name, value):
    try:
        made = Trial(**{"lr": 0.1, "loss": [1.0], "rates": [0.1], name: value})
    except SettingsError as error:
        assert_useful(error, name, "rates must hold 1 numbers")
    else:
        assert pickle.loads(pickle.dumps(made)) == made
        assert isinstance(repr(made), str)


@CHEAP
@given(st.sampled_from(["trials", "settings", "stop_reason", "started_at", "seconds", "receipt"]), anything)
def test_trials_of_anything_are_made_or_the_field_is_named(name, value):
    try:
        made = some(**{name: value})
    except SettingsError as error:
        assert_useful(error, name)
    else:
        assert Trials.from_payload(made.to_payload()) == made


@CHEAP
@given(st.sampled_from([one.name for one in dataclasses.fields(TrialSettings)]), anything)
def test_settings_of_anything_are_made_or_the_field_is_named(name, value):
    try:
        made = TrialSettings(**{"rates": RATES, name: value})
    except SettingsError as error:
        assert_useful(error, name)
    else:
        assert hash(made) == hash(TrialSettings(**dataclasses.asdict(made)))


@CHEAP
@given(anything)
def test_what_stands_in_a_file_may_be_anything(value):
    for payload in (value, _changed(settings=value), _changed(trials=[value]), _changed(receipt=value)):
        if (error := _refusal(payload)) is not None:
            assert "given.json" in str(error)


def _refusal(payload):
    try:
        Trials.from_payload(payload, "given.json")
    except HistoryFileError as error:
        return error
    return None
