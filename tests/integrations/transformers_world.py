"""Tiny models made from configs, a Trainer for each, and a train() of its own at the rates of a sweep."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.data import SequentialSampler

transformers = pytest.importorskip("transformers")
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()

SIZES = {"vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
POINTS = 24
RANGE = {"start_lr": 1e-4, "end_lr": 0.3, "num_iter": POINTS, "diverge_th": 1e9}


def bert() -> Any:
    transformers.set_seed(1)
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return transformers.BertForSequenceClassification(
        transformers.BertConfig(**SIZES, **still, intermediate_size=32, max_position_embeddings=16)
    )


def gpt() -> Any:
    transformers.set_seed(1)
    still = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    return transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=40, n_positions=16, n_embd=16, n_layer=1, n_head=2, **still)
    )


def sentences(size: int = 96) -> list[dict[str, Any]]:
    draw = torch.Generator().manual_seed(2)
    ids = torch.randint(5, 40, (size, 8), generator=draw)
    return [{"input_ids": row, "labels": (row[0] > 20).long()} for row in ids]


def texts(size: int = 96) -> list[dict[str, Any]]:
    """Of different lengths: the batches of one step have different numbers of items."""
    made = []
    for index, sentence in enumerate(sentences(size)):
        labels = sentence["input_ids"].clone()
        labels[3 + index % 5 :] = -100
        made.append({"input_ids": sentence["input_ids"], "labels": labels})
    return made


class InOrder(transformers.Trainer):
    """Draws in the order of the data."""

    def _get_train_sampler(self, *_: Any) -> Any:
        return SequentialSampler(self.train_dataset)


class Seen(InOrder):
    """Notes the loss of each batch as it was trained on."""

    seen: list[float]

    def training_step(self, *args: Any, **options: Any) -> Any:
        loss = super().training_step(*args, **options)
        self.seen.append(loss.item())
        return loss


def trainer(
    tmp_path: Any, model: Any, data: Any, kind: Any = InOrder, trainer_options: Any = None, **options: Any
) -> Any:
    args = transformers.TrainingArguments(
        tmp_path / "out",
        **{
            "use_cpu": True,
            "report_to": [],
            "save_strategy": "no",
            "disable_tqdm": True,
            "logging_steps": 1,
            "lr_scheduler_type": "constant",
            "max_steps": POINTS,
            **options,
        },
    )
    return kind(model, args, train_dataset=data, **(trainer_options or {}))


def trained_at(
    rates: list[float], tmp_path: Any, model: Any, data: Any, kind: Any = Seen, **options: Any
) -> Any:
    """Losses of a train(), step by step, its rate set to one of the list before each."""
    made = trainer(tmp_path, model, data, kind, learning_rate=1.0, **options)
    made.seen = []
    made.create_optimizer()
    made.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(
        made.optimizer, lambda step: rates[min(step, len(rates) - 1)]
    )
    made.train()
    parts = made.args.gradient_accumulation_steps
    return [sum(made.seen[i : i + parts]) for i in range(0, len(made.seen), parts)]
