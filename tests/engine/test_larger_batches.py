"""Evaluation in larger batches: fewer forwards, the same losses to rounding."""

import pytest
import torch
from torch import nn

from lrwidget import LRWidget
from lrwidget.engine import RangeTest
from lrwidget.engine.data.larger_batches import join
from lrwidget.errors import SettingsError, SetupError
from tests.engine.worlds import cnn_world


def _sizes(batches):
    return [len(batch[1]) for batch in batches]


def _pairs(*sizes):
    return [(torch.randn(size, 3), torch.arange(size)) for size in sizes]


def test_samples_keep_their_order_and_batches_stay_whole():
    given = _pairs(4, 4, 4, 4, 2)
    made = join(given, 10)
    assert _sizes(made) == [8, 10]
    for part in range(2):
        assert torch.equal(torch.cat([b[part] for b in made]), torch.cat([b[part] for b in given]))


def test_structures_are_kept():
    batch = {"x": [torch.zeros(2, 3), torch.ones(2)], "labels": torch.zeros(2)}
    (made,) = join([batch, batch], 100)
    assert list(made) == ["x", "labels"]
    assert [part.shape for part in made["x"]] == [(4, 3), (4,)]


def test_only_what_fits_is_joined():
    odd = (torch.randn(4, 5), torch.arange(4))
    assert _sizes(join([*_pairs(4, 4), odd, *_pairs(4, 4, 4)], 8)) == [8, 4, 8, 4]
    assert _sizes(join(_pairs(20, 3, 3), 8)) == [20, 6]


@pytest.mark.parametrize(
    "batches",
    [
        [(torch.zeros(2, 3), torch.zeros(2)), (torch.zeros(2, 4), torch.zeros(2))],
        [(torch.zeros(2, 3), "a"), (torch.zeros(2, 3), "b")],
        [(torch.zeros(3, 2), torch.zeros(2)), (torch.zeros(3, 2), torch.zeros(2))],  # samples come second
        [torch.zeros(()), torch.zeros(())],
    ],
)
def test_batches_that_cannot_be_joined_are_told(batches):
    with pytest.raises(SetupError, match=r"eval_batch_size=64 needs batches that can be joined.*pad to"):
        join(batches, 64)


@pytest.mark.parametrize("way", ["val", "fixed"])
def test_the_losses_are_the_same_in_fewer_forwards(way):
    def sweep(**options):
        world = cnn_world()
        evaluated = []

        def note(module, args, output):
            if not module.training:
                evaluated.append(len(output))

        world.model.register_forward_hook(note)
        given = {"val_loader": list(world.loader)} if way == "val" else {"fixed_batches": 3}
        given["eval_mode"] = "eval"  # a batch's own statistics would be those of a larger batch
        history = RangeTest(*world, num_iter=5, end_lr=1e-2, **given, **options).run()
        return history, evaluated

    small, some = sweep()
    large, few = sweep(eval_batch_size=1000)
    assert large.loss == pytest.approx(small.loss, rel=1e-5)
    assert len(few) == 5
    assert sum(few) == sum(some)
    assert large.receipt["evaluation_batches"] == 1


def test_a_metric_is_averaged_alike():
    def accuracy(output, target):
        return (output.argmax(1) == target).float().mean()

    found = [
        RangeTest(*cnn_world(), num_iter=4, fixed_batches=3, metric=accuracy, eval_batch_size=size)
        .run()
        .metric
        for size in (None, 1000)
    ]
    assert found[1] == pytest.approx(found[0], rel=1e-5)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"eval_batch_size": 0, "fixed_batches": 1}, "eval_batch_size must be a whole number, at least 1"),
        ({"eval_batch_size": 8}, "eval_batch_size=8 needs batches that are drawn once"),
        ({"eval_batch_size": 8, "val_loader": [1], "redraw_val": True}, "not redraw_val=True"),
    ],
)
def test_what_cannot_work_is_refused(options, text):
    with pytest.raises(SettingsError, match=text):
        RangeTest(*cnn_world(), **options).start()


def test_the_widget_takes_it():
    model = nn.Linear(3, 2)
    data = _pairs(2, 2, 2)
    data = [(x, y % 2) for x, y in data]
    widget = LRWidget(
        model,
        torch.optim.SGD(model.parameters(), lr=0.1),
        nn.CrossEntropyLoss(),
        data,
        fixed_batches=3,
        eval_batch_size=6,
    )
    assert widget.run().receipt["evaluation_batches"] == 1
    widget.close()
