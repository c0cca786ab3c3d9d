"""The command `export`: a net flows in; a checked file for other runtimes comes out."""

from __future__ import annotations

import click

from netgraph.cli.options import NET_HELP, Example, Output, input_option, net_argument, read_net, stem
from netgraph.cli.speech import report, say


@click.command(short_help="Write a net for ONNX Runtime or torch.export.", epilog=NET_HELP)
@net_argument
@click.option("-o", "--output", type=Output(".onnx", ".pt2"), help="The file: .onnx or .pt2.  [default: NET's name.onnx]")
@input_option
def export(net: str, output: str | None, inputs: tuple[Example, ...]) -> None:
    """Write a net with its weights for other runtimes: .onnx for ONNX Runtime and its like, .pt2 for torch without netgraph.

    The file is run and held against the net before it takes its place.

    \b
      netgraph export trained.safetensors -o net.onnx
      netgraph export net.py -o net.pt2
    """
    from netgraph.engines.torch_export import export as exported
    path = output or f"{stem(net)}.onnx"
    done = exported(read_net(net, inputs), path)
    report(path, f"{', '.join(done.inputs)} → {', '.join(done.outputs)}")
    if done.checked_by is None:
        say("not checked: pip install 'netgraph-nn[onnx]' brings ONNX Runtime, which does it.")
    else:
        say(f"checked with {done.checked_by}: the outputs differ from torch's by at most {done.difference:.1g}")
