"""Time: a sequence (N, T, features) and the arrays of layers of cells flow in; states of every step, or gradients through time, come out.

Inside, the steps come first, (T, N, features): what all cells see at one moment lies together, and what no step has to wait for is one
matrix product for the whole sequence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def by_layer(arrays: Any, num_layers: int, directions: int) -> Any:
    """Of each layer, of each of its directions: weight_ih, weight_hh and, where there are biases, bias_ih and bias_hh."""
    count = len(arrays) // (num_layers * directions)
    runs = [tuple(arrays[i:i + count]) for i in range(0, len(arrays), count)]
    return [runs[i:i + directions] for i in range(0, len(runs), directions)]


def turned(steps: Any, direction: int) -> Any:
    """Steps in the order in which a direction reads them: 0 from the first on, 1 from the last on."""
    return steps[::-1] if direction else steps


def parts(a: Any, count: int) -> Any:
    """The last axis in equal parts: the gates of a cell."""
    size = a.shape[-1] // count
    return [a[..., i:i + size] for i in range(0, count * size, size)]


def run_layers(x: Any, layers: Any, run: Callable[..., Any]) -> Any:
    """x (N, T, F) through layer upon layer: of each and each of its directions what it read, its states, and what its way back asks for."""
    y = x.swapaxes(0, 1)
    runs: Any = []
    for layer in layers:
        read = [np.ascontiguousarray(turned(y, direction)) for direction in range(len(layer))]
        runs.append(tuple((each, *run(each, *arrays)) for each, arrays in zip(read, layer, strict=True)))
        y = side_by_side(runs[-1])
    return runs


def side_by_side(runs: Any) -> Any:
    """The states (T, N, D·H) of a layer, those of its directions beside each other."""
    states = [turned(h[1:], direction) for direction, (_, h, *_) in enumerate(runs)]
    return states[0] if len(states) == 1 else np.concatenate(states, axis=-1)


def run_layers_back(gy: Any, layers: Any, runs: Any, run_back: Callable[..., Any]) -> Any:
    """What comes back to the sums in the first layer's cells, by direction; and the gradients of all arrays, in order."""
    g, count = gy.swapaxes(0, 1), len(layers[0][0])
    deltas: Any = []
    garrays: Any = []
    for depth in reversed(range(len(layers))):
        weights_hh = [arrays[1] for arrays in layers[depth]]
        shares = [turned(share, direction) for direction, share in enumerate(parts(g, len(weights_hh)))]
        sent = [run_back(share, weight_hh, *kept) for share, weight_hh, (_, *kept) in zip(shares, weights_hh, runs[depth], strict=True)]
        each = [array_gradients(both, x, h)[:count] for both, (x, h, *_) in zip(sent, runs[depth], strict=True)]
        garrays = [*(gradient for gradients in each for gradient in gradients), *garrays]
        deltas = [turned(delta, direction) for direction, (delta, _) in enumerate(sent)]
        if depth:
            g = input_gradient(deltas, layers[depth])
    return deltas, garrays


def array_gradients(sent: Any, x: Any, h: Any) -> Any:
    """Of weight_ih, weight_hh, bias_ih and bias_hh: sums over all steps, each one matrix product."""
    delta, delta_h = (each.reshape(-1, each.shape[-1]) for each in sent)
    return [delta.T @ x.reshape(-1, x.shape[-1]), delta_h.T @ h[:-1].reshape(-1, h.shape[-1]), delta.sum(axis=0), delta_h.sum(axis=0)]


def input_gradient(deltas: Any, layer: Any) -> Any:
    """The gradient (T, N, F) of what a layer reads: what all its directions send back."""
    return sum(projected(delta, arrays[0].T) for delta, arrays in zip(deltas, layer, strict=True))


def projected(x: Any, weight: Any) -> Any:
    """x Wᵀ for all steps in one matrix product."""
    return (x.reshape(-1, x.shape[-1]) @ weight.T).reshape(*x.shape[:-1], len(weight))


def states_from_zero(x: Any, hidden: int) -> Any:
    """Room for the states (T + 1, N, H) before the first step, where they are 0, and behind each step."""
    h = np.empty((len(x) + 1, x.shape[1], hidden), x.dtype)
    h[0] = 0
    return h


def elman_run(x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0, is_relu: bool = False) -> Any:
    """The states h of Elman's cells for all steps of x (T, N, F)."""
    h, total = states_from_zero(x, weight_hh.shape[1]), projected(x, weight_ih)
    total += bias_ih + bias_hh
    for t, a in enumerate(total):
        a += h[t] @ weight_hh.T
        if is_relu:
            np.maximum(a, 0, out=h[t + 1])
        else:
            np.tanh(a, out=h[t + 1])
    return (h,)


