"""A run of blocks of one kind and size comes in; the lines of its label go out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netgraph.drawing.composition.words import name_of
from netgraph.drawing.text import clean
from netgraph.drawing.volumes.blocks import Block
from netgraph.op import Op
from netgraph.plan import Layer

WORDS = {"conv1d": "conv", "conv2d": "conv", "convtranspose1d": "up-conv", "convtranspose2d": "up-conv", "maxpool1d": "max pool",
         "maxpool2d": "max pool", "avgpool1d": "avg pool", "avgpool2d": "avg pool", "adaptiveavgpool1d": "avg pool",
         "adaptiveavgpool2d": "avg pool", "adaptivemaxpool2d": "max pool", "globalavgpool2d": "global avg", "globalmaxpool2d": "global max"}
BY_ITSELF = 4            # blocks named each by itself in a tip


def label_of(run: Sequence[Block]) -> list[str]:
    """The size, what made it, and the name: the lines that stand below the blocks.

    >>> import netgraph as ng
    >>> from netgraph.drawing.volumes.blocks import blocks_of
    >>> blocks, _ = blocks_of(ng.infer(ng.zoo.lenet()))
    >>> label_of(blocks[1:2]), label_of(blocks[-1:])
    (['28 × 28', '6 channels', 'conv 5×5', 'c1'], ['10 units', 'dense', 'y'])
    """
    *run, last_block = run
    pooled = [f"+ {op_words(last_block.op_layer)}"] if run and is_pooling(last_block) and not is_pooling(run[0]) else []
    run = run if pooled else [*run, last_block]
    block, count = run[0], sum(part.repeats for part in run)
    if block.title:
        first, last = clean(block.title), clean(run[-1].title)
        name, made = first if first == last else f"{first} …", "block"
    else:
        first, last = name_of(run[0].op_layer), name_of(run[-1].op_layer)
        name, made = first if count == 1 else f"{first} …", op_words(block.op_layer)
        if block.is_joined:
            made = f"{made.partition(' ')[0]} + concat"
    return [*size_lines(block.shape), made + (f" · ×{count}" if count > 1 else ""), *(pooled or [name])]


def is_pooling(block: Block) -> bool:
    """Whether a block only makes the map before it smaller."""
    return block.op_layer.op.family == "pool" and not block.title


def size_lines(shape: Any) -> list[str]:
    """The size of a map, or of a vector, as its reader wants it: sides first.

    >>> size_lines((64, 56, 56)), size_lines((1, 5)), size_lines((10,))
    (['56 × 56', '64 channels'], ['5', '1 channel'], ['10 units'])
    """
    if len(shape) < 2:
        count = shape[0] if shape else 1
        return [f"{count:,} unit{'s' * (count != 1)}"]
    return [" × ".join(f"{side:,}" for side in shape[1:]), f"{shape[0]:,} channel{'s' * (shape[0] != 1)}"]


def op_words(layer: Layer) -> str:
    """What a layer does, with its kernel and stride.

    >>> import netgraph as ng
    >>> op_words(ng.infer(ng.zoo.alexnet())["conv1"])
    'conv 11×11 /4'
    """
    word = WORDS.get(layer.op_name, layer.op_name)
    kernel, stride = kernel_of(layer.op), _pair(getattr(layer.op, "stride", 1) or 1)
    size = f"{kernel[0]}" if kernel and len(layer.shape) < 3 else f"{kernel[0]}×{kernel[1]}" if kernel else ""
    said = f"{word} {size}".strip()
    return f"{said} /{stride[0]}" if layer.op_name in ("conv1d", "conv2d") and max(stride) > 1 else said


def kernel_of(op: Op) -> tuple[int, int] | None:
    """The sides of the patch that an op looks at, None where it looks at all or at one point."""
    size = getattr(op, "kernel_size", None)
    return None if size is None else _pair(size)


def tip_of(block: Block) -> str:
    """All the layers of a block, for those who point at it."""
    names = [name_of(layer) for layer in block.layers]
    more = f" and {len(names) - BY_ITSELF} more" if len(names) > BY_ITSELF else ""
    return f"{', '.join(names[:BY_ITSELF])}{more}: {', '.join(size_lines(block.shape))}"


def _pair(size: Any) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    return (int(size[0]), int(size[-1])) if len(size) else (1, 1)
