"""The oracle sees what a keeper forgets: with any one kind of object taken out of it, some world tells."""

import dataclasses
import importlib

import pytest

from lrwidget.engine.state.walk import Kinds
from tests.oracle.test_user_objects import WORLDS
from tests.oracle.worlds import check_world

# The table of kinds, where the keeper reads it.
MODULE, TABLE = "lrwidget.engine.state.snapshot", "KINDS"
TOLD_BY = {
    "tensors": "a_memory_bank_in_a_list",
    "modules": "a_counter_on_the_model",
    "optimizers": "own_attributes_of_an_optimizer",
    "generators": "random_numbers_of_a_collator",
    "classes": "attributes_of_a_class",
    "enumerations": "containers_of_the_standard_library",
    "tables": "a_table_of_pandas",
    "streams": "a_queue_that_a_stream_reads",
    "dicts": "flags_and_names",
    "fixed containers": "lists_in_tuples_and_objects_in_frozen_sets",
    "containers": "a_list_of_tensors_that_grows",
    "arrays": "an_array_and_a_dict_in_globals",
    "arrays of Python's own": "bytes_and_arrays_of_python",
    "functions": "a_number_that_is_rebound",
    "shared values": "a_difficulty_that_workers_share",
    "shared memory": "a_block_of_shared_memory",
    "objects of C": "numbers_of_c",
    "loaders of nodes": "a_loader_of_nodes",
    "thread locals": "a_thread_s_own_state",
    "seeds": "random_numbers_of_every_make",
    "weak references": "weak_references",
    "loaders": "random_numbers_of_a_collator",
    "datasets": "a_curriculum_in_the_dataset",
    "passes": "a_pass_through_another_loader",
    "files": "lines_of_a_file_on_disk",
    "iterators": "a_generator_that_is_sent_losses",
    "objects": "a_dataclass",
    "opaque": "a_context_variable",
}


def _kinds():
    return getattr(importlib.import_module(MODULE), TABLE)


def _check(name):
    make, rules = WORLDS[name]
    made = []

    def remembered():
        made.append(make())
        return made[-1]

    try:
        check_world(remembered, "mid-pass", **rules)
    finally:
        for one in made:
            for end in one.also.get("closing", ()):
                end.close()


def test_every_kind_that_is_kept_has_a_world_that_would_tell():
    assert {kind.name for kind in _kinds() if kind.keep is not None} == set(TOLD_BY)


@pytest.mark.parametrize("name", TOLD_BY)
def test_a_kind_that_is_forgotten_is_told(name, monkeypatch):
    _check(TOLD_BY[name])
    forgetful = [dataclasses.replace(kind, keep=None) if kind.name == name else kind for kind in _kinds()]
    monkeypatch.setattr(f"{MODULE}.{TABLE}", Kinds(forgetful))
    with pytest.raises((pytest.fail.Exception, AssertionError), match=r"not as before|goes on otherwise"):
        _check(TOLD_BY[name])
