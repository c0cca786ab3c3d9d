"""The NumPy executor: a Plan flows in; the net that comes out is called with arrays, gives gradients, trains and is written as source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from netgraph.engines.fusion import pairs_of_weight_and_bias
from netgraph.engines.losses import loss as choose_loss
from netgraph.engines.random_state import RANDOM_STATE, generator, state_text
from netgraph.engines.runner import MOST_ROUTINES, Runner
from netgraph.engines.samples import each_step, input_arrays, output_shapes, target_arrays
from netgraph.engines.store import Store
from netgraph.engines.training.metrics import Metric, measure
from netgraph.engines.training.optimizer_state import OPTIMIZER_STATE
from netgraph.fields import whole_number
from netgraph.op import Op
from netgraph.plan import Plan
from netgraph.weights import NodeId, same_in_order, starts, with_values

if TYPE_CHECKING:
    from netgraph.engines.training.trainer import Trainer
    from netgraph.history import History
    from netgraph.trace import Trace

Output = np.ndarray | tuple[np.ndarray, ...]


class NumpyNet:
    """A compiled net. `ng.compile(G)` makes it.

    `parameters` are the weights, `buffers` what batch norm keeps; both by name, as views that may be changed in place. `layers` is the plan
    that it was compiled from.

    >>> import netgraph as ng, numpy as np
    >>> net = ng.compile(ng.chain(3, 4, "relu", 2), seed=0)
    >>> net(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(self, graph: nx.DiGraph, plan: Plan, dtype: str = "float32", seed: int = 0, check_finite: bool = False,
                 truncate: int | None = None) -> None:
        self._graph, self.layers, self._truncate = same_in_order(graph), plan, truncate
        self.dtype, self.check_finite = np.dtype(dtype), check_finite
        self.optimizer_state = self._graph.graph.pop(OPTIMIZER_STATE, None)      # it goes with these weights, not with later ones
        begin = starts(plan.parameters.values(), seed, self.dtype)
        learned = [p for p in plan.parameters.values() if not p.is_buffer]
        frozen_last = sorted(learned, key=lambda p: not p.trainable)
        self.parameters = Store(frozen_last, self.dtype, pairs_of_weight_and_bias(plan))
        self.buffers = Store([p for p in plan.parameters.values() if p.is_buffer], self.dtype)
        for name, array in begin:
            (self.parameters if name in self.parameters else self.buffers)[name][...] = array
        self.trainable = tuple(p.name for p in learned if p.trainable)
        self.rng = generator(graph.graph.get(RANDOM_STATE), seed)     # for dropout and shuffling
        self._last_loss = choose_loss("mse")
        self._runner: Runner | None = None
        self._ready: dict[Any, Callable[..., tuple[np.ndarray, ...]]] = {}

    @property
    def outputs(self) -> tuple[NodeId, ...]:
        """The nodes whose values a call gives.

        >>> import netgraph as ng
        >>> ng.compile(ng.chain(3, 4, "relu", 2)).outputs
        ('dense2',)
        """
        return self.layers.outputs

    @property
    def runner(self) -> Runner:
        """What runs the net's programs on its arrays."""
        if self._runner is None:
            self._runner = Runner(self.layers, self.parameters, self.buffers, self.trainable, self.rng, self._truncate)
        return self._runner

    def __call__(self, *inputs: Any) -> Output:
        """The outputs for a batch: one array, or a tuple for a net of several outputs.

        Inputs come in the order of their declaration, or as one dict by id. Dropout is off and batch norm uses its running statistics.

        Shapes: each input (N, *the shape that its node declares), each output (N, *its node's shape), N the samples of the batch.
        Raises: DataError for data that does not fit; with `check_finite`, for the first node that gives NaN or an infinity.

        >>> import netgraph as ng, numpy as np
        >>> net = ng.compile(ng.chain((1, 8, 8), "flatten", 10))
        >>> net(np.ones((5, 1, 8, 8))).shape
        (5, 10)
        """
        x = inputs[0] if len(inputs) == 1 else None
        run = self._ready.get((x.shape, x.dtype)) if type(x) is np.ndarray and not self.check_finite else None
        if run is not None:                                # an array that needs no change and came in this shape before
            with self.runner.lock:
                outputs = run(x)
        else:
            outputs = self._outputs(inputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def _outputs(self, inputs: Sequence[Any]) -> tuple[np.ndarray, ...]:
        arrays = input_arrays(self.layers, inputs, self.dtype)
        outputs = self.runner.outputs(arrays, self.check_finite)
        if not self.check_finite and len(arrays) == 1 and arrays[0] is inputs[0]:
            if len(self._ready) >= MOST_ROUTINES:
                self._ready.clear()
            self._ready[arrays[0].shape, arrays[0].dtype] = self.runner.routine(arrays).run
        return outputs

    def gradients(self, x: Any, y: Any, *, loss: str | Op) -> tuple[float, dict[str, np.ndarray]]:
        """(loss, {name of a parameter: gradient}), as a training step sees them; no weight and no running statistic is changed.

        Raises: DataError for data that does not fit the net or the loss.

        >>> import netgraph as ng, numpy as np
        >>> net = ng.compile(ng.chain(3, 1))
        >>> value, gradients = net.gradients(np.ones((5, 3)), np.zeros((5, 1)), loss="mse")
        >>> gradients["dense1.weight"].shape
        (1, 3)
        """
        with self.runner.lock:
            op = choose_loss(loss)
            value, *_ = self.runner.train(self.training_data(x, y, op), op, self.check_finite)
            return float(value), {name: gradient.copy() for name, gradient in self.runner.gradients.items()}

    def loss(self, x: Any, y: Any, *, loss: str | Op) -> float:
        """The loss of the outputs as a call gives them: dropout off, batch norm on its running statistics.

        Raises: OpError for an unknown loss, DataError for data that does not fit the net or the loss.

        >>> import netgraph as ng, numpy as np
        >>> net = ng.compile(ng.chain(3, "flatten"))
        >>> net.loss(np.ones((5, 3)), np.full((5, 3), 3.0), loss="mse")
        4.0
        """
        op, outputs = choose_loss(loss), self(x)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        targets = target_arrays([output.shape for output in outputs], y, op, self.dtype, self.layers.is_recurrent)
        pairs = [tuple(map(each_step, pair)) if self.layers.is_recurrent else pair for pair in zip(outputs, targets, strict=True)]
        return float(sum(op.forward(output, target) for output, target in pairs))

    def trace(self, x: Any, y: Any, *, loss: str | Op) -> Trace:
        """Every value of one forward pass and every gradient of the way back; no weight is changed, dropout is off.

        Raises: DataError for data that does not fit the net or the loss.

        >>> import netgraph as ng, numpy as np
        >>> trace = ng.compile(ng.chain(3, 4, "tanh", 1)).trace(np.ones((1, 3)), np.zeros((1, 1)), loss="mse")
        >>> trace.values["dense1"].shape, trace.gradients["dense1"].shape
        ((1, 4), (1, 4))
        """
        from netgraph.engines.tracing import trace
        return trace(self, x, y, loss)

    def training_data(self, x: Any, y: Any, loss: Op) -> list[np.ndarray]:
        """Inputs and targets as the runner takes them.

        Raises: DataError for data that does not fit the net or the loss.
        """
        self._last_loss = loss
        arrays = input_arrays(self.layers, (x,), self.dtype)
        return [*arrays, *target_arrays(output_shapes(self.layers, arrays), y, loss, self.dtype, self.layers.is_recurrent)]

    def trainer(self, *, loss: str | Op, **options: Any) -> Trainer:
        """A training step to be called by hand: `trainer(x, y)` moves the weights once and gives the loss before.

        Options: `optimizer` ("sgd"), `lr`, `clip_norm`, `clip_value` and `resume`, as in `netgraph.Trainer`.

        >>> import netgraph as ng, numpy as np
        >>> trainer = ng.compile(ng.chain(3, 1)).trainer(loss="mse", optimizer="adam", lr=0.01)
        >>> trainer(np.ones((5, 3)), np.zeros((5, 1))) > trainer(np.ones((5, 3)), np.zeros((5, 1)))
        True
        """
        from netgraph.engines.training.trainer import Trainer
        return Trainer(self, loss, **options)

    def fit(self, x: Any, y: Any = None, **options: Any) -> History:
        """Train for some epochs, from the present weights on, and give the history of the losses.

        `x` and `y` are arrays, one sample a row (tuples of them, or dicts by id, where the net has several inputs or outputs). Data that is
        larger than memory comes as memory-mapped arrays, of which only the rows of a batch are read, or as a stream in place of `x`: any
        iterable of pairs (x, y) of one batch each, which every epoch goes through once.

        Options, all by name:
        - `loss`, such as "mse" or "cross_entropy", which is needed; `optimizer` ("sgd"), `lr`, a number or a function of the epoch
        - `epochs` (1); `batch_size`, all samples at once without it; `shuffle` (True), the order of batches
        - `validation=(x, y)`, whose loss is measured after each epoch; `metrics`, such as ["accuracy"], on that set where there is one
        - `callbacks`, each called with (net, history) after each epoch: one that returns True ends the run, see `netgraph.EarlyStopping`
        - `clip_norm`, `clip_value`, which hold the gradient; `trainer`, to go on with a trainer's loss, optimiser and state
        - `progress`, which shows the bar or hides it; without it the bar shows on a terminal

        Raises: TrainingError when the loss diverges (the weights are then the last finite ones) or options contradict each other;
        OpError for a word or value that is none, DataError for data that does not fit.

        >>> import netgraph as ng, numpy as np
        >>> x = np.random.default_rng(0).standard_normal((64, 3)).astype("float32")
        >>> y = (x.sum(axis=1) > 0).astype(int)
        >>> net = ng.compile(ng.chain(3, 16, "relu", 2), seed=0)
        >>> history = net.fit(x, y, loss="cross_entropy", optimizer="adam", lr=0.05, epochs=30, batch_size=16)
        >>> len(history.loss), history.loss[-1] < 0.1 < history.loss[0]
        (30, True)

        The same from a stream of two batches:

        >>> stream = [(x[:32], y[:32]), (x[32:], y[32:])]
        >>> len(net.fit(stream, loss="cross_entropy", epochs=3).loss)
        3
        """
        from netgraph.engines.training.fitting import fit
        return fit(self, x, y, **options)

    def predict(self, *inputs: Any, batch_size: int | None = None) -> Output:
        """The outputs as a call gives them, computed `batch_size` samples at a time, which needs less memory; all at once without it.

        Raises: DataError for data that does not fit.

        >>> import netgraph as ng, numpy as np
        >>> ng.compile(ng.chain(3, 2)).predict(np.ones((1000, 3)), batch_size=64).shape
        (1000, 2)
        """
        arrays = input_arrays(self.layers, inputs, self.dtype)
        step = len(arrays[0]) if batch_size is None else whole_number("batch_size", batch_size, 1)
        parts = [self(*(array[start:start + step] for array in arrays)) for start in range(0, len(arrays[0]), step)]
        if isinstance(parts[0], tuple):
            return tuple(np.concatenate(outputs) for outputs in zip(*parts, strict=True))
        return np.concatenate(parts)

    def score(self, x: Any, y: Any, metric: str | Metric = "accuracy", *, threshold: float = 0.5) -> float:
        """How well the net does: "accuracy", "mse", "mae", "r2", or a function of (outputs, targets).

        Accuracy takes the greatest of several outputs as the class; a single output is class 1 above the threshold.

        Raises: OpError for an unknown metric, DataError for targets that do not fit.

        >>> import netgraph as ng, numpy as np
        >>> G = ng.chain(2, {"op": "dense", "units": 2, "bias": False})
        >>> G.edges["x", "dense1"]["weight"] = np.eye(2)
        >>> net = ng.compile(G)
        >>> net.score([[1, 0], [0, 1], [1, 0], [0, 1]], [0, 1, 0, 0]), net.score([[1, 0]], [[1, 2]], metric="mse")
        (0.75, 2.0)
        """
        return measure(metric, self.predict(x), y, threshold, is_recurrent=self.layers.is_recurrent)

    @property
    def plan(self) -> str:
        """What was compiled so far, as a table: for data of each shape, the calls of NumPy and the memory, layer by layer; "" before any.

        >>> import netgraph as ng, numpy as np
        >>> net = ng.compile(ng.chain(3, 4, "relu", 2))
        >>> y = net(np.ones((5, 3)))
        >>> print(net.plan)
        A call on 5×3 float32: 4 NumPy calls, 260 bytes of buffers
        layer     calls  done by
        'dense1'      3  its page, line by line
        'dense2'      1  its page, line by line
        """
        return self.runner.report()

    @property
    def graph(self) -> nx.DiGraph:
        """A new DiGraph that carries the current weights, and where the random numbers of training stand.

        So a net that is saved, loaded and compiled again draws its next dropout and order of samples as if nothing had happened. What an
        optimiser keeps from step to step, such as Adam's means, is the trainer's: `trainer.graph` carries that too.

        >>> import netgraph as ng, numpy as np
        >>> net = ng.compile(ng.chain(3, 2), seed=0)
        >>> again = ng.compile(net.graph, seed=1)
        >>> bool((again.parameters["dense1.weight"] == net.parameters["dense1.weight"]).all())
        True
        """
        graph = with_values(self._graph, self.layers.parameters.values(), {**self.parameters, **self.buffers})
        graph.graph[RANDOM_STATE] = state_text(self.rng)
        return graph

    @property
    def source(self) -> str:
        """The net as a NumPy program to be read: forward, and backward line by line. It runs with NumPy alone.

        The loss is the one that the net was last trained with, or the mean of squared errors.

        >>> import netgraph as ng
        >>> program = {}
        >>> exec(ng.compile(ng.chain(3, 4, "tanh", 1)).source, program)
        >>> sorted(name for name in program if name in ("start", "forward", "loss_and_gradients"))
        ['forward', 'loss_and_gradients', 'start']
        """
        from netgraph.engines.writing.numpy_source import numpy_source
        return numpy_source(self.layers, self._last_loss, self._truncate)

    def __repr__(self) -> str:
        name = f" '{self.layers.name}'" if self.layers.name else ""
        return f"<NumPy net{name}: {len(self.layers)} layers, {self.layers.parameter_count:,} parameters, {self.dtype}>"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_runner": None, "_ready": {}}          # it holds functions; it is made again when needed
