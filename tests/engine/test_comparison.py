"""Variants compared: what each sweep runs with, and that nothing of it is left, however it ends."""

import inspect
import math
import random
import signal
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.data import BatchSampler, DataLoader, IterableDataset, SequentialSampler, TensorDataset

from lrwidget import Comparison, RangeTest, Repeats, Runs
from lrwidget.errors import LoaderError, LRWidgetWarning, SettingsError, SetupError, StateError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world, images, seed_all
from tests.oracle.oracle import Oracle

FEW = {"start_lr": 1e-4, "end_lr": 0.1, "num_iter": 6, "diverge_th": None}


def compare(variants, world, **options):
    return Comparison(variants, *world, **{**FEW, **options})


def oracle_of(world, **others):
    return Oracle(
        {
            "model": world.model,
            "optimizer": world.optimizer,
            "criterion": world.criterion,
            "loader": world.loader,
            **others,
        }
    )


@pytest.fixture
def world():
    return cnn_world(warm=True)


# -- what each sweep runs ------------------------------------------------------------------------


def test_a_variant_that_changes_nothing_is_the_plain_sweep_bit_for_bit(world):
    plain = RangeTest(*world, **FEW).run()
    runs = compare({"a": {}, "b": {}}, world).run()
    for run in runs:
        assert run.history.loss.tolist() == plain.loss.tolist()
        assert run.history.settings == plain.settings


