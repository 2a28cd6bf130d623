"""Setups whose whole step is the user's own: several models, several optimizers, averaged copies."""

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F  # noqa: N812 - its usual name
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from tests.setups.digits import cnn, loader, mlp
from tests.setups.setup import Setup, plain_step, setup, supervised


def _itself(update):
    return lambda draw: torch.as_tensor(update(draw())).item()


@setup
def gan():
    generate = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 64), nn.Sigmoid())
    judge = nn.Sequential(nn.Linear(64, 16), nn.LeakyReLU(0.2), nn.Dropout(0.1), nn.Linear(16, 1))
    of_generate = torch.optim.Adam(generate.parameters(), lr=1e-3, betas=(0.5, 0.999))
    of_judge = torch.optim.Adam(judge.parameters(), lr=4e-3, betas=(0.5, 0.999))

    def update(batch):
        real = batch[0].flatten(1)
        ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
        fake = generate(torch.randn(len(real), 4))
        of_judge.zero_grad()
        loss = F.binary_cross_entropy_with_logits(judge(real), ones)
        loss = loss + F.binary_cross_entropy_with_logits(judge(fake.detach()), zeros)
        loss.backward()
        of_judge.step()
        of_generate.zero_grad()
        F.binary_cross_entropy_with_logits(judge(fake), ones).backward()
        of_generate.step()
        return loss.detach()

    both = nn.ModuleList([generate, judge])
    optimizers = [of_generate, of_judge]
    return Setup(both, optimizers, None, loader(), _itself(update), {"update_fn": update})


@setup
def gan_with_its_judge_found_in_the_step():
    """Only the generator is swept; the judge is trained along by the same function, at its own rate."""
    generate = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 64))
    judge = nn.Sequential(nn.Linear(64, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    of_generate = torch.optim.Adam(generate.parameters(), lr=1e-3)
    of_judge = torch.optim.RMSprop(judge.parameters(), lr=1e-3)

    def update(batch):
        real = batch[0].flatten(1)
        fake = generate(torch.randn(len(real), 4))
        of_judge.zero_grad()
        (judge(fake.detach()).mean() - judge(real).mean()).backward()
        of_judge.step()
        of_generate.zero_grad()
        loss = -judge(fake).mean()
        loss.backward()
        of_generate.step()
        return loss.item()

    also = {"judge": judge, "optimizer of the judge": of_judge}
    return Setup(generate, of_generate, None, loader(), _itself(update), {"update_fn": update}, also)


def _averaged(model):
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)


@setup
def ema_copy_updated_in_the_step():
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    ema = _averaged(model)

    def update(batch):
        optimizer.zero_grad()
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        ema.update_parameters(model)
        return loss

    return Setup(model, optimizer, criterion, loader(), _itself(update), {"update_fn": update}, {"ema": ema})


@setup
def ema_copy_updated_by_a_hook():
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    ema = _averaged(model)
    optimizer.register_step_post_hook(lambda *_: ema.update_parameters(model))
    step = plain_step(optimizer, supervised(model, criterion))
    return Setup(model, optimizer, criterion, loader(), step, {"keep": [ema]}, {"ema": ema})


@setup
def distillation_with_a_teacher_that_follows():
    """A mean teacher (arXiv 1703.01780): its targets, from an average of the student's past weights."""
    model, teacher, draws = mlp(), mlp(), torch.Generator().manual_seed(3)
    teacher.load_state_dict(model.state_dict())
    teacher.requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def loss_of(batch):
        x, y = batch
        with torch.no_grad():
            for theirs, mine in zip(teacher.parameters(), model.parameters(), strict=True):
                theirs.lerp_(mine, 0.1)
            target = teacher(x + 0.1 * torch.randn(x.shape, generator=draws)).softmax(1)
        output = model(x)
        return F.cross_entropy(output, y) + F.cross_entropy(output, target)

    step = plain_step(optimizer, loss_of)
    also = {"teacher": teacher, "draws": draws}
    return Setup(model, optimizer, None, loader(), step, {"step_fn": loss_of}, also)


@setup
def several_optimizers():
    """One for the body, one for the head, at rates of their own."""
    model, criterion = cnn(), nn.CrossEntropyLoss()
    head = [*model[-1].parameters()]
    body = [p for p in model.parameters() if all(p is not other for other in head)]
    optimizers = [torch.optim.AdamW(body, lr=1e-3), torch.optim.SGD(head, lr=0.03, momentum=0.9)]
    step = plain_step(optimizers, supervised(model, criterion))
    return Setup(model, optimizers, criterion, loader(), step)


@setup
def optimizers_that_step_within_backward():
    """One for each parameter, stepped and emptied as soon as its gradient is there."""
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizers = {p: torch.optim.AdamW([p], lr=1e-3) for p in model.parameters()}

    def take(p):
        optimizers[p].step()
        optimizers[p].zero_grad()

    for p in model.parameters():
        p.register_post_accumulate_grad_hook(take)

    def update(batch):
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        return loss.detach()

    return Setup(model, [*optimizers.values()], None, loader(), _itself(update), {"update_fn": update})


@setup
def meta_learning():
    """MAML (arXiv 1703.03400): the loss after an inner step, differentiated through that step."""
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def loss_of(batch):
        (x, y), weights = batch, dict(model.named_parameters())
        inner = criterion(functional_call(model, weights, (x[:4],)), y[:4])
        slopes = torch.autograd.grad(inner, [*weights.values()], create_graph=True)
        moved = {name: w - 0.1 * slope for (name, w), slope in zip(weights.items(), slopes, strict=True)}
        return criterion(functional_call(model, moved, (x[4:],)), y[4:])

    return Setup(model, optimizer, None, loader(), plain_step(optimizer, loss_of), {"step_fn": loss_of})
