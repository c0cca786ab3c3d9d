"""The rules by ATen's names: each takes the sketch and a call, and gives the value of each tensor that came out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netgraph.exchange.torch_import.calls import Call
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import Value

Rule = Callable[[Sketch, Call], "Value | tuple[Value, ...]"]
RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Let a function be the rule for calls of these names."""
    def enter(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function
    return enter


def numbers(value: Any) -> tuple[Any, ...]:
    """An argument that torch takes as one number or as several, as several.

    >>> numbers(3), numbers([1, 2])
    ((3,), (1, 2))
    """
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def one_or_all(value: Any) -> Any:
    """One number where all are the same, as people write a kernel's size.

    >>> one_or_all([3, 3]), one_or_all([3, 1])
    (3, (3, 1))
    """
    parts = numbers(value)
    return parts[0] if len(set(parts)) == 1 else parts


def unlike(**defaults: tuple[Any, Any]) -> dict[str, Any]:
    """The words whose values differ from their defaults: each given as (value, default).

    >>> unlike(stride=(2, 1), groups=(1, 1))
    {'stride': 2}
    """
    return {word: value for word, (value, default) in defaults.items() if value != default}
