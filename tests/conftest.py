"""What every test shares: one torch thread, so that bits and timings do not depend on the machine."""

import torch

torch.set_num_threads(1)
