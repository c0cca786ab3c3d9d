"""Checkpoints: the state of a training run flows into a file that is always whole; from it the run goes on, bit for bit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch

from netgraph.engines.random_state import generator, state_text
from netgraph.engines.torch_training.step import Step, is_sharded
from netgraph.engines.training.fitting import EarlyStopping
from netgraph.errors import FileError, TrainingError
from netgraph.files import clear_leftovers, readable_path, reason, replacing, writable_path
from netgraph.history import History

FORMAT = 1


@dataclass
class Run:
    """All that a training run is at the end of an epoch: weights, what the optimiser keeps, random numbers, history, callbacks.

    `terms` are the options that may not change on the way; `is_over` says that a callback has ended it.
    """

    step: Step
    rng: np.random.Generator
    history: History
    callbacks: Sequence[Any]
    terms: dict[str, Any]
    is_over: bool = False

    @property
    def epoch(self) -> int:
        """The epochs that are done."""
        return len(self.history.loss)

    def state(self) -> dict[str, Any]:
        """The run as plain data and tensors. Every process has to ask, since each has random numbers of its own."""
        return {
            "netgraph": FORMAT, "terms": self.terms, "history": asdict(self.history), "is_over": self.is_over,
            "module": self.step.module.state_dict(), "optimizer": self.step.optimizer.state_dict(), "scaler": self.step.scaler.state_dict(),
            "order": state_text(self.rng), "random": self.step.together.gathered(_random_state(self.step.device)),
            "callbacks": [dict(vars(callback)) if isinstance(callback, EarlyStopping) else None for callback in self.callbacks],
        }

    def take(self, state: dict[str, Any], path: str | os.PathLike[str]) -> None:
        """Become what the state says.

        Raises: TrainingError when it belongs to a run with other terms.
        """
        for word, value in self.terms.items():
            if state["terms"].get(word) != value:
                raise TrainingError(f"'{path}' was trained with {word}={state['terms'].get(word)}, but this run has {word}={value}. "
                                    "Resume with the same options, or leave resume out and name another checkpoint.")
        self.step.module.load_state_dict(state["module"])
        self.step.optimizer.load_state_dict(state["optimizer"])
        self.step.scaler.load_state_dict(state["scaler"])
        self.rng.bit_generator.state = generator(state["order"], 0).bit_generator.state
        _set_random_state(state["random"][self.step.together.rank], self.step.device)
        self.is_over = state["is_over"]
        for word, values in state["history"].items():
            setattr(self.history, word, values)
        for callback, kept in zip(self.callbacks, state["callbacks"], strict=True):
            if kept is not None:
                vars(callback).update(kept)


@dataclass(frozen=True)
class Checkpoint:
    """A file that holds the state of a run. It is replaced as a whole after each epoch: a kill leaves the one before."""

    path: str | os.PathLike[str]

    def write(self, run: Run) -> None:
        """Write the state; of several processes the first does."""
        state = run.state()
        if run.step.together.is_first:
            with replacing(self.path) as temporary:
                torch.save(state, temporary)

    def begin(self, run: Run, resume: bool) -> None:
        """Take the run up where the file left it, where there is one and `resume` says so.

        Raises: TrainingError where there is a file and nothing said what is to become of it, or it is of another run;
        FileError when it cannot be read or written.
        """
        if is_sharded(run.step.module):
            raise TrainingError("Checkpoints are of modules that every process holds whole, but this one is sharded. "
                                "Leave checkpoint out, and save it with torch.distributed.checkpoint.")
        writable_path(self.path)
        is_there = Path(self.path).exists()
        if is_there and not resume:
            raise TrainingError(f"'{self.path}' is there already. Go on from it with resume=True (--resume), or name another checkpoint.")
        if resume and run.step.together.is_first:
            clear_leftovers(self.path)                     # of a run that was killed while it wrote
        if is_there:
            run.take(self._read(), self.path)

    def _read(self) -> dict[str, Any]:
        try:
            # To the CPU, or a device would hold all twice, and a run could go on only where it began.
            state = torch.load(readable_path(self.path), map_location="cpu", weights_only=True)
        except (RuntimeError, UnpicklingError, EOFError, ValueError, KeyError) as error:
            raise FileError(f"'{self.path}' is no checkpoint that torch can read. Name another, or remove it to begin anew.") from error
        except OSError as error:
            raise FileError(f"'{self.path}' could not be read: {reason(error)}. Check its permissions.") from error
        if not isinstance(state, dict) or state.get("netgraph") != FORMAT:
            raise FileError(f"'{self.path}' is no checkpoint of netgraph's. Name another, or remove it to begin anew.")
        return state


def _random_state(device: torch.device) -> dict[str, torch.Tensor]:
    state = {"cpu": torch.get_rng_state()}
    return {**state, "cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else state


def _set_random_state(state: dict[str, torch.Tensor], device: torch.device) -> None:
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
