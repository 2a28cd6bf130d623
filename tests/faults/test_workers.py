"""Workers of a loader end when they are not needed any more, whatever the pass they work for has come to."""

import multiprocessing

import torch
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.engine.data.batches import BatchStream


def test_workers_of_a_pass_that_is_left_end_before_the_next_begins():
    left = []

    class Begun(DataLoader):
        def __iter__(self):
            left.append(multiprocessing.active_children())
            return super().__iter__()

    loader = Begun(TensorDataset(torch.ones(8, 1)), num_workers=1)
    stream = BatchStream(loader)
    stream.draw()
    stream.start_over()
    stream.close()
    assert left == [[], []]