@pytest.mark.parametrize(
    "changes",
    [
        {"weight_decay": 0.5},
        {"betas": (0.5, 0.9)},
        {"num_iter": 9},
        {"lr_schedule": [1e-3, 2e-3, 1e-2]},
        {"clip_grad_norm": 0.1},
        {"accumulation_steps": 2},
        {"fixed_batches": 2},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_variant_is_the_sweep_that_somebody_would_set_up_by_hand(changes):
    world = cnn_world()
    (run,) = compare([changes], world).run()
    by_hand = cnn_world()
    keywords = dict(changes)
    for name in ("weight_decay", "betas"):
        if name in keywords:
            by_hand.optimizer.param_groups[0][name] = keywords.pop(name)
    assert run.history.loss.tolist() == RangeTest(*by_hand, **{**FEW, **keywords}).run().loss.tolist()
    plain = RangeTest(*cnn_world(), **FEW).run()
    assert run.history.loss.tolist() != plain.loss.tolist()


def test_another_optimizer_and_batch_size_are_those_of_a_world_made_with_them():
    (run,) = compare(
        [{"optimizer": torch.optim.SGD, "momentum": 0.9, "batch_size": 8}], cnn_world(own_generator=True)
    ).run()
    other = cnn_world(own_generator=True)
    other.optimizer = torch.optim.SGD(other.model.parameters(), lr=1e-3, momentum=0.9)
    draw = torch.Generator().manual_seed(0)
    other.loader = DataLoader(images(), batch_size=8, shuffle=True, generator=draw)
    assert run.history.loss.tolist() == RangeTest(*other, **FEW).run().loss.tolist()
    assert run.history.receipt["batch_size"] == 8
    assert run.history.receipt["optimizer_options"]["momentum"] == 0.9
    assert run.name == "SGD, momentum 0.9, batch 8"


def test_a_seed_decides_batches_and_noise_also_of_a_loader_with_a_generator_of_its_own():
    for own in (False, True):
        world = cnn_world(own_generator=own)
        runs = compare([{"seed": 3}, {"seed": 4}, {"seed": 3, "verify": True}], world).run()
        losses = [run.history.loss.tolist() for run in runs]
        assert losses[0] == losses[2] != losses[1]
        assert [run.history.receipt["seed"] for run in runs] == [3, 4, 3]
        assert runs.names == ("seed 3", "seed 4", "seed 3, verify")
        again = cnn_world(own_generator=own)
        seed_all(3)
        if own:
            again.loader.generator.manual_seed(3)
        assert RangeTest(*again, **FEW).run().loss.tolist() == losses[0]


def test_one_group_varies_and_the_others_hold_theirs():
    seen = []
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    groups = [
        {"params": model[0].parameters(), "lr": 0.5, "name": "body"},
        {"params": model[1].parameters(), "lr": torch.tensor(0.25), "name": "head"},
    ]
    optimizer = torch.optim.SGD(groups)
    batch = (torch.ones(3, 2), torch.ones(3, 1))

    def look(*_):
        seen.append([float(group["lr"]) for group in optimizer.param_groups])
        return 0.0

    world = (model, optimizer, nn.MSELoss(), [batch])
    rates = {"lr_schedule": [1e-3, 1e-2], "metric": look}
    runs = Comparison([{"group": "head"}, {"group": 0}], *world, **rates).run()
    assert runs.names == ("group head", "group 0")
    assert seen == pytest.approx(
        [
            pytest.approx([0.5, 1e-3]),
            pytest.approx([0.5, 1e-2]),
            pytest.approx([1e-3, 0.25]),
            pytest.approx([1e-2, 0.25]),
        ]
    )
    assert runs[0].history.receipt["group"] == "head"
    assert [float(group["lr"]) for group in optimizer.param_groups] == [0.5, 0.25]
    assert runs[0].history.lr.tolist() == [1e-3, 1e-2]


def test_weight_decay_is_left_at_zero_where_it_is_meant_to_be():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    held = []
    optimizer = torch.optim.AdamW(
        [
            {"params": model[0].parameters(), "weight_decay": 0.01},
            {"params": model[1].parameters(), "weight_decay": 0.0},
        ]
    )
    world = (model, optimizer, nn.MSELoss(), [(torch.randn(4, 2), torch.zeros(4, 2))])

    def metric(*_):
        held.append([group["weight_decay"] for group in optimizer.param_groups])
        return 0.0

    runs = Comparison(
        [{"weight_decay": 0.3}, {"weight_decay": 0}, {"optimizer": torch.optim.SGD}],
        *world,
        lr_schedule=[1e-4, 1e-3],
        metric=metric,
    ).run()
    assert held == [[0.3, 0.0]] * 2 + [[0, 0.0]] * 2 + [[0.01, 0.0]] * 2
    assert runs[2].history.receipt["optimizer_options"]["weight_decay"] == [0.01, 0.0]


def test_a_new_optimizer_keeps_the_groups_and_their_ratios():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    optimizer = torch.optim.Adam(
        [{"params": model[0].parameters(), "lr": 1e-3}, {"params": model[1].parameters(), "lr": 1e-2}]
    )
    given = []

    def factory(groups):
        given.append(groups)
        return torch.optim.SGD(groups, lr=5.0)

    world = (model, optimizer, nn.MSELoss(), [(torch.randn(4, 2), torch.zeros(4, 1))])
    (run,) = Comparison([{"optimizer": factory}], *world, lr_schedule=[1e-4, 1e-3]).run()
    assert [group["lr"] for group in given[0]] == [1e-3, 1e-2]
    assert run.history.receipt["group_ratios"] == pytest.approx([1.0, 10.0])
    assert run.name == "SGD"


def test_several_optimizers_as_one_can_be_varied():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    pair = [torch.optim.SGD(model[0].parameters(), lr=0.1), torch.optim.AdamW(model[1].parameters())]
    world = (model, pair, nn.MSELoss(), [(torch.randn(4, 2), torch.zeros(4, 1))])

    def joined(groups):
        first, second = (group["params"] for group in groups)
        return [torch.optim.Adam(first, lr=0.1), torch.optim.SGD(second, lr=0.1)]

    variants = [{}, {"weight_decay": 0.1}, {"betas": (0.5, 0.5)}, {"optimizer": joined}]
    runs = Comparison(variants, *world, lr_schedule=[1e-4, 1e-3]).run()
    assert runs.names == ("SGD + AdamW", "wd 0.1", "betas 0.5/0.5", "Adam + SGD")
    assert pair[1].param_groups[0]["betas"] == (0.9, 0.999)
    assert [one.param_groups[0]["weight_decay"] for one in pair] == [0, 0.01]


def test_a_criterion_and_loaders_can_be_others(world):
    smooth = nn.CrossEntropyLoss(label_smoothing=0.2)
    loader = DataLoader(images(seed=9), batch_size=4)
    variants = [{"criterion": smooth}, {"train_loader": loader}, {"val_loader": loader}]
    runs = compare(variants, world).run()
    assert runs.names == ("criterion CrossEntropyLoss", "train loader DataLoader", "val loader DataLoader")
    assert [run.history.settings.loss_source for run in runs] == ["train", "train", "val"]


def test_what_a_variant_changes_is_told_as_json_could_hold_it(world, tmp_path):
    variants = {
        "x": {
            "optimizer": lambda parameters: torch.optim.SGD(parameters, lr=1.0),
            "autocast": torch.bfloat16,
        },
        "y": {"metric": lambda output, target: 0.0, "betas": (0.1, np.float64(0.2))},
    }
    runs = compare(variants, world).run()
    assert dict(runs["x"].changes) == {"optimizer": "SGD", "autocast": "bfloat16"}
    assert dict(runs["y"].changes) == {"metric": "<lambda>", "betas": [0.1, 0.2]}
    runs.save(tmp_path / "runs.json")
    assert Runs.load(tmp_path / "runs.json") == runs


# -- the names of runs ----------------------------------------------------------------------------


def test_optimizers_of_one_class_are_told_apart_by_their_options(world):
    def factory(**options):
        return lambda parameters: torch.optim.SGD(parameters, lr=0.1, **options)

    variants = [
        {"optimizer": factory()},
        {"optimizer": factory(momentum=0.9)},
        {"optimizer": factory(momentum=0.9)},
        {"optimizer": torch.optim.Adagrad},
        {},
        {},
    ]
    names = compare(variants, world).run().names
    assert names == ("SGD", "SGD, momentum 0.9", "SGD, momentum 0.9 (2)", "Adagrad", "AdamW", "AdamW (2)")


class Counting(torch.optim.SGD):
    """An odd one: keeps counters in its groups, takes anything, and has a strange name."""

    def __init__(self, parameters, lr=0.1, warmth=3, **anything):
        super().__init__(parameters, lr=lr, **anything)
        for group in self.param_groups:
            group.update(warmth=warmth, k=0, seen=[], fn=len, huge=10**400, lr_max=torch.zeros(3))

    def step(self, closure=None):
        for group in self.param_groups:
            group["k"] += 1
            group["seen"].append(group["k"])
        return super().step(closure)


Counting.__name__ = "Coun\nting\u202e " + "x" * 200


def test_an_odd_optimizer_has_a_name_on_one_line_and_its_counters_are_no_differences(world):
    runs = compare([{"optimizer": Counting}, {"optimizer": Counting, "warmth": 4}, {}], world).run()
    first, second = runs[0].history, runs[1].history
    options = first.receipt["optimizer_options"]
    assert options["warmth"] == 3
    assert not options.keys() & {"k", "seen", "fn", "huge", "lr_max", "lr", "params"}
    assert second.receipt["optimizer_options"]["warmth"] == 4
    for name in runs.names:
        assert "\n" not in name
        assert name.isprintable()
        assert 0 < len(name) <= 80
    assert len(set(runs.names)) == 3


# -- what is refused, before anything runs ----------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lr": 0.1}, "variant 'x': lr cannot be varied, for the sweep itself varies the rate"),
        ({"model": None}, "model cannot be varied, for every variant trains the same model"),
        ({"callback": print}, "callback cannot be varied, for it belongs to the comparison"),
        ({"wieght_decay": 0.1}, r"wieght_decay cannot be varied.*Did you mean 'weight_decay'\?"),
        ({"momentum": 0.1}, r"momentum cannot be varied: it is neither.*param groups \(betas, eps, weight"),
        ({"num_it": 30}, "Did you mean 'num_iter'"),
        ({1: 2}, "must be named by a text; got 1"),
        ({"end_lr": -1}, "variant 'x': end_lr must be finite and greater than 0"),
        ({"num_iter": 1}, "variant 'x': num_iter must be at least 2"),
        ({"seed": -1}, "variant 'x': seed must be at least 0"),
        ({"seed": "3"}, "variant 'x': seed must be a whole number"),
        ({"batch_size": 2, "train_loader": []}, "batch_size and train_loader exclude each other"),
        ({"group": 0, "group_schedules": [[1.0]]}, "group and group_schedules exclude each other"),
        ({"lr_schedule": [1e-3, 1e-2], "end_lr": 1.0}, "end_lr would change nothing"),
        ({"optimizer": torch.optim.SGD, "update_fn": None}, None),
    ],
)
def test_what_cannot_be_varied_is_refused_at_once(world, changes, message):
    if message is None:
        compare({"ok": {}, "x": changes}, world)
        return
    with pytest.raises(SettingsError, match=message):
        compare({"ok": {}, "x": changes}, world)


