"""Recurrent layers: a sequence is read step by step, each state being made from the input of its step and the state before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from netgraph.errors import ShapeError
from netgraph.fields import Size, Switch
from netgraph.op import Op
from netgraph.ops.recurrence import (
    by_layer,
    elman_run,
    elman_run_back,
    gru_run,
    gru_run_back,
    input_gradient,
    lstm_run,
    lstm_run_back,
    rectified_run,
    rectified_run_back,
    run_layers,
    run_layers_back,
    side_by_side,
)
from netgraph.ops.word import word
from netgraph.shape import Shape, sizes
from netgraph.weights import Array

OWN_ARRAY = re.compile(r"(weight|bias)_(ih|hh)_l\d+(_reverse)?")


class _Recurrent(Op):
    """(T, F) -> (T, D·H): layers of cells, each layer reading the states of the one below; D is 2 where a second one reads backwards."""

    hidden_size: Any
    num_layers: Any
    bidirectional: Any
    bias: Any
    gates: ClassVar[int] = 1
    module_is_first: ClassVar[bool] = True

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def readings(self) -> int:
        """How many times a sequence is read."""
        return int(self.num_layers) * self.directions

    @classmethod
    def owns(cls, name: str) -> bool:
        return OWN_ARRAY.fullmatch(name) is not None

    def features(self, x: Shape) -> int:
        """The size of what is read at one step."""
        if len(x) != 2:
            raise ShapeError(f"'{self.word}' reads sequences (T, features), but got {x}. Put a 'reshape' before it.")
        return sizes(x[1:], f"'{self.word}'")[0]

    def shape(self, x: Shape) -> Shape:
        self.features(x)
        return (x[0], self.directions * self.hidden_size)

    def arrays(self, x: Shape) -> Mapping[str, Array]:
        features, rows, found = self.features(x), self.gates * self.hidden_size, {}
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[:4 if self.bias else 2]
        for layer in range(self.num_layers):
            read = self.directions * self.hidden_size if layer else features
            shapes = {"weight_ih": (rows, read), "weight_hh": (rows, self.hidden_size), "bias_ih": (rows,), "bias_hh": (rows,)}
            for end in ("", "_reverse")[:self.directions]:
                found.update({f"{kind}_l{layer}{end}": Array(shapes[kind], fan_in=self.hidden_size) for kind in kinds})
        return found

    def flops(self, x: Shape) -> int:
        steps = x[0] if isinstance(x[0], int) else 1
        return 2 * steps * sum(array.shape[0] * array.shape[1] for array in self.arrays(x).values() if len(array.shape) == 2)

    def torch_module(self, nn: Any, arrays: Mapping[str, Array]) -> Any:
        options = self.options("num_layers", "nonlinearity", "bias", "bidirectional")
        return getattr(nn, type(self).__name__)(arrays["weight_ih_l0"].shape[1], self.hidden_size, **options, batch_first=True)


@word("rnn")
@dataclass(frozen=True)
class RNN(_Recurrent):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh), h_0 = 0 (Elman 1990): (T, features) -> (T, hidden_size), all states.

    With nonlinearity="relu" ReLU in place of tanh. With `bidirectional`, the states of a second reading from the last step to the
    first stand beside them: (T, 2 · hidden_size). Its arrays are named as PyTorch names them. Source: torch.nn.RNN, batch_first=True.
    """

    hidden_size: Size
    num_layers: Size = 1
    nonlinearity: Literal["tanh", "relu"] = "tanh"
    bias: Switch = True
    bidirectional: Switch = False

    examples = (({"hidden_size": 3}, ((5, 2),)), ({"hidden_size": 2, "nonlinearity": "relu", "bias": False}, ((4, 3),)),
                ({"hidden_size": 2, "num_layers": 2, "bidirectional": True}, ((3, 2),)))

    def forward(self, x: Any, *, arrays: Any) -> Any:
        layers = by_layer(arrays, self.num_layers, self.directions)
        runs = run_layers(x, layers, elman_run if self.nonlinearity == "tanh" else rectified_run)
        y = side_by_side(runs[-1], layers[-1]).transpose(2, 0, 1)
        return y

    def backward(self, gy: Any, arrays: Any, runs: Any) -> Any:
        layers = by_layer(arrays, self.num_layers, self.directions)
        deltas, garrays = run_layers_back(gy, layers, runs, elman_run_back if self.nonlinearity == "tanh" else rectified_run_back)
        gx = input_gradient(deltas, layers[0]).transpose(2, 0, 1)
        return gx, *garrays

    def torch(self, torch: Any, x: Any, *, arrays: Any) -> Any:
        zeros = x.new_zeros(self.readings, x.shape[0], self.hidden_size)
        run = torch.rnn_tanh if self.nonlinearity == "tanh" else torch.rnn_relu
        return run(x, zeros, arrays, self.bias, self.num_layers, 0.0, False, self.bidirectional, True)[0]