def elman_run_back(gh: Any, weight_hh: Any, h: Any, is_relu: bool = False) -> Any:
    """What comes back to the sums in Elman's cells."""
    delta = (h[1:] > 0).astype(h.dtype) if is_relu else 1 - h[1:] * h[1:]
    behind = np.zeros_like(h[0])                          # what later steps send back to a state
    for t in reversed(range(len(delta))):
        behind += gh[t]
        delta[t] *= behind
        np.matmul(delta[t], weight_hh, out=behind)
    return delta, delta


def rectified_run(x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0) -> Any:
    """The states of Elman's cells with ReLU."""
    return elman_run(x, weight_ih, weight_hh, bias_ih, bias_hh, is_relu=True)


def rectified_run_back(gh: Any, weight_hh: Any, h: Any) -> Any:
    """What comes back to the sums in Elman's cells with ReLU."""
    return elman_run_back(gh, weight_hh, h, is_relu=True)


def lstm_run(x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0) -> Any:
    """The states h of LSTM cells for all steps; gates i, f, g, o; cells c; tanh c. As σ(a) = ½ tanh(½ a) + ½, one tanh does all gates."""
    half = np.repeat(np.array([0.5, 0.5, 1, 0.5], x.dtype), weight_hh.shape[1])
    rest, gates, turn = 1 - half, projected(x, weight_ih * half[:, None]), weight_hh.T * half
    gates += half * (bias_ih + bias_hh)
    h, c = states_from_zero(x, weight_hh.shape[1]), states_from_zero(x, weight_hh.shape[1])
    tanh_c, product = np.empty_like(c[1:]), np.empty_like(gates[0])
    for t, a in enumerate(gates):
        a += np.matmul(h[t], turn, out=product)
        np.tanh(a, out=a)
        a *= half
        a += rest
        i, f, g, o = parts(a, 4)
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += i * g
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])
    return h, gates, c, tanh_c


def lstm_run_back(gh: Any, weight_hh: Any, h: Any, gates: Any, c: Any, tanh_c: Any) -> Any:
    """What comes back to the sums in LSTM cells' gates; σ' is (1 − σ) σ, and tanh' is (1 − tanh) (1 + tanh)."""
    one_for_tanh = np.repeat(np.array([0, 0, 1, 0], h.dtype), h.shape[-1])
    delta, slope = np.empty_like(gates), np.empty_like(gates[0])
    behind, gc = np.zeros_like(h[0]), np.zeros_like(h[0])                # what later steps send back to a state and to a cell
    for t in reversed(range(len(gates))):
        (i, f, g, o), (gi, gf, gg, go) = parts(gates[t], 4), parts(delta[t], 4)
        behind += gh[t]
        np.multiply(behind, tanh_c[t], out=go)
        gc += behind * o * (1 - tanh_c[t] * tanh_c[t])
        np.multiply(gc, g, out=gi)
        np.multiply(gc, c[t], out=gf)
        np.multiply(gc, i, out=gg)
        delta[t] *= np.subtract(1, gates[t], out=slope)
        delta[t] *= np.add(gates[t], one_for_tanh, out=slope)
        gc *= f
        np.matmul(delta[t], weight_hh, out=behind)
    return delta, delta


def gru_run(x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0) -> Any:
    """The states h of GRU cells for all steps of x (T, N, F); gates r, z, n; what the states bring to n. σ(a) is ½ tanh(½ a) + ½."""
    hidden = weight_hh.shape[1]
    h, gates = states_from_zero(x, hidden), projected(x, weight_ih)
    gates += bias_ih
    brought, product = np.empty_like(h[1:]), np.empty_like(gates[0])
    for t, a in enumerate(gates):
        np.matmul(h[t], weight_hh.T, out=product)
        product += bias_hh
        rz, n = a[:, :2 * hidden], a[:, 2 * hidden:]
        rz += product[:, :2 * hidden]
        rz *= 0.5
        np.tanh(rz, out=rz)
        rz *= 0.5
        rz += 0.5
        r, z = parts(rz, 2)
        brought[t] = product[:, 2 * hidden:]
        n += r * brought[t]
        np.tanh(n, out=n)
        np.multiply(z, h[t] - n, out=h[t + 1])
        h[t + 1] += n
    return h, gates, brought


def gru_run_back(gh: Any, weight_hh: Any, h: Any, gates: Any, brought: Any) -> Any:
    """What comes back to the sums in GRU cells' gates: from the input's side, and from the state's."""
    delta, delta_h = np.empty_like(gates), np.empty_like(gates)
    behind = np.zeros_like(h[0])                          # what later steps send back to a state
    for t in reversed(range(len(gates))):
        (r, z, n), (gr, gz, gn) = parts(gates[t], 3), parts(delta[t], 3)
        behind += gh[t]
        np.multiply(behind * (1 - z), 1 - n * n, out=gn)
        np.multiply(gn * brought[t], r * (1 - r), out=gr)
        np.multiply(behind * (h[t] - n), z * (1 - z), out=gz)
        delta_h[t] = delta[t]
        delta_h[t, :, -h.shape[-1]:] *= r
        behind *= z
        behind += delta_h[t] @ weight_hh
    return delta, delta_h