class OwnLoader(DataLoader):
    def __init__(self, size):
        super().__init__(images(), batch_size=size)


class Stream(IterableDataset):
    def __iter__(self):
        return iter(images())


@pytest.mark.parametrize(
    ("changes", "loader", "message"),
    [
        ({"batch_size": 0}, None, "batch_size must be at least 1"),
        ({"batch_size": 4.0}, None, "batch_size must be a whole number"),
        (
            {"batch_size": 4},
            [(torch.ones(2, 1, 6, 6), torch.zeros(2).long())],
            "a list, whose batches are made",
        ),
        ({"batch_size": 4}, OwnLoader(3), "OwnLoader is made in a way of its own"),
        ({"batch_size": 4}, DataLoader(images(), batch_size=None), "its dataset decides what a batch is"),
        (
            {"batch_size": 4},
            DataLoader(images(), batch_sampler=BatchSampler(SequentialSampler(images()), 3, False)),
            "its batch sampler, a BatchSampler, decides",
        ),
        ({"batch_size": 99, "train_loader": 1}, None, "exclude each other"),
        ({"optimizer": "AdamW"}, None, "an optimizer's class, or a function"),
        ({"optimizer": lambda parameters: 1 / 0}, None, "cannot be made: '<lambda>' raises division by zero"),
        ({"optimizer": lambda parameters: None}, None, "returns a NoneType"),
        ({"optimizer": torch.optim.SGD, "betas": (0.9, 0.9)}, None, "betas cannot be varied"),
        ({"optimizer": torch.optim.SGD, "momentum": -1}, None, "Invalid momentum value: -1"),
        ({"optimizer": torch.optim.Adam([nn.Parameter(torch.ones(1))])}, None, "are not the model's"),
        ({"weight_decay": -1}, None, "AdamW does not take weight_decay=-1: Invalid weight_decay value: -1"),
        ({"betas": "often"}, None, "AdamW does not take betas='often'"),
        ({"amsgrad": True}, None, "cannot be changed in an AdamW that has stepped already"),
        ({"group": 1}, None, "group must be at most 0"),
        (
            {"group": "head"},
            None,
            "group names no single param group; got 'head'. There are: none has a name",
        ),
        ({"fixed_batches": 0}, None, "fixed_batches must be a whole number, at least 1"),
        ({"train_loader": 5}, None, "train_loader must be a DataLoader or a list"),
    ],
)
def test_the_last_variant_is_checked_before_the_first_begins(world, changes, loader, message):
    if loader is not None:
        world.loader = loader
    before, points = full_state(world.model, world.optimizer), []
    with pytest.raises((SettingsError, SetupError), match=message) as caught:
        compare({"fine": {}, "x": changes}, world, callback=lambda *told: points.append(told)).run()
    assert str(caught.value).startswith("variant 'x': ")
    assert points == []
    assert_same_state(before, full_state(world.model, world.optimizer))


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        ({}, "there is no variant"),
        ([], "there is no variant"),
        ("abc", "variants must be a mapping"),
        (5, "variants must be a mapping"),
        ({"a": 5}, "variant 'a' must be a mapping of what it changes; got 5"),
        ([{}, None], "variant 1 must be a mapping"),
        ({"a": {}, " a ": {}}, "two variants are named 'a'"),
        ({"": {}}, "name is empty"),
        ({3: {}}, "name must be a text; got 3"),
        ({"n" * 81: {}}, "at most 80 characters"),
    ],
)
def test_variants_that_are_none_are_refused(world, variants, message):
    with pytest.raises(SettingsError, match=message):
        compare(variants, world)


