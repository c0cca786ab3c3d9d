"""Time: a sequence (N, T, features) and the arrays of layers of cells flow in; states of every step, or gradients through time, come out.

Inside, the samples come last. What a cell sees at one step lies together in z (T + 1, F + 1 + H, N): the input x_t above a row of ones
above the state h_{t−1}. So all sums of a step are one matrix product with [W_ih | b | W_hh], and each gate lies in memory without gaps.
What comes back to the sums has the steps second, (rows, T, N): the gradients of the arrays are products for the whole sequence.
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
    """The rows of (..., rows, N) in equal parts: the gates of a cell."""
    size = a.shape[-2] // count
    return [a[..., i:i + size, :] for i in range(0, count * size, size)]


def run_layers(x: Any, layers: Any, run: Callable[..., Any], empty: Callable[..., Any] = np.empty) -> Any:
    """x (N, T, F) through layer upon layer: of each and each of its directions what its cells saw, and what its way back asks for.

    Here and below, `empty` makes room for arrays.
    """
    y = x.transpose(1, 2, 0)
    runs: Any = []
    for layer in layers:
        seen = [before_first(turned(y, direction), arrays[1].shape[1], empty) for direction, arrays in enumerate(layer)]
        runs.append(tuple((z, *run(z, *arrays, empty=empty)) for z, arrays in zip(seen, layer, strict=True)))
        y = side_by_side(runs[-1], layer)
    return runs


def before_first(x: Any, hidden: int, empty: Callable[..., Any] = np.empty) -> Any:
    """z before the first step of x (T, F, N): there the state is 0, the later ones are still to come."""
    steps, features, samples = x.shape
    z = empty((steps + 1, features + 1 + hidden, samples), x.dtype)
    z[:-1, :features] = x
    z[:, features] = 1
    z[0, features + 1:] = 0
    return z


def side_by_side(runs: Any, layer: Any) -> Any:
    """The states (T, D·H, N) of a layer, those of its directions beside each other."""
    states = [turned(z[1:, -arrays[1].shape[1]:], direction) for direction, ((z, *_), arrays) in enumerate(zip(runs, layer, strict=True))]
    return states[0] if len(states) == 1 else np.concatenate(states, axis=1)


def run_layers_back(gy: Any, layers: Any, runs: Any, run_back: Callable[..., Any], empty: Callable[..., Any] = np.empty) -> Any:
    """What comes back to the sums in the first layer's cells, by direction; and the gradients of all arrays, in order."""
    g, count = gy.transpose(1, 2, 0), len(layers[0][0])
    deltas: Any = []
    garrays: Any = []
    for depth in reversed(range(len(layers))):
        shares = [copied(turned(share, direction), empty) for direction, share in enumerate(parts(g, len(layers[depth])))]
        sent = [run_back(share, arrays[1], *kept, empty=empty)
                for share, arrays, kept in zip(shares, layers[depth], runs[depth], strict=True)]
        each = [array_gradients(both, z, share.shape[1], empty)[:count]
                for both, (z, *_), share in zip(sent, runs[depth], shares, strict=True)]
        garrays = [*(gradient for gradients in each for gradient in gradients), *garrays]
        deltas = [both[0] for both in sent]
        if depth:
            g = input_gradient(deltas, layers[depth])
    return deltas, garrays


def array_gradients(sent: Any, z: Any, hidden: int, empty: Callable[..., Any] = np.empty) -> Any:
    """Of weight_ih, weight_hh, bias_ih and bias_hh, from what was sent to x and h alike, or to each."""
    seen = columns(copied(z[:-1].swapaxes(0, 1), empty))
    features = len(seen) - 1 - hidden
    if len(sent) == 1:
        g = columns(sent[0]) @ seen.T
        return [g[:, :features], g[:, features + 1:], g[:, features], g[:, features]]
    g_ih, g_hh = columns(sent[0]) @ seen[:features + 1].T, columns(sent[1]) @ seen[features:].T
    return [g_ih[:, :-1], g_hh[:, 1:], g_ih[:, -1], g_hh[:, 0]]


def columns(steps: Any) -> Any:
    """(rows, T, N) as a matrix (rows, T·N)."""
    rows, *others = steps.shape
    return steps.reshape(rows, others[0] * others[1])


