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


def run_layers(x: Any, layers: Any, run: Callable[..., Any]) -> Any:
    """x (N, T, F) through layer upon layer: the last one's states (N, T, D·H), and of each what it read and what its way back asks for."""
    y, saved = x.swapaxes(0, 1), []
    for layer in layers:
        read = [np.ascontiguousarray(turned(y, direction)) for direction in range(len(layer))]
        runs = [run(each, *arrays) for each, arrays in zip(read, layer)]
        states = [turned(h[1:], direction) for direction, (h, *_) in enumerate(runs)]
        y = states[0] if len(states) == 1 else np.concatenate(states, axis=-1)
        saved.append([(each, *kept) for each, kept in zip(read, runs)])
    return y.swapaxes(0, 1), saved


def run_layers_back(gy: Any, layers: Any, saved: Any, run_back: Callable[..., Any]) -> Any:
    """What comes back to the sums in the first layer's cells, by direction; and the gradients of all arrays, in order."""
    g, garrays, deltas = gy.swapaxes(0, 1), [], []
    for depth in reversed(range(len(layers))):
        layer, shares = layers[depth], np.split(g, len(layers[depth]), axis=-1)
        deltas, gradients = [], []
        for direction, (arrays, (x, h, *kept)) in enumerate(zip(layer, saved[depth])):
            delta, delta_h = run_back(turned(shares[direction], direction), arrays[1], h, *kept)
            deltas.append(turned(delta, direction))
            gradients += array_gradients(delta, delta_h, x, h)[:len(arrays)]
        garrays = gradients + garrays
        if depth:
            g = input_gradient(deltas, layer)
    return deltas, garrays


def array_gradients(delta: Any, delta_h: Any, x: Any, h: Any) -> Any:
    """Of weight_ih, weight_hh, bias_ih and bias_hh: sums over all steps, each one matrix product."""
    delta, delta_h = (d.reshape(-1, d.shape[-1]) for d in (delta, delta_h))
    return [delta.T @ x.reshape(-1, x.shape[-1]), delta_h.T @ h[:-1].reshape(-1, h.shape[-1]), delta.sum(axis=0), delta_h.sum(axis=0)]


def input_gradient(deltas: Any, layer: Any) -> Any:
    """The gradient (T, N, F) of what a layer reads: what all its directions send back."""
    return sum(projected(delta, arrays[0].T) for delta, arrays in zip(deltas, layer))


def projected(x: Any, weight: Any) -> Any:
    """x Wᵀ for all steps in one matrix product."""
    return (x.reshape(-1, x.shape[-1]) @ weight.T).reshape(*x.shape[:-1], len(weight))


def states_from_zero(x: Any, hidden: int) -> Any:
    """Room for the states (T + 1, N, H) before the first step, where they are 0, and behind each step."""
    h = np.empty((len(x) + 1, x.shape[1], hidden), x.dtype)
    h[0] = 0
    return h


def elman_run(x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0, is_relu: bool = False) -> Any:
    """The states h of Elman's cell for all steps of x (T, N, F)."""
    h = states_from_zero(x, weight_hh.shape[1])
    total = projected(x, weight_ih) + (bias_ih + bias_hh)
    for t, a in enumerate(total):
        a += h[t] @ weight_hh.T
        if is_relu:
            np.maximum(a, 0, out=h[t + 1])
        else:
            np.tanh(a, out=h[t + 1])
    return (h,)


def elman_run_back(gh: Any, weight_hh: Any, h: Any, is_relu: bool = False) -> Any:
    """What comes back to the sums in Elman's cells."""
    y = h[1:]
    delta = (y > 0).astype(y.dtype) if is_relu else 1 - y * y
    behind = np.zeros_like(h[0])                          # what later steps send back to a state
    for t in reversed(range(len(delta))):
        delta[t] *= gh[t] + behind
        behind = delta[t] @ weight_hh
    return delta, delta


def rectified_run(x: Any, *arrays: Any) -> Any:
    """Elman's cell with ReLU."""
    return elman_run(x, *arrays, is_relu=True)


def rectified_run_back(gh: Any, weight_hh: Any, h: Any) -> Any:
    """What comes back to the sums in Elman's cells with ReLU."""
    return elman_run_back(gh, weight_hh, h, is_relu=True)