def test_update_fn_steps_its_own_optimizer_so_another_alone_is_refused(world):
    def update_fn(batch):
        raise AssertionError

    with pytest.raises(SettingsError, match="optimizer cannot be varied alone, for update_fn steps"):
        compare([{"optimizer": torch.optim.SGD}], world, update_fn=update_fn)


def test_an_unknown_option_names_the_door_and_every_option_is_in_its_signature(world):
    for door, extra in ((Comparison, ({"a": {}},)), (Repeats, ())):
        with pytest.raises(TypeError, match=rf"^{door.__name__}\(\) got an unexpected.*'fixed_batches'"):
            door(*extra, *world, fixed_batch=3)
        shown = inspect.signature(door).parameters
        own = inspect.signature(RangeTest).parameters
        assert {name: shown[name].default for name in own} == {name: one.default for name, one in own.items()}


def test_a_factory_may_draw_random_numbers_and_none_is_used_up(world):
    def factory(parameters):
        torch.rand(3), random.random(), np.random.rand()  # noqa: NPY002
        return torch.optim.SGD(parameters, lr=0.1)

    oracle = oracle_of(world)
    one, other = compare([{"optimizer": factory}, {"optimizer": torch.optim.SGD}], world).run()
    assert one.history.loss.tolist() == other.history.loss.tolist()
    assert not oracle.differences()