def input_gradient(deltas: Any, layer: Any) -> Any:
    """The gradient (T, F, N) of what a layer reads: what all its directions send back."""
    each = [(arrays[0].T @ columns(delta)).reshape(arrays[0].shape[1], *delta.shape[1:]).swapaxes(0, 1)
            for delta, arrays in zip(deltas, layer, strict=True)]
    return sum(turned(g, direction) for direction, g in enumerate(each))


def copied(a: Any, empty: Callable[..., Any] = np.empty) -> Any:
    """The array without gaps."""
    copy = empty(a.shape, a.dtype)
    copy[...] = a
    return copy


def joined(weight_ih: Any, weight_hh: Any, bias: Any) -> Any:
    """[W_ih | b | W_hh], whose product with z are a cell's sums."""
    rows, features = weight_ih.shape
    weight = np.empty((rows, features + 1 + weight_hh.shape[1]), weight_ih.dtype)
    weight[:, :features], weight[:, features], weight[:, features + 1:] = weight_ih, bias, weight_hh
    return weight


def elman_run(z: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0, empty: Any = np.empty,
              is_relu: bool = False) -> Any:
    """Fills in the states of Elman's cells."""
    weight, hidden = joined(weight_ih, weight_hh, bias_ih + bias_hh), weight_hh.shape[1]
    total = empty((hidden, z.shape[2]), z.dtype)
    for t in range(len(z) - 1):
        np.dot(weight, z[t], out=total)
        if is_relu:
            np.maximum(total, 0, out=z[t + 1, -hidden:])
        else:
            np.tanh(total, out=z[t + 1, -hidden:])
    return ()


def elman_run_back(gh: Any, weight_hh: Any, z: Any, empty: Any = np.empty, is_relu: bool = False) -> Any:
    """What comes back to the sums in Elman's cells."""
    steps, hidden, samples = gh.shape
    delta, d, turn = empty((hidden, steps, samples), gh.dtype), empty(gh[0].shape, gh.dtype), np.ascontiguousarray(weight_hh.T)
    behind = np.zeros_like(gh[0])                         # what later steps send back to a state
    for t in reversed(range(steps)):
        h = z[t + 1, -hidden:]
        behind += gh[t]
        if is_relu:
            np.multiply(behind, h > 0, out=d)
        else:
            np.subtract(1, np.multiply(h, h, out=d), out=d)
            d *= behind
        delta[:, t] = d
        np.dot(turn, d, out=behind)
    return (delta,)


def rectified_run(z: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0, empty: Any = np.empty) -> Any:
    """Fills in the states of Elman's cells with ReLU."""
    return elman_run(z, weight_ih, weight_hh, bias_ih, bias_hh, empty, is_relu=True)


def rectified_run_back(gh: Any, weight_hh: Any, z: Any, empty: Any = np.empty) -> Any:
    """What comes back to the sums in Elman's cells with ReLU."""
    return elman_run_back(gh, weight_hh, z, empty, is_relu=True)


def lstm_run(z: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0, empty: Any = np.empty) -> Any:
    """Fills in the states of LSTM cells. Gives gates i, f, g, o; cells c; tanh c. As σ(a) = ½ tanh(½ a) + ½, one tanh does all gates."""
    hidden = weight_hh.shape[1]
    half = np.repeat(np.array([0.5, 0.5, 1, 0.5], z.dtype), hidden)[:, None]
    weight = joined(weight_ih, weight_hh, bias_ih + bias_hh) * half
    steps, samples = len(z) - 1, z.shape[2]
    gates, c = empty((steps, 4 * hidden, samples), z.dtype), empty((steps + 1, hidden, samples), z.dtype)
    tanh_c, brought = empty((steps, hidden, samples), z.dtype), empty((hidden, samples), z.dtype)
    c[0] = 0
    for t, a in enumerate(gates):
        np.dot(weight, z[t], out=a)
        np.tanh(a, out=a)
        for sigmoids in (a[:2 * hidden], a[3 * hidden:]):
            sigmoids *= 0.5
            sigmoids += 0.5
        i, f, g, o = parts(a, 4)
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += np.multiply(i, g, out=brought)
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=z[t + 1, -hidden:])
    return gates, c, tanh_c


