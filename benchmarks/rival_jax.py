"""JAX: a Work flows in; its net is walked op by op with jax.numpy, and one jitted step with donated buffers comes out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from works import Work

import netgraph as ng
from netgraph.plan import Layer, Plan

Arrays = dict[str, Any]


def jax_step(work: Work) -> Callable[[], Any]:
    """One step from the same start; it is waited for."""
    import jax
    plan, start = ng.infer(work.graph), ng.compile(work.graph)
    p = {name: jax.numpy.array(value) for name, value in {**start.parameters, **start.buffers}.items()}
    x, y = jax.numpy.array(work.x), jax.numpy.array(work.y)
    if not work.trains:
        forward = jax.jit(lambda p, x: _forward(plan, p, x)[0])
        return lambda: forward(p, x).block_until_ready()
    learned = set(start.trainable)
    moments = {name: (jax.numpy.zeros_like(p[name]),) * 2 for name in learned} if work.optimizer == "adam" else {}
    state = [{name: p[name] for name in learned}, {name: p[name] for name in p if name not in learned},
             jax.tree.map(jax.numpy.copy, moments), jax.numpy.array(0.0)]
    train = jax.jit(partial(_train, plan, work), donate_argnums=(0, 1, 2, 3))

    def step() -> Any:
        loss, *state[:] = jax.block_until_ready(train(*state, x, y))
        return loss
    return step


def _train(plan: Plan, work: Work, p: Arrays, kept: Arrays, moments: Arrays, t: Any, x: Any, y: Any) -> tuple[Any, ...]:
    import jax

    def objective(p: Arrays) -> tuple[Any, Arrays]:
        output, renewed = _forward(plan, {**p, **kept}, x, is_training=True)
        return _loss(work.loss, output, y), renewed
    (loss, renewed), g = jax.value_and_grad(objective, has_aux=True)(p)
    t = t + 1
    if work.optimizer == "sgd":
        return loss, {name: w - work.lr * g[name] for name, w in p.items()}, {**kept, **renewed}, moments, t
    moved, news = {}, {}
    for name, w in p.items():
        m, v = moments[name]
        m, v = news[name] = 0.9 * m + 0.1 * g[name], 0.999 * v + 0.001 * g[name] ** 2
        moved[name] = w - work.lr / (1 - 0.9**t) * m / (jax.numpy.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return loss, moved, {**kept, **renewed}, news, t


def _loss(name: str, output: Any, y: Any) -> Any:
    import jax
    from jax import numpy as jnp
    if name == "cross_entropy":
        return -jnp.take_along_axis(jax.nn.log_softmax(output), y[:, None], axis=1).mean()
    if name == "bce":
        return -(y * jnp.log(output) + (1 - y) * jnp.log(1 - output)).mean()
    return ((output - y) ** 2).sum() if name == "sse" else ((output - y) ** 2).mean()


def _forward(plan: Plan, p: Arrays, x: Any, is_training: bool = False) -> tuple[Any, Arrays]:
    """The output, and the new running means of batch norm."""
    values: dict[Any, Any] = {plan.inputs[0]: x}
    renewed: Arrays = {}
    for layer in plan:
        if layer.id not in values:
            y = _layer(layer, values, p, renewed if is_training else None)
            values[layer.id] = _elementwise(layer.activation, y) if layer.activation else y
    return values[plan.outputs[0]], renewed


def _layer(layer: Layer, values: dict[Any, Any], p: Arrays, renewed: Arrays | None) -> Any:
    from jax import numpy as jnp
    brought = [values[w.source] if w.gain is None else w.gain * values[w.source] for w in layer.wires]
    own = {parameter.field: p[parameter.name] for parameter in layer.owned}
    x, op = brought[0], layer.op
    match layer.op_name:
        case "dense":
            y = sum(v if w.weight is None else v @ p[w.weight.name].T for v, w in zip(brought, layer.wires, strict=True))
            return y + own["bias"]
        case "conv2d":
            return _conv(x, p[layer.wires[0].weight.name], own.get("bias"), op)
        case "maxpool2d":
            return _max_pool(x, op)
        case "batchnorm":
            return _batch_norm(x, own, layer, renewed)
        case "layernorm":
            n = (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, keepdims=True) + op.eps)
            return n * own["weight"] + own["bias"]
        case "add":
            return sum(brought)
        case "matmul":
            return brought[0] @ brought[1]
        case "flatten" | "reshape":
            return x.reshape(len(x), *layer.shape)
        case "permute":
            return x.transpose(op.dims)
        case "globalavgpool2d":
            return x.mean((2, 3))
    return _elementwise(op, x)


def _elementwise(op: Any, x: Any) -> Any:
    import jax
    calls = {"relu": jax.nn.relu, "tanh": jax.numpy.tanh, "sigmoid": jax.nn.sigmoid, "softmax": jax.nn.softmax,
             "gelu": lambda x: jax.nn.gelu(x, approximate=True)}
    return calls[op.word](x)


def _conv(x: Any, w: Any, bias: Any, op: Any) -> Any:
    from jax import lax
    padding = [(side, side) for side in op.padding]
    y = lax.conv_general_dilated(x, w, op.stride, padding)
    return y if bias is None else y + bias[:, None, None]


def _max_pool(x: Any, op: Any) -> Any:
    from jax import lax, numpy as jnp
    window, stride = (1, 1, *op.kernel_size), (1, 1, *(op.stride or op.kernel_size))
    return lax.reduce_window(x, -jnp.inf, lax.max, window, stride, [(0, 0), (0, 0), *((side, side) for side in op.padding)])


def _batch_norm(x: Any, own: Arrays, layer: Layer, renewed: Arrays | None) -> Any:
    from jax import numpy as jnp
    column = lambda a: a[:, None, None]
    mean, var = own["running_mean"], own["running_var"]
    if renewed is not None:
        old, count = {"running_mean": mean, "running_var": var}, x.size // x.shape[1]
        mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
        for parameter in layer.owned:
            if parameter.is_buffer:
                new = mean if parameter.field == "running_mean" else var * count / (count - 1)
                renewed[parameter.name] = (1 - layer.op.momentum) * old[parameter.field] + layer.op.momentum * new
    return (x - column(mean)) * column(own["weight"] / jnp.sqrt(var + layer.op.eps)) + column(own["bias"])