def test_a_hook_on_every_optimizer_step_sees_no_rehearsal(world):
    calls = []
    hook = register_optimizer_step_pre_hook(lambda *given: calls.append(given[0]))
    try:
        compare([{"weight_decay": 0.1}, {"eps": 1e-3}], world).start()
    finally:
        hook.remove()
    assert calls == []


# -- everything is given back ------------------------------------------------------------------------


ALL = {
    "plain": {},
    "wd": {"weight_decay": 0.3, "betas": (0.1, 0.2)},
    "sgd": {"optimizer": torch.optim.SGD, "momentum": 0.9},
    "batch": {"batch_size": 7},
    "seed": {"seed": 5},
    "group": {"group": 0},
    "long": {"num_iter": 9, "fixed_batches": 1},
}


@pytest.mark.parametrize(
    "loading", [{}, {"own_generator": True}, {"num_workers": 1, "persistent_workers": True}]
)
def test_everything_is_as_it_was_after_each_sweep_and_at_the_end(loading):
    world = cnn_world(warm=True, **loading)
    iterator = iter(world.loader)  # a pass of the user's own that is under way
    next(iterator)
    oracle = oracle_of(world)
    comparison = compare(ALL, world)
    last = None
    for name, _ in comparison:
        if name != last:
            last = name
    assert comparison.runs.names == tuple(ALL)
    assert not oracle.differences()
    for before, after in pairwise(ALL):
        assert before != after
    del iterator


def test_after_every_single_sweep_all_is_as_it_was(world):
    oracle = oracle_of(world)
    for name, changes in ALL.items():
        compare({name: changes}, world).run()
        assert not oracle.differences(), name


def test_seed_then_train_is_seed_then_compare_then_train():
    trained = cnn_world().train(6)
    world = cnn_world()
    compare(ALL, world).run()
    assert world.train(6) == trained


def test_the_options_that_stand_in_the_groups_are_the_very_objects_again(world):
    betas = world.optimizer.param_groups[0]["betas"] = (0.25, 0.5)
    names = list(world.optimizer.param_groups[0])
    compare([{"betas": (0.1, 0.1)}, {"weight_decay": 1.0}], world).run()
    assert world.optimizer.param_groups[0]["betas"] is betas
    assert list(world.optimizer.param_groups[0]) == names