def lstm_run_back(gh: Any, weight_hh: Any, z: Any, gates: Any, c: Any, tanh_c: Any, empty: Any = np.empty) -> Any:
    """What comes back to the sums in LSTM cells' gates; σ' is σ (1 − σ), and tanh' is (1 + tanh) (1 − tanh)."""
    steps, hidden, samples = gh.shape
    delta, turn = empty((4 * hidden, steps, samples), gh.dtype), np.ascontiguousarray(weight_hh.T)
    d, slope, room = (empty(like.shape, gh.dtype) for like in (gates[0], gates[0], gh[0]))
    gi, gf, gg, go = parts(d, 4)
    behind, gc = np.zeros_like(gh[0]), np.zeros_like(gh[0])              # what later steps send back to a state and to a cell
    for t in reversed(range(steps)):
        i, f, g, o = parts(gates[t], 4)
        behind += gh[t]
        np.multiply(behind, tanh_c[t], out=go)
        behind *= o
        np.subtract(1, np.multiply(tanh_c[t], tanh_c[t], out=room), out=room)
        room *= behind
        gc += room
        np.multiply(gc, g, out=gi)
        np.multiply(gc, c[t], out=gf)
        np.multiply(gc, i, out=gg)
        d *= np.subtract(1, gates[t], out=slope)
        d[:2 * hidden] *= gates[t, :2 * hidden]
        gg *= np.add(1, g, out=room)
        go *= o
        gc *= f
        delta[:, t] = d
        np.dot(turn, d, out=behind)
    return (delta,)


def gru_run(z: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any = 0, bias_hh: Any = 0, empty: Any = np.empty) -> Any:
    """Fills in the states of GRU cells. Gives gates r, z, n; what the states bring to n. σ(a) is ½ tanh(½ a) + ½."""
    hidden, samples, features = weight_hh.shape[1], z.shape[2], weight_ih.shape[1]
    rows = 2 * hidden
    weight = 0.5 * joined(weight_ih, weight_hh, bias_ih + bias_hh)[:rows]
    from_x = joined(weight_ih, weight_hh, bias_ih)[rows:, :features + 1]
    from_h = joined(weight_ih, weight_hh, bias_hh)[rows:, features:]
    gates, brought = empty((len(z) - 1, 3 * hidden, samples), z.dtype), empty((len(z) - 1, hidden, samples), z.dtype)
    room = empty((hidden, samples), z.dtype)
    for t, a in enumerate(gates):
        rz, n, h = a[:rows], a[rows:], z[t + 1, -hidden:]
        np.dot(weight, z[t], out=rz)
        np.dot(from_x, z[t, :features + 1], out=n)
        np.dot(from_h, z[t, features:], out=brought[t])
        np.tanh(rz, out=rz)
        rz *= 0.5
        rz += 0.5
        n += np.multiply(rz[:hidden], brought[t], out=room)
        np.tanh(n, out=n)
        np.subtract(z[t, -hidden:], n, out=h)
        h *= rz[hidden:]
        h += n
    return gates, brought


def gru_run_back(gh: Any, weight_hh: Any, z: Any, gates: Any, brought: Any, empty: Any = np.empty) -> Any:
    """What comes back to the sums in GRU cells' gates: from the input's side, and from the state's."""
    steps, hidden, samples = gh.shape
    turn, d = np.ascontiguousarray(weight_hh.T), empty(gates[0].shape, gh.dtype)
    delta, delta_h = (empty((3 * hidden, steps, samples), gh.dtype) for _ in range(2))
    gr, gu, gn = parts(d, 3)
    behind = np.zeros_like(gh[0])                         # what later steps send back to a state
    for t in reversed(range(steps)):
        r, u, n = parts(gates[t], 3)
        behind += gh[t]
        np.multiply(behind * (1 - u), 1 - n * n, out=gn)
        np.multiply(gn * brought[t], r * (1 - r), out=gr)
        np.multiply(behind * (z[t, -hidden:] - n), u * (1 - u), out=gu)
        delta[:, t] = d
        gn *= r
        delta_h[:, t] = d
        behind *= u
        behind += turn @ d
    return delta, delta_h
