"""What else people call the ops: for a name from another library or paper, the word of the vocabulary comes out."""

from __future__ import annotations

from collections.abc import Collection

# Names that differ from the word only by capitals, underscores or hyphens need no entry.
NAMES_OF = {
    "dense": "linear fc fully_connected gemm affine",
    "conv1d": "convolution1d temporal_conv",
    "conv2d": "conv convolution convolution2d depthwise_conv2d",
    "conv3d": "convolution3d",
    "convtranspose1d": "deconv1d transposed_conv1d",
    "convtranspose2d": "conv_transpose deconv deconv2d deconvolution transposed_conv transposed_conv2d up_conv",
    "convtranspose3d": "deconv3d transposed_conv3d",
    "rnn": "elman elman_rnn simple_rnn vanilla_rnn",
    "lstm": "bilstm long_short_term_memory",
    "gru": "bigru gated_recurrent_unit",
    "last": "last_state last_step final_state",
    "batchnorm": "bn batchnorm1d batchnorm2d batchnorm3d batch_normalization",
    "layernorm": "ln layer_normalization",
    "groupnorm": "gn group_normalization",
    "instancenorm": "instancenorm1d instancenorm2d instancenorm3d instance_normalization",
    "rmsnorm": "rms rms_normalization",
    "maxpool1d": "max_pooling1d",
    "maxpool2d": "maxpool max_pooling max_pooling2d",
    "maxpool3d": "max_pooling3d",
    "avgpool1d": "average_pool1d average_pooling1d",
    "avgpool2d": "avgpool average_pool average_pool2d average_pooling average_pooling2d",
    "avgpool3d": "average_pool3d average_pooling3d",
    "adaptiveavgpool2d": "adaptive_avg_pool adaptive_average_pool adaptive_average_pool2d",
    "adaptivemaxpool2d": "adaptive_max_pool",
    "globalavgpool2d": "gap global_avg_pool global_average_pool global_average_pool2d global_average_pooling global_average_pooling2d",
    "globalmaxpool2d": "global_max_pool global_max_pooling global_max_pooling2d",
    "embedding": "embed lookup",
    "sinusoidal": "positional_encoding sinusoidal_encoding sinusoidal_positions",
    "rotary": "rope rotary_embedding rotary_positions",
    "causal": "causal_mask",
    "parameter": "learned learnable",
    "constant": "const buffer",
    "positions": "position arange",
    "add": "skip plus",
    "sub": "subtract minus",
    "mul": "multiply times hadamard",
    "div": "divide",
    "matmul": "bmm mm dot batch_matmul",
    "greater": "gt greater_than",
    "less": "lt less_than",
    "concat": "cat concatenate",
    "reshape": "view",
    "transpose": "swap_axes swap_dims",
    "permute": "permute_dims",
    "unsqueeze": "expand_dims",
    "expand": "broadcast broadcast_to",
    "tile": "repeat",
    "slice": "narrow crop",
    "split": "chunk",
    "gather": "take take_along_axis",
    "scatter_reduce": "scatter_add index_add segment_sum",
    "pad": "zero_pad zero_pad2d constant_pad2d",
    "flip": "reverse",
    "upsample": "interpolate resize upsampling2d",
    "pixelshuffle": "depth_to_space",
    "pixelunshuffle": "space_to_depth",
    "mean": "average reduce_mean",
    "sum": "reduce_sum",
    "max": "amax reduce_max",
    "min": "amin reduce_min",
    "prod": "product reduce_prod",
    "norm": "l2_norm",
    "sigmoid": "logistic",
    "silu": "swish",
    "softmax": "softmax2d",
    "clip": "clamp",
    "leaky_relu": "lrelu",
    "prelu": "parametric_relu",
    "pow": "power",
    "hardswish": "h_swish",
    "hardsigmoid": "h_sigmoid",
}
OTHER_NAMES = {other: word for word, others in NAMES_OF.items() for other in others.split()}


def word_for(name: object, known: Collection[str]) -> str | None:
    """The known word that is meant, whatever its capitals, underscores and hyphens; None for a name that nobody uses.

    >>> word_for("LeakyReLU", ["leaky_relu"]), word_for("max-pooling", ["maxpool2d"]), word_for("rleu", ["relu"])
    ('leaky_relu', 'maxpool2d', None)
    """
    if not isinstance(name, str):
        return None
    word = {_letters(other): other for other in (*OTHER_NAMES, *known)}.get(_letters(name))
    right = OTHER_NAMES.get(word, word) if word else None
    return right if right in known else None


def _letters(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")
