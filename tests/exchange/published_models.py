"""Models as their libraries build them, from configurations alone: small ones with weights, and those of the published size."""

from __future__ import annotations

import warnings

import torch
import transformers
from torch import nn
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
    ViTConfig,
    ViTForImageClassification,
)

from tests.exchange import torch_models as models

with warnings.catch_warnings():                            # PyTorch Geometric compiles parts of itself in the old way
    warnings.filterwarnings("ignore", "`torch.jit.script`", DeprecationWarning)
    import torch_geometric.nn as pyg

transformers.logging.set_verbosity_error()                 # it remarks on ids of special tokens beyond a small vocabulary
WIDE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 32}
GPT2 = {"vocab_size": 30, "n_positions": 20, "n_embd": 16, "n_layer": 2, "n_head": 4, "use_cache": False}
T5 = {"vocab_size": 30, "d_model": 16, "d_kv": 4, "d_ff": 32, "num_layers": 2, "num_heads": 4, "use_cache": False}
EDGES = torch.tensor([[0, 1, 2, 3, 0], [1, 2, 3, 4, 4]])


class EmptyWeights(torch.overrides.TorchFunctionMode):
    """While it lasts, modules are made without numbers in their weights; what they count out, such as places, they have."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is torch.empty:
            return torch.empty(*args, **{**(kwargs or {}), "device": "meta"})
        return func(*args, **(kwargs or {}))


def tokens(samples, steps, words=30):
    return torch.randint(1, words, (samples, steps))


def text(samples, steps, words=30):
    return {"input_ids": tokens(samples, steps, words)}


def pair_of_texts(samples, steps, words=30):
    return {"input_ids": tokens(samples, steps, words), "decoder_input_ids": tokens(samples, steps - 2, words)}


def images(samples, side):
    return {"pixel_values": torch.randn(samples, 3, side, side)}


# A small model with weights, and its example, by name; `how` is the way in which transformers computes attention.
SMALL = {
    "bert": lambda how: (BertForMaskedLM(BertConfig(vocab_size=30, max_position_embeddings=20, attn_implementation=how, **WIDE)),
                         text(2, 7)),
    "gpt2": lambda how: (GPT2LMHeadModel(GPT2Config(attn_implementation=how, **GPT2)), text(2, 7)),
    "vit": lambda how: (ViTForImageClassification(ViTConfig(image_size=16, patch_size=4, attn_implementation=how, **WIDE)), images(2, 16)),
    "t5": lambda how: (T5ForConditionalGeneration(T5Config(attn_implementation=how, **T5)), pair_of_texts(2, 7)),
    "llama": lambda how: (LlamaForCausalLM(LlamaConfig(vocab_size=30, num_key_value_heads=2, use_cache=False, attn_implementation=how,
                                                       **WIDE)), text(2, 7)),
}
# Those of the published size, and how many parameters their publications or model cards count.
PUBLISHED = {
    "bert-base": (lambda: BertForMaskedLM(BertConfig()), lambda: text(1, 128), 109_514_298),
    "gpt2": (lambda: GPT2LMHeadModel(GPT2Config(use_cache=False)), lambda: text(1, 128), 124_439_808),
    "vit-b/16": (lambda: ViTForImageClassification(ViTConfig(num_labels=1000)), lambda: images(1, 224), 86_567_656),
    "t5-small": (lambda: T5ForConditionalGeneration(T5Config(use_cache=False)), lambda: pair_of_texts(1, 128), 60_506_624),
    "llama-7b": (lambda: LlamaForCausalLM(LlamaConfig(use_cache=False)), lambda: text(1, 128), 6_738_415_616),
    "resnet-152": (models.resnet152, lambda: {"x": torch.randn(1, 3, 224, 224)}, 60_192_808),
}


class GraphNet(nn.Module):
    """Two layers of graph convolution, the edges an input."""

    def __init__(self, kind, **words):
        super().__init__()
        self.first, self.second = kind(6, 8, **words), kind(8, 3, **words)

    def forward(self, x, edges):
        return self.second(self.first(x, edges).relu(), edges)


GRAPH_NETS = {"gcn": lambda: GraphNet(pyg.GCNConv), "gat": lambda: GraphNet(pyg.GATConv),
              "sage": lambda: GraphNet(pyg.SAGEConv), "gin": lambda: GraphNet(lambda a, b: pyg.GINConv(nn.Linear(a, b)))}
