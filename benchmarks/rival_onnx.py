"""ONNX: the forward pass of a Work flows in; exported by way of torch, it comes out as a run of ONNX Runtime or of onnx's own evaluator."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

from works import Work, work_named

import netgraph as ng


def runtime_step(work: Work, threads: int) -> Callable[[], Any] | None:
    """A run of ONNX Runtime on so many threads, its graph optimised as it comes; training it does not do."""
    if work.trains:
        return None
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")     # an idle thread burns no CPU time
    session = onnxruntime.InferenceSession(_exported(work.name), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: work.x})[0]


def reference_step(work: Work) -> Callable[[], Any] | None:
    """A run of onnx's reference evaluator, which is NumPy, a function for each op."""
    if work.trains:
        return None
    import onnx
    from onnx.reference import ReferenceEvaluator
    evaluator = ReferenceEvaluator(onnx.load_from_string(_exported(work.name)))
    name = evaluator.input_names[0]
    return lambda: evaluator.run(None, {name: work.x})[0]


@cache
def _exported(name: str) -> bytes:
    """The bytes of the ONNX model of a work's module, weights and all."""
    import torch
    work = work_named(name)
    module = ng.compile(work.graph, "torch").eval()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(module, (torch.tensor(work.x),), dynamo=True)
    return program.model_proto.SerializeToString()