def test_verify_sees_nothing_left_by_any_variant(world):
    runs = compare(ALL, world, verify=True).run()
    assert [run.history.receipt["differs"] for run in runs] == [[]] * len(ALL)


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit, StopIteration, MemoryError])
def test_an_error_in_the_middle_of_the_third_keeps_the_others_and_gives_all_back(world, kind):
    calls = []

    def step_fn(batch):
        calls.append(1)
        if len(calls) == 2 * FEW["num_iter"] + 4:
            raise kind("boom")
        return world.criterion(world.model(batch[0]), batch[1])

    calls_before = calls
    oracle = oracle_of(world)
    comparison = compare(ALL, world, step_fn=step_fn)
    expected = RuntimeError if kind is StopIteration else kind
    with pytest.raises(expected):
        comparison.run()
    assert calls_before is calls
    assert not oracle.differences()
    runs = comparison.runs
    assert runs.names == ("plain", "wd", "sgd")
    assert [len(run.history) for run in runs[:2]] == [6, 6]
    assert len(runs["sgd"].history) == 3
    assert runs["sgd"].history.stop_reason in ("error", "interrupted")
    assert comparison.stop_reason == ("error" if issubclass(kind, Exception) else "interrupted")
    assert comparison.name is None
    with pytest.raises(StopIteration):
        next(comparison)
    comparison.close()
    with pytest.raises(StateError, match="started before"):
        comparison.start()


def test_an_error_of_the_callers_own_in_the_loop_gives_all_back(world):
    oracle = oracle_of(world)
    comparison = compare(ALL, world)

    def loop():
        with comparison:
            for name, point in comparison:
                if name == "wd" and point.index == 2:
                    raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        loop()
    assert not oracle.differences()
    assert comparison.stop_reason == "error"
    assert comparison.runs["wd"].history.stop_reason == "error"


def test_leaving_the_loop_and_letting_go_gives_all_back(world):
    oracle = oracle_of(world)
    comparison = compare(ALL, world)
    for name, _ in comparison:
        if name == "wd":
            break
    assert oracle.differences()
    del comparison
    assert not oracle.differences()


def test_leaving_the_block_stops_it(world):
    oracle = oracle_of(world)
    with compare(ALL, world) as comparison:
        next(comparison)
    assert comparison.stop_reason == "stopped"
    assert not oracle.differences()


def test_an_interrupt_while_a_variant_is_being_set_up_or_given_back(world):
    def around_that(strikes_at):
        class Around:
            def __enter__(self):
                if strikes_at == "enter":
                    signal.raise_signal(signal.SIGINT)

            def __exit__(self, *_):
                if strikes_at == "exit":
                    signal.raise_signal(signal.SIGINT)

        return Around

    for where in ("enter", "exit"):
        oracle = oracle_of(world)
        variants = {"a": {}, "b": {"weight_decay": 0.3, "seed": 2, "around": around_that(where)}, "c": {}}
        comparison = compare(variants, world)
        with pytest.raises(KeyboardInterrupt):
            comparison.run()
        assert not oracle.differences()
        assert comparison.stop_reason == "interrupted"
        assert "c" not in comparison.runs.names


def test_what_stands_around_a_sweep_sees_the_variant_and_is_left_before_that_goes(world):
    seen = []

    class Around:
        def __enter__(self):
            seen.append(world.optimizer.param_groups[0]["weight_decay"])

        def __exit__(self, *_):
            seen.append(world.optimizer.param_groups[0]["weight_decay"])

    compare([{"weight_decay": 0.3}], world, around=Around).run()
    assert seen == [0.3, 0.3]
    assert world.optimizer.param_groups[0]["weight_decay"] == 0.01


# -- stopped, paused, from other threads --------------------------------------------------------------


def test_stop_ends_the_sweep_that_is_on_and_no_other_begins(world):
    oracle = oracle_of(world)
    comparison = compare(ALL, world)
    for name, point in comparison:
        if name == "wd" and point.index == 1:
            comparison.stop()
    assert comparison.stop_reason == "stopped"
    assert comparison.runs.names == ("plain", "wd")
    assert comparison.runs["wd"].history.stop_reason == "stopped"
    assert not oracle.differences()


