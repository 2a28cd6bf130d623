"""What every test shares."""

import signal

import torch

# Bits and timings do not depend on the machine.
torch.set_num_threads(1)

# A shell that starts the tests in the background lets them ignore Ctrl-C, and some tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
