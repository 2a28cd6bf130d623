"""Averages, environments, transforms, collators, adapters of other packages: what a step moves comes back."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name
from torch.utils.data import DataLoader, Dataset

from tests.oracle.judge import drawn
from tests.oracle.worlds import MODES, Samples, World, check_world, small_model

WORLDS = {}


def world(make):
    """Add a maker of a world."""
    WORLDS[make.__name__] = make
    return make


def _followed_by(after, **more):
    """Return a world whose ``update_fn`` calls ``after(batch)`` after its step, and adds the result."""
    made = World(**more)
    model, criterion, optimizer = made.model, made.criterion, made.optimizer

    def update_fn(batch):
        optimizer.zero_grad()
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        return loss.item() + after(batch)

    made.update_fn = made.options["update_fn"] = update_fn
    return made


def _sum_of(module, x):
    with torch.no_grad():
        return module(x).sum().item()


@world
def averages_of_torch_ema():
    from torch_ema import ExponentialMovingAverage

    model = small_model()
    average = ExponentialMovingAverage(model.parameters(), decay=0.9)

    def after(batch):
        average.update()
        return sum(s.sum().item() for s in average.shadow_params) + average.num_updates

    return _followed_by(after, model=model)


@world
def averages_of_ema_pytorch():
    from ema_pytorch import EMA

    model = small_model()
    average = EMA(model, beta=0.9, update_after_step=1, update_every=2)

    def after(batch):
        average.update()
        return _sum_of(average.eval(), batch[0])

    return _followed_by(after, model=model)


@world
def averages_of_timm():
    from timm.utils.model_ema import ModelEmaV2, ModelEmaV3

    model = small_model()
    averages = ModelEmaV2(model, decay=0.9), ModelEmaV3(model, decay=0.9, use_warmup=True)
    steps = {"n": 0}

    def after(batch):
        steps["n"] += 1
        averages[0].update(model)
        averages[1].update(model, step=steps["n"])
        return sum(_sum_of(average.module.eval(), batch[0]) for average in averages)

    return _followed_by(after, model=model)


@world
def an_environment_of_gymnasium():
    import gymnasium

    env = gymnasium.make("CartPole-v1")
    env.reset(seed=0)

    made = World()

    def step_fn(batch):
        _, reward, ended, cut, _ = env.step(int(batch[1][0]) % 2)
        if ended or cut:
            env.reset()
        place = torch.as_tensor(env.unwrapped.state, dtype=torch.float32)
        return made.loss_of(batch) * (1 + place.abs().sum() + reward)

    made.step_fn = made.options["step_fn"] = step_fn
    return made


@world
def an_environment_of_gymnasium_that_is_named():
    import gymnasium

    env = gymnasium.make("MountainCar-v0")
    env.reset(seed=0)
    env.action_space.seed(0)

    def after(batch):
        if env.step(env.action_space.sample())[2]:
            env.reset()
        return float(env.unwrapped.state[0])

    made = _followed_by(after)
    made.options["keep"] = [env]
    return made


@world
def transforms_of_monai():
    from monai.transforms import Compose, RandGaussianNoise, RandScaleIntensity

    transform = Compose([RandGaussianNoise(prob=0.5), RandScaleIntensity(0.5, prob=0.5)])
    transform.set_random_state(0)

    def as_tensor(x):
        return torch.as_tensor(transform(x[None]))[0].float()

    return World(loader=DataLoader(Samples(as_tensor), batch_size=4, shuffle=True))


@world
def transforms_of_torchvision():
    from torchvision.transforms import v2

    transform = v2.Compose([v2.RandomHorizontalFlip(), v2.GaussianNoise(), v2.RandomErasing()])

    def shaped(x):
        return transform(x.reshape(1, 2, 3).clamp(0, 1)).reshape(6)

    return World(loader=DataLoader(Samples(shaped), batch_size=4, shuffle=True))


class Sentences(Dataset):
    def __len__(self):
        return 12

    def __getitem__(self, index):
        drawn()
        return {"input_ids": [1, *range(4, 4 + index % 3 + 2), 2]}


@world
def a_collator_of_transformers_with_a_seed():
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import DataCollatorForLanguageModeling, PreTrainedTokenizerFast

    words = {name: number for number, name in enumerate(["[PAD]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh"])}
    named = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(WordLevel(words)), **named)
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.5, seed=0)
    model = nn.Sequential(nn.Embedding(12, 8), nn.Linear(8, 12))
    loader = DataLoader(Sentences(), batch_size=4, shuffle=True, collate_fn=collator)

    def step_fn(batch):
        return F.cross_entropy(model(batch["input_ids"]).flatten(0, 1), batch["labels"].flatten())

    return World(model=model, loader=loader, step_fn=step_fn)


@world
def adapters_of_peft():
    from peft import LoraConfig, get_peft_model

    return World(
        model=get_peft_model(small_model(), LoraConfig(r=2, target_modules=["0", "3"], lora_dropout=0.1))
    )


@world
def adapters_that_change_their_ranks():
    from peft import AdaLoraConfig, get_peft_model

    config = AdaLoraConfig(
        init_r=4, target_r=2, tinit=1, tfinal=2, deltaT=1, total_step=20, target_modules=["0", "3"]
    )
    model = get_peft_model(small_model(), config)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    criterion, count = nn.CrossEntropyLoss(), {"steps": 0}

    def update_fn(batch):
        optimizer.zero_grad()
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        count["steps"] += 1
        model.base_model.update_and_allocate(count["steps"])
        return loss.item()

    return World(model=model, optimizer=optimizer, criterion=criterion, update_fn=update_fn)


@world
def metrics_of_torchmetrics():
    from torchmetrics import MeanMetric, MetricCollection
    from torchmetrics.classification import MulticlassAccuracy

    metrics = MetricCollection({"accuracy": MulticlassAccuracy(3)})
    mean, made = MeanMetric(), World()

    def step_fn(batch):
        output = made.model(batch[0])
        loss = made.criterion(output, batch[1])
        metrics.update(output.detach(), batch[1])
        mean.update(loss.detach())
        return loss * (1 + metrics.compute()["accuracy"] + mean.compute())

    made.step_fn = made.options["step_fn"] = step_fn
    return made


@world
def a_schedule_of_timm_on_another_optimizer():
    from timm.scheduler import CosineLRScheduler

    judge = nn.Linear(6, 1)
    of_judge = torch.optim.Adam(judge.parameters(), lr=0.1)
    schedule = CosineLRScheduler(of_judge, t_initial=9, noise_range_t=(0, 9), noise_seed=1)
    count = {"n": 0}

    def after(batch):
        of_judge.zero_grad()
        loss = judge(batch[0]).square().mean()
        loss.backward()
        of_judge.step()
        count["n"] += 1
        schedule.step(count["n"], metric=loss.item())
        return loss.item() + of_judge.param_groups[0]["lr"]

    return _followed_by(after)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", WORLDS)
def test_what_a_step_moves_comes_back(name, mode):
    WORLDS[name]()  # some packages draw random numbers when they are imported
    check_world(WORLDS[name], mode)