def test_stopped_before_it_began_it_runs_nothing(world):
    comparison = compare(ALL, world)
    comparison.stop()
    assert comparison.run() == Runs()
    assert comparison.stop_reason == "stopped"


def test_restored_from_a_callback_it_ends(world):
    oracle = oracle_of(world)

    def callback(name, repeat, point):
        if name == "wd" and point.index == 2:
            comparison.restore()

    comparison = compare(ALL, world, callback=callback)
    comparison.run()
    assert comparison.stop_reason == "stopped"
    assert comparison.runs.names == ("plain", "wd")
    assert not oracle.differences()


@pytest.mark.parametrize("at", [1, 4, 7, 9])
def test_restored_from_within_a_step_it_ends_once_that_is_done(world, at):
    oracle = oracle_of(world)
    calls = []

    def step_fn(batch):
        calls.append(1)
        if len(calls) == at:
            comparison.restore()
        return world.criterion(world.model(batch[0]), batch[1])

    comparison = compare(ALL, world, step_fn=step_fn)
    for _ in comparison:
        pass
    assert comparison.stop_reason == "stopped"
    assert len(comparison.runs) == (1 if at < 7 else 2)
    assert comparison.runs[-1].history.stop_reason == "stopped"
    assert len(calls) == at
    assert not oracle.differences()


def in_thread(work):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_another_thread_pauses_resumes_and_stops(world):
    oracle = oracle_of(world)
    told = []

    def callback(name, repeat, point):
        told.append((name, repeat, point.index))
        if (name, point.index) == ("wd", 3):
            comparison.pause()

    comparison = compare(ALL, world, callback=callback)
    comparison.pause()  # before it has begun
    runner = in_thread(comparison.run)
    wait_for(lambda: comparison.name == "plain")
    time.sleep(0.1)
    assert told == []
    assert comparison.is_paused
    comparison.resume()
    wait_for(lambda: ("wd", 0, 3) in told)
    time.sleep(0.1)
    assert told[-1] == ("wd", 0, 3)
    assert comparison.runs.names == ("plain", "wd")
    comparison.stop()
    runner.join(20)
    assert not runner.is_alive()
    assert not comparison.is_paused
    assert comparison.runs.names == ("plain", "wd")
    assert len(comparison.runs["wd"].history) == 4
    assert comparison.stop_reason == "stopped"
    assert not oracle.differences()


def test_another_thread_restores_while_it_is_paused(world):
    oracle = oracle_of(world)
    reached = threading.Event()

    def callback(name, repeat, point):
        if (name, point.index) == ("wd", 2):
            comparison.pause()
            reached.set()

    comparison = compare(ALL, world, callback=callback)
    runner = in_thread(comparison.run)
    assert reached.wait(20)
    comparison.restore()
    assert not oracle.differences()
    runner.join(20)
    assert not runner.is_alive()
    assert comparison.stop_reason == "stopped"


def test_what_is_known_can_be_read_at_any_time(world):
    comparison = compare({"a": {"num_iter": 4}, "b": {}}, world, repeats=2)
    assert (comparison.name, comparison.runs, comparison.history, comparison.steps_done) == (
        None,
        Runs(),
        None,
        0,
    )
    seen = []
    for name, point in comparison:
        seen.append((name, comparison.repeat, point.index))
        assert comparison.name == name
        assert len(comparison.history) >= point.index + 1
        assert comparison.runs.names[-1] == name
    assert comparison.steps_planned == 2 * 4 + 2 * 6
    assert comparison.steps_done == 20
    assert seen == [(n, r, i) for n, count in (("a", 4), ("b", 6)) for r in range(2) for i in range(count)]
    assert [len(run.repeats) for run in comparison.runs] == [2, 2]


def test_another_thread_that_trains_the_model_meanwhile_is_refused(world):
    comparison = compare({"a": {}, "b": {}}, world)
    errors = []

    def train():
        try:
            world.model(torch.randn(2, 1, 6, 6))
        except StateError as error:
            errors.append(str(error))

    with comparison.guarded(), comparison:
        for name, point in comparison:
            if (name, point.index) == ("b", 2):
                other = threading.Thread(target=train)
                other.start()
                other.join()
    assert len(errors) == 1
    assert "step 9 of 12" in errors[0]


