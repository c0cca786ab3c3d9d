"""The plan of a net: every layer in running order with its op, inputs, shapes, parameters and costs. Data only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netgraph.op import Op
from netgraph.shape import Shape, element_count
from netgraph.weights import NodeId, Parameter

TIME = "time"                                              # the dim that a recurrent net runs along


@dataclass(frozen=True)
class Wire:
    """What one in-edge brings to one place of a layer.

    `place` counts the inputs of the op; `output` the outputs of the source. `gain` is the fixed factor of a number-weighted
    edge (None without one), `weight` the parameter that stands on the edge, `mask` the buffer that it is multiplied by. With a
    `delay` it brings what the source gave so many time steps before.
    """

    source: NodeId
    place: int
    shape: Shape
    output: int = 0
    gain: float | None = None
    weight: Parameter | None = None
    slot: str | int | None = None
    mask: Parameter | None = None
    delay: int = 0

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The arrays that stand on the edge."""
        return tuple(p for p in (self.weight, self.mask) if p is not None)


@dataclass(frozen=True)
class Layer:
    """One node of the graph, understood.

    `shapes` has one shape for each output (only `split` gives several), batch left out; `owned` are the arrays the node itself
    holds (bias, norm weights, running means). `shared_with` is the node whose weights it uses. A block has `parts`, layers of the
    plan that do its work, and `inlets`, what feeds it from outside; its one wire comes from the part whose value it hands on.
    """

    id: NodeId
    op: Op
    op_name: str
    wires: tuple[Wire, ...]
    shapes: tuple[Shape, ...]
    owned: tuple[Parameter, ...] = ()
    activation: Op | None = None
    flops: int = 0
    group: tuple[str, ...] = ()
    label: str | None = None
    shared_with: NodeId | None = None
    is_integer: bool = False
    parts: tuple[NodeId, ...] = ()
    inlets: tuple[Wire, ...] = ()
    inner_bytes: int = 0

    @property
    def shape(self) -> Shape:
        """The shape of the first output."""
        return self.shapes[0]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All arrays it computes with: those on its in-edges, then its own; tied ones too."""
        return (*(p for wire in self.wires for p in wire.parameters), *self.owned)

    @property
    def parameter_count(self) -> int:
        """Learned numbers that are this layer's own: buffers, and weights tied to another node, do not count."""
        if self.shared_with is not None:
            return 0
        return sum(p.count for p in self.parameters if not p.is_buffer)

    @property
    def activation_bytes(self) -> int:
        """Bytes of its outputs for one sample in float32; of a block, its `inner_bytes`."""
        return self.inner_bytes if self.parts else 4 * sum(element_count(shape) for shape in self.shapes)


@dataclass(frozen=True)
class Plan:
    """A checked graph in running order. One with delayed edges is recurrent: it runs on sequences, a time step at a time.

    >>> import netgraph as ng
    >>> plan = ng.infer(ng.chain(3, 4, "tanh", 1))
    >>> plan.parameter_count, plan.flops, plan.outputs
    (21, 32, ('dense2',))
    >>> plan["dense1"].shape
    (4,)
    """

    name: str
    layers: Mapping[NodeId, Layer]
    inputs: tuple[NodeId, ...]
    outputs: tuple[NodeId, ...]
    parameters: Mapping[str, Parameter] = field(repr=False)
    is_recurrent: bool = False

    def __getitem__(self, node: NodeId) -> Layer:
        return self.layers[node]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers.values())

    def __len__(self) -> int:
        return len(self.layers)

    def sample_shapes(self, node: NodeId) -> tuple[Shape, ...]:
        """The shapes of a node's outputs for one sample: in a recurrent net with the time steps in front.

        >>> import netgraph as ng
        >>> G = ng.chain(3, {"id": "h", "units": 4, "activation": "tanh"})
        >>> G.add_edge("h", "h", delay=1)
        >>> ng.infer(G).sample_shapes("h")
        (('time', 4),)
        """
        return tuple((TIME, *shape) for shape in self[node].shapes) if self.is_recurrent else self[node].shapes

    @property
    def index_count(self) -> int:
        """How many indices, counted from 0, all its embeddings have a row for; 1 where there is none.

        >>> import netgraph as ng
        >>> ng.infer(ng.zoo.lstm_classifier(vocabulary=100)).index_count
        100
        """
        return min((layer.op.constants().get("num_embeddings", 1) for layer in self if layer.op.integer_inputs), default=1)

    @property
    def parameter_count(self) -> int:
        """Learned numbers, tied weights counted once, buffers not."""
        return sum(p.count for p in self.parameters.values() if not p.is_buffer)

    @property
    def flops(self) -> int:
        """Floating point operations of one forward pass of one sample: 2 for each multiply-add of dense, conv and matmul layers.

        Source: the count of torch.utils.flop_counter, which leaves element-wise work out.
        """
        return sum(layer.flops for layer in self)

    @property
    def activation_bytes(self) -> int:
        """Bytes of all layers' outputs for one sample in float32."""
        return sum(layer.activation_bytes for layer in self)
