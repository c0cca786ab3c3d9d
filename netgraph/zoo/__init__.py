"""The zoo: published nets, each a function that gives a plain DiGraph with groups and without arrays; a page a family.

>>> import netgraph as ng
>>> G = ng.zoo.resnet(18)
>>> G.nodes["fc"]["units"] = 10
>>> ng.infer(G).parameter_count
11181642
"""

from netgraph.zoo.attention import add_attention
from netgraph.zoo.convolutional import alexnet, lenet, vgg
from netgraph.zoo.dense_blocks import densenet
from netgraph.zoo.googlenet import inception
from netgraph.zoo.language import gpt, gpt2
from netgraph.zoo.mobile import mobilenet_v2
from netgraph.zoo.perceptrons import autoencoder, mlp
from netgraph.zoo.recurrent import gru_classifier, lstm_classifier, rnn_classifier
from netgraph.zoo.residual import resnet
from netgraph.zoo.segmentation import unet
from netgraph.zoo.transformers import transformer, transformer_encoder
from netgraph.zoo.vision import vit

__all__ = ["add_attention", "alexnet", "autoencoder", "densenet", "gpt", "gpt2", "gru_classifier", "inception",
           "lenet", "lstm_classifier", "mlp", "mobilenet_v2", "resnet", "rnn_classifier", "transformer", "transformer_encoder", "unet",
           "vgg", "vit"]


def __dir__() -> list[str]:
    return __all__
