"""Setups of precision, accumulation and clipping, and of other kinds of numbers."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tests.setups.digits import cnn, digits, loader, mlp
from tests.setups.setup import Setup, plain_step, setup, supervised


@setup
def bfloat16_autocast():
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def loss_of(batch):
        with torch.autocast("cpu", torch.bfloat16):
            return criterion(model(batch[0]), batch[1])

    step = plain_step(optimizer, loss_of)
    return Setup(model, optimizer, criterion, loader(), step, {"autocast": torch.bfloat16})


def _scaled(init_scale, clip=None, **options):
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    scaler = torch.amp.GradScaler("cpu", init_scale=init_scale, growth_interval=3)

    def step(draw):
        optimizer.zero_grad()
        x, y = draw()
        with torch.autocast("cpu", torch.float16):
            loss = criterion(model(x), y)
        scaler.scale(loss).backward()
        if clip is not None:
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        before = scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        return loss.item() if scaler.get_scale() >= before else None

    options |= {"autocast": torch.float16, "grad_scaler": scaler}
    return Setup(model, optimizer, criterion, loader(), step, options, {"scaler": scaler})


@setup
def float16_with_a_scaler():
    return _scaled(1024.0)


@setup
def float16_with_steps_that_are_skipped():
    return _scaled(2.0**26)  # scaled losses overflow float16 until it has come down


@setup
def float16_with_clipping_after_unscaling():
    return _scaled(1024.0, clip=0.5, clip_grad_norm=0.5)


@setup
def accumulated_gradients():
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def step(draw):
        optimizer.zero_grad()
        total = 0.0
        for _ in range(4):
            x, y = draw()
            loss = criterion(model(x), y) / 4
            loss.backward()
            total = total + loss.detach()
        optimizer.step()
        return total.item()

    return Setup(model, optimizer, criterion, loader(), step, {"accumulation_steps": 4})


def _clipped(clip, **options):
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(draw):
        optimizer.zero_grad()
        x, y = draw()
        loss = criterion(model(x), y)
        loss.backward()
        clip(model.parameters())
        optimizer.step()
        return loss.item()

    return Setup(model, optimizer, criterion, loader(), step, options)


@setup
def clipped_by_norm():
    return _clipped(lambda p: nn.utils.clip_grad_norm_(p, 0.1), clip_grad_norm=0.1)


@setup
def clipped_by_value():
    return _clipped(lambda p: nn.utils.clip_grad_value_(p, 1e-3), clip_grad_value=1e-3)


@setup
def several_optimizers_with_a_scaler_and_clipping():
    model, criterion = cnn(), nn.CrossEntropyLoss()
    body, head = [*model[:-1].parameters()], [*model[-1].parameters()]
    optimizers = [torch.optim.Adam(body, lr=1e-3), torch.optim.SGD(head, lr=0.03)]
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**24)

    def step(draw):
        for optimizer in optimizers:
            optimizer.zero_grad()
        x, y = draw()
        with torch.autocast("cpu", torch.float16):
            loss = criterion(model(x), y)
        scaler.scale(loss).backward()
        for optimizer in optimizers:
            scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_([*body, *head], 0.5)
        for optimizer in optimizers:
            scaler.step(optimizer)
        before = scaler.get_scale()
        scaler.update()
        return loss.item() if scaler.get_scale() >= before else None

    options = {"autocast": torch.float16, "grad_scaler": scaler, "clip_grad_norm": 0.5}
    return Setup(model, optimizers, criterion, loader(), step, options, {"scaler": scaler})


@setup
def closure_with_accumulation_precision_and_clipping():
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)

    def step(draw):
        batches, losses = [draw(), draw()], []

        def closure():
            optimizer.zero_grad()
            total = 0.0
            for x, y in batches:
                with torch.autocast("cpu", torch.bfloat16):
                    loss = criterion(model(x), y)
                (loss / 2).backward()
                total = total + (loss / 2).detach()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            losses.append(total.item())
            return total

        optimizer.step(closure)
        return losses[0]

    options = {"accumulation_steps": 2, "autocast": torch.bfloat16, "clip_grad_norm": 0.5}
    return Setup(model, optimizer, criterion, loader(), step, options)


class _Complex(nn.Module):
    """Learned filters in the Fourier domain."""

    def __init__(self):
        super().__init__()
        self.filters = nn.Parameter(torch.randn(4, 8, 5, dtype=torch.complex64))
        self.head = nn.Linear(4 * 64, 10)

    def forward(self, x):
        return self.head(torch.fft.irfft2(torch.fft.rfft2(x) * self.filters, s=x.shape[-2:]).flatten(1))


@setup
def complex_parameters():
    model, criterion = _Complex(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return Setup(model, optimizer, criterion, loader(), plain_step(optimizer, supervised(model, criterion)))


def _all_in(dtype, kind):
    model, criterion = mlp().to(dtype), nn.CrossEntropyLoss()
    x, y = digits().tensors
    batches = DataLoader(TensorDataset(x.to(dtype), y), batch_size=8, shuffle=True)
    optimizer = kind(model.parameters(), lr=1e-3)
    return Setup(model, optimizer, criterion, batches, plain_step(optimizer, supervised(model, criterion)))


@setup
def float64_parameters():
    return _all_in(torch.float64, torch.optim.RMSprop)


@setup
def bfloat16_parameters():
    return _all_in(torch.bfloat16, torch.optim.AdamW)


def _held_elsewhere(where):
    """Not another step, but another place for the copy that is given back."""
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, amsgrad=True)
    step = plain_step(optimizer, supervised(model, criterion))
    return Setup(model, optimizer, criterion, loader(), step, {"snapshot": where})


@setup
def snapshot_on_the_host():
    return _held_elsewhere("host")


@setup
def snapshot_on_disk():
    return _held_elsewhere("disk")