@word("lstm")
@dataclass(frozen=True)
class LSTM(_Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber 1997, with Gers et al.'s forget gate): (T, features) -> (T, hidden_size).

    c_t = f · c_{t−1} + i · g and h_t = o · tanh c_t, with i, f, o = σ(...) and g = tanh(...) of W_ih x_t + b_ih + W_hh h_{t−1} + b_hh,
    whose rows come in the order i, f, g, o; h_0 = c_0 = 0. All states h are given; `last` takes the final one. With `bidirectional`, the
    states of a second reading from the last step to the first stand beside them: (T, 2 · hidden_size). Source: torch.nn.LSTM,
    batch_first=True, whose arrays have the same names.
    """

    hidden_size: Size
    num_layers: Size = 1
    bias: Switch = True
    bidirectional: Switch = False

    gates = 4
    examples = (({"hidden_size": 3}, ((5, 2),)), ({"hidden_size": 2, "bias": False}, ((4, 3),)),
                ({"hidden_size": 2, "num_layers": 2, "bidirectional": True}, ((3, 2),)))

    def forward(self, x: Any, *, arrays: Any) -> Any:
        layers = by_layer(arrays, self.num_layers, self.directions)
        runs = run_layers(x, layers, lstm_run)
        y = side_by_side(runs[-1], layers[-1]).transpose(2, 0, 1)
        return y

    def backward(self, gy: Any, arrays: Any, runs: Any) -> Any:
        layers = by_layer(arrays, self.num_layers, self.directions)
        deltas, garrays = run_layers_back(gy, layers, runs, lstm_run_back)
        gx = input_gradient(deltas, layers[0]).transpose(2, 0, 1)
        return gx, *garrays

    def torch(self, torch: Any, x: Any, *, arrays: Any) -> Any:
        zeros = x.new_zeros(self.readings, x.shape[0], self.hidden_size)
        return torch.lstm(x, (zeros, zeros), arrays, self.bias, self.num_layers, 0.0, False, self.bidirectional, True)[0]


@word("gru")
@dataclass(frozen=True)
class GRU(_Recurrent):
    """Gated recurrent units (Cho et al. 2014): (T, features) -> (T, hidden_size), all states.

    h_t = (1 − z) · n + z · h_{t−1}, with r, z = σ(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh) and n = tanh(W_ih x_t + b_ih + r · (W_hh h_{t−1}
    + b_hh)), whose rows come in the order r, z, n; h_0 = 0. `bidirectional` as for 'lstm'. Source: torch.nn.GRU, batch_first=True.
    """

    hidden_size: Size
    num_layers: Size = 1
    bias: Switch = True
    bidirectional: Switch = False

    gates = 3
    examples = (({"hidden_size": 3}, ((5, 2),)), ({"hidden_size": 2, "bias": False}, ((4, 3),)),
                ({"hidden_size": 2, "num_layers": 2, "bidirectional": True}, ((3, 2),)))

    def forward(self, x: Any, *, arrays: Any) -> Any:
        layers = by_layer(arrays, self.num_layers, self.directions)
        runs = run_layers(x, layers, gru_run)
        y = side_by_side(runs[-1], layers[-1]).transpose(2, 0, 1)
        return y

    def backward(self, gy: Any, arrays: Any, runs: Any) -> Any:
        layers = by_layer(arrays, self.num_layers, self.directions)
        deltas, garrays = run_layers_back(gy, layers, runs, gru_run_back)
        gx = input_gradient(deltas, layers[0]).transpose(2, 0, 1)
        return gx, *garrays

    def torch(self, torch: Any, x: Any, *, arrays: Any) -> Any:
        zeros = x.new_zeros(self.readings, x.shape[0], self.hidden_size)
        return torch.gru(x, zeros, arrays, self.bias, self.num_layers, 0.0, False, self.bidirectional, True)[0]


@word("last")
@dataclass(frozen=True)
class Last(Op):
    """The final state of a sequence of states: (T, H) -> (H,), what stands at the last step.

    With `bidirectional`, of states whose second half was read backwards: the first half at the last step, the second at the first step,
    which is where each reading ends. Source: h_n of torch.nn.LSTM, of the last layer.
    """

    bidirectional: Switch = False

    examples = (({}, ((4, 3),)), ({"bidirectional": True}, ((3, 4),)))

    def shape(self, x: Shape) -> Shape:
        if len(x) != 2 or (self.bidirectional and sizes(x[1:], "'last'")[0] % 2):
            raise ShapeError(f"'last' takes the final state of a sequence (T, {'2 · ' * self.bidirectional}features), but got {x}. "
                             f"Put it behind a recurrent layer.")
        return x[1:]

    def at(self, x: Shape) -> Op:
        return LastOfBothWays(True) if self.bidirectional else self

    def forward(self, x: Any) -> Any:
        y = x[:, -1]
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = at_the_end(gy, x)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return x[:, -1]


@dataclass(frozen=True)
class LastOfBothWays(Last):
    """Of states that were read both ways."""

    def at(self, x: Shape) -> Op:
        return self

    def forward(self, x: Any) -> Any:
        half = x.shape[-1] // 2
        y = np.concatenate((x[:, -1, :half], x[:, 0, half:]), axis=-1)
        return y

    def backward(self, gy: Any, x: Any) -> Any:
        gx = at_both_ends(gy, x)
        return gx

    def torch(self, torch: Any, x: Any) -> Any:
        return torch.cat((x[:, -1, :x.shape[-1] // 2], x[:, 0, x.shape[-1] // 2:]), dim=-1)


def at_the_end(g: Any, x: Any) -> Any:
    """g at the last step of a sequence like x, which is 0 elsewhere."""
    whole = np.zeros(x.shape, g.dtype)
    whole[:, -1] = g
    return whole


def at_both_ends(g: Any, x: Any) -> Any:
    """The first half of g at the last step, the second at the first step of a sequence like x, which is 0 elsewhere."""
    whole, half = np.zeros(x.shape, g.dtype), x.shape[-1] // 2
    whole[:, -1, :half], whole[:, 0, half:] = g[:, :half], g[:, half:]
    return whole