# -- repeats -------------------------------------------------------------------------------------------


def test_the_first_repeat_is_the_plain_sweep_and_the_others_draw_otherwise(world):
    plain = RangeTest(*world, **FEW).run()
    oracle = oracle_of(world)
    run = Repeats(*world, repeats=4, **FEW).run()
    losses = [one.loss.tolist() for one in run.sweeps]
    assert losses[0] == plain.loss.tolist()
    assert len({tuple(one) for one in losses}) == 4
    assert [one.receipt.get("seed") for one in run.sweeps] == [None, 1, 2, 3]
    assert run.history.loss.tolist() == np.median(losses, axis=0).tolist()
    assert not oracle.differences()


def test_repeats_with_a_seed_are_the_same_each_time(world):
    one, other = (Repeats(*world, repeats=3, seed=7, **FEW).run() for _ in range(2))
    assert one.history.loss.tolist() == other.history.loss.tolist()
    assert [sweep.receipt["seed"] for sweep in one.sweeps] == [7, 8, 9]


def test_a_list_of_batches_is_taken_in_other_orders_and_stays_as_it_is(world):
    batches = list(world.loader)
    order = [id(batch) for batch in batches]
    world.model.features[3].p = 0.0
    run = Repeats(world.model, world.optimizer, world.criterion, batches, repeats=3, **FEW).run()
    assert len({tuple(one.loss) for one in run.sweeps}) == 3
    assert [id(batch) for batch in batches] == order


def test_repeats_that_draw_nothing_at_random_are_told_of():
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = TensorDataset(torch.randn(12, 3), torch.randn(12, 1))
    loader = DataLoader(data, batch_size=4)
    with pytest.warns(LRWidgetWarning, match="the 3 sweeps of '3 repeats' saw the very same losses"):
        Repeats(model, optimizer, nn.MSELoss(), loader, repeats=3, **FEW).run()


def test_repeats_pair_points_with_their_number(world):
    repeats = Repeats(*world, repeats=2, **FEW)
    assert [(number, point.index) for number, point in repeats] == [
        (r, i) for r in range(2) for i in range(6)
    ]


@pytest.mark.parametrize("count", [1, 0, -3, 2.5, True, "4", 10**9])
def test_repeats_that_are_no_number_are_refused(world, count):
    with pytest.raises(SettingsError, match="repeats must be"):
        Repeats(*world, repeats=count)


def test_stopped_in_the_second_repeat_the_first_is_kept(world):
    oracle = oracle_of(world)
    repeats = Repeats(*world, repeats=5, **FEW)
    for number, point in repeats:
        if (number, point.index) == (1, 2):
            repeats.stop()
    (run,) = repeats.runs
    assert [len(one) for one in run.sweeps] == [6, 3]
    assert len(run.history) == 6
    assert not oracle.differences()


def test_a_model_that_is_none_and_a_callback_that_is_none():
    with pytest.raises(SetupError, match="model must be"):
        Comparison([{}], None, None, None, [])
    world = cnn_world()
    with pytest.raises(SetupError, match="callback must be a function of"):
        compare([{}], world, callback=3)


def test_a_loader_that_is_empty_is_told_with_its_variant(world):
    empty = DataLoader(TensorDataset(torch.empty(0, 1, 6, 6), torch.empty(0).long()), batch_size=4)
    with pytest.raises(LoaderError, match=r"^variant 'b': train_loader is empty"):
        compare({"a": {}, "b": {"train_loader": empty}}, world).run()


def test_a_sweep_that_blows_up_ends_itself_alone(world):
    runs = compare({"up": {"end_lr": 1e6, "num_iter": 40, "diverge_th": 2.0}, "after": {}}, world).run()
    assert runs["up"].history.stop_reason in {"diverged", "non-finite"}
    assert runs["after"].history.stop_reason == "completed"
    assert math.isfinite(runs["after"].history.loss[-1])