def lstm_run(x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0) -> Any:
    """The states h of LSTM cells for all steps of x (T, N, F); and the gates i, f, g, o, the cells c and tanh c."""
    hidden = weight_hh.shape[1]
    half = np.repeat(np.array([0.5, 0.5, 1, 0.5], x.dtype), hidden)      # σ(a) = ½ tanh(a / 2) + ½, so one tanh does all four gates
    gates = projected(x, weight_ih * half[:, None]) + half * (bias_ih + bias_hh)
    h, c = states_from_zero(x, hidden), states_from_zero(x, hidden)
    s, turn = np.empty_like(c[1:]), weight_hh.T * half
    for t, a in enumerate(gates):
        a += h[t] @ turn
        np.tanh(a, out=a)
        a *= half
        a += 1 - half
        i, f, g, o = np.split(a, 4, axis=-1)
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += i * g
        np.tanh(c[t + 1], out=s[t])
        np.multiply(o, s[t], out=h[t + 1])
    return h, gates, c, s


def lstm_run_back(gh: Any, weight_hh: Any, h: Any, gates: Any, c: Any, s: Any) -> Any:
    """What comes back to the sums in the gates i, f, g, o of LSTM cells."""
    hidden = h.shape[-1]
    is_tanh = np.repeat(np.array([0, 0, 1, 0], h.dtype), hidden)         # σ' = (1 − σ) σ, and tanh' = (1 − tanh) (1 + tanh)
    delta, behind, gc = np.empty_like(gates), np.zeros_like(h[0]), np.zeros_like(h[0])
    for t in reversed(range(len(gates))):
        i, f, g, o = np.split(gates[t], 4, axis=-1)
        gi, gf, gg, go = np.split(delta[t], 4, axis=-1)
        behind += gh[t]
        gc += behind * o * (1 - s[t] * s[t])
        np.multiply(gc, g, out=gi)
        np.multiply(gc, c[t], out=gf)
        np.multiply(gc, i, out=gg)
        np.multiply(behind, s[t], out=go)
        delta[t] *= (1 - gates[t]) * (gates[t] + is_tanh)
        gc *= f
        behind = delta[t] @ weight_hh
    return delta, delta


def gru_run(x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0) -> Any:
    """The states h of GRU cells for all steps of x (T, N, F); and the gates r, z, n, and what the states bring to n before r."""
    hidden = weight_hh.shape[1]
    h, gates = states_from_zero(x, hidden), projected(x, weight_ih) + bias_ih
    brought = np.empty_like(h[1:])
    for t, a in enumerate(gates):
        from_state = h[t] @ weight_hh.T + bias_hh
        rz, n = a[:, :2 * hidden], a[:, 2 * hidden:]
        rz += from_state[:, :2 * hidden]
        rz *= 0.5
        np.tanh(rz, out=rz)                               # σ(a) = ½ tanh(a / 2) + ½
        rz *= 0.5
        rz += 0.5
        r, z = np.split(rz, 2, axis=-1)
        brought[t] = from_state[:, 2 * hidden:]
        n += r * brought[t]
        np.tanh(n, out=n)
        np.multiply(z, h[t] - n, out=h[t + 1])
        h[t + 1] += n
    return h, gates, brought


def gru_run_back(gh: Any, weight_hh: Any, h: Any, gates: Any, brought: Any) -> Any:
    """What comes back to the sums in the gates r, z, n of GRU cells: from the input's side, and from the state's."""
    hidden = h.shape[-1]
    delta, delta_h, behind = np.empty_like(gates), np.empty_like(gates), np.zeros_like(h[0])
    for t in reversed(range(len(gates))):
        r, z, n = np.split(gates[t], 3, axis=-1)
        gr, gz, gn = np.split(delta[t], 3, axis=-1)
        behind += gh[t]
        np.multiply(behind * (1 - z), 1 - n * n, out=gn)
        np.multiply(gn * brought[t], r * (1 - r), out=gr)
        np.multiply(behind * (h[t] - n), z * (1 - z), out=gz)
        delta_h[t] = delta[t]
        delta_h[t, :, 2 * hidden:] *= r
        behind = behind * z + delta_h[t] @ weight_hh
    return delta, delta_h
