"""What PyTorch keeps per thread follows a sweep into its worker."""

import threading

import torch

from lrwidget.engine import capture


def _in_thread(work):
    result = []
    thread = threading.Thread(target=lambda: result.append(work()))
    thread.start()
    thread.join()
    return result[0]


def _seen():
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_autocast_dtype("cpu"),
        torch.is_autocast_cache_enabled(),
        torch.get_default_device().type,
        torch.ones(1).device.type,
    )


def _under(state):
    def work():
        with state.applied():
            inside = _seen()
        return inside, _seen()

    return _in_thread(work)


def test_nothing_special_is_carried_as_nothing():
    inside, after = _under(capture())
    assert inside == after == _seen()


def test_gradient_mode_autocast_and_default_device_are_carried():
    plain = _seen()
    with torch.no_grad(), torch.autocast("cpu", torch.float16, cache_enabled=False), torch.device("meta"):
        state, here = capture(), _seen()
    inside, after = _under(state)
    assert inside == here != plain
    assert after == plain


def test_inference_mode_is_carried():
    with torch.inference_mode():
        state = capture()
    inside, after = _under(state)
    assert inside[1]
    assert not after[1]


def test_an_autocast_switched_off_within_another_stays_off():
    with torch.autocast("cpu"), torch.autocast("cpu", enabled=False):
        state = capture()
    assert not _under(state)[0][2]
