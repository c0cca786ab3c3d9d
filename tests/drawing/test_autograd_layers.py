"""The autograd drawing by layers: every function is in the card of the layer that made it, and all that is written there is so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import netgraph as ng
from netgraph.drawing import Drawing
from netgraph.drawing.autograd import draw_autograd
from netgraph.drawing.autograd.running import run
from netgraph.drawing.autograd.tape import Tape
from netgraph.drawing.layout.bends import sampled
from netgraph.drawing.paper import is_legible, paper_size
from netgraph.errors import DrawError
from netgraph.picture import Box, Picture

FLOAT = 4       # bytes


class Block(nn.Module):
    """Two convolutions and a skip; its one ReLU is called twice."""

    def __init__(self, given: int, made: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(given, made, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(made)
        self.conv2 = nn.Conv2d(made, made, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(made)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = nn.Conv2d(given, made, 1, stride, bias=False) if given != made else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.downsample is None else self.downsample(x)
        result: Tensor = self.relu(y)
        return result


class ResNet18(nn.Module):
    """ResNet-18 as a person writes it, its maps a quarter as wide."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1, self.relu = nn.Conv2d(3, 16, 7, 2, 3, bias=False), nn.BatchNorm2d(16), nn.ReLU()
        widths = [16, 16, 32, 64, 128]
        for number in range(1, 5):
            given, made = widths[number - 1], widths[number]
            self.add_module(f"layer{number}", nn.Sequential(Block(given, made, 1 + (number > 1)), Block(made, made)))
        self.fc = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        for number in range(1, 5):
            x = self.get_submodule(f"layer{number}")(x)
        result: Tensor = self.fc(x.mean((2, 3)))
        return result


class Words(nn.Module):
    """An embedding, an LSTM and a classifier; tied weights in `tied`."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.lstm, self.tied = nn.Embedding(20, 8), nn.LSTM(8, 8, batch_first=True), nn.Linear(8, 20, bias=False)
        self.tied.weight = self.embed.weight

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h, (last, _) = self.lstm(self.embed(x))
        return self.tied(h), last


class Odd(nn.Module):
    """What goes wrong: a layer nobody calls, one that is cut off, one that is frozen; and one that is called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.twice, self.after, self.unused, self.cut, self.frozen = (nn.Linear(8, 8) for _ in range(5))
        self.frozen.requires_grad_(False)
        self.scale = nn.Parameter(torch.ones(8))

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.twice(self.frozen(x)))
        result: Tensor = self.after(self.twice(h)) * self.scale + self.cut(x).detach()
        return result


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(1000, 100), nn.ReLU(), nn.Linear(100, 10))


def encoder(layers: int) -> nn.Module:
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), layers, enable_nested_tensor=False)


def loop() -> nn.Module:
    graph = ng.chain(3, {"id": "h", "units": 4, "activation": "tanh"}, {"id": "y", "units": 2}, name="loop")
    graph.add_edge("h", "h", delay=1)
    module: nn.Module = ng.compile(graph, "torch")
    return module


WORKS: dict[str, Callable[[], tuple[nn.Module, Tensor]]] = {
    "mlp": lambda: (mlp(), torch.randn(64, 1000)),
    "resnet18": lambda: (ResNet18(), torch.randn(2, 3, 32, 32)),
    "encoder2": lambda: (encoder(2), torch.randn(2, 5, 16)),
    "encoder12": lambda: (encoder(12), torch.randn(2, 5, 16)),
    "words": lambda: (Words(), torch.randint(20, (2, 6))),
    "odd": lambda: (Odd(), torch.randn(4, 8)),
    "compiled": lambda: (ng.compile(ng.zoo.lenet(), "torch"), torch.randn(2, 1, 32, 32)),
    "compiled-resnet": lambda: (ng.compile(ng.zoo.resnet(18, classes=10), "torch"), torch.randn(2, 3, 64, 64)),
    "recurrent": lambda: (loop(), torch.randn(2, 6, 3)),
}


@pytest.fixture(params=WORKS)
def work(request: pytest.FixtureRequest) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    return WORKS[request.param]()


def outputs(module: nn.Module, x: Tensor) -> list[Tensor]:
    made = module(x)
    return list(made) if isinstance(made, tuple) else [made]


def walked(*tensors: Tensor) -> tuple[set[object], set[tuple[object, object]]]:
    """Every function behind the tensors, and every edge between two."""
    nodes, edges, waiting = set(), set(), [tensor.grad_fn for tensor in tensors]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in nodes:
            nodes.add(node)
            targets = [target for target, _ in node.next_functions if target is not None]
            edges |= {(node, target) for target in targets}
            waiting += targets
    return nodes, edges


def drawn(module: nn.Module, x: Tensor, **options: object) -> tuple[Picture, list[Tensor]]:
    """The drawing's picture, and the very tensors that it was made from."""
    made: list[Tensor] = []

    class Kept(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, x: Tensor) -> list[Tensor]:
            made.extend(outputs(module, x))
            return made

    return draw_autograd(Kept(), x, **options).picture, made


def members(picture: Picture) -> list[object]:
    return [member for box in picture.boxes for member in box.members]


def box_of(picture: Picture, title: str) -> Box:
    return next(box for box in picture.boxes if box.title == title)


def written(picture: Picture) -> str:
    return "\n".join(line for box in picture.boxes for line in (box.title, *box.lines))


@pytest.mark.parametrize("options", [{}, {"depth": None, "fold": False}, {"depth": 0}, {"fold": True}, {"show": ("saved",)}],
                         ids=["default", "whole", "shut", "folded", "saved"])
def test_every_function_is_in_exactly_one_box(work: tuple[nn.Module, Tensor], options: dict[str, object]) -> None:
    picture, made = drawn(*work, **options)
    found = members(picture)
    assert set(found) == walked(*made)[0]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("options", [{}, {"depth": None, "fold": False}, {"depth": 0}], ids=["default", "whole", "shut"])
def test_every_edge_is_in_exactly_one_wire_or_box(work: tuple[nn.Module, Tensor], options: dict[str, object]) -> None:
    picture, made = drawn(*work, **options)
    edges = list(picture.edges())
    assert set(edges) == walked(*made)[1]
    assert len(edges) == len(set(edges))


def test_wires_run_from_the_results_back(work: tuple[nn.Module, Tensor]) -> None:
    picture = draw_autograd(*work).picture
    order = {box.id: place for place, box in enumerate(picture.boxes)}
    assert all(order[wire.source] < order[wire.target] for wire in picture.wires if wire.kind != "delay")


def test_nothing_overlaps_on_the_sheet(work: tuple[nn.Module, Tensor]) -> None:
    sheet = draw_autograd(*work).sheet
    places = list(sheet.layout.boxes.values())
    assert not [(a, b) for a, b in combinations(places, 2) if a.overlaps(b, gap=8)]
    assert not [place for route in sheet.layout.routes for x, y in sampled(route.points) for place in places
                if place.x + 1 < x < place.right - 1 and place.y + 1 < y < place.bottom - 1]


def test_a_sheet_has_the_proportions_of_a_page(work: tuple[nn.Module, Tensor]) -> None:
    sheet = draw_autograd(*work).sheet
    assert max(sheet.width, sheet.height) / min(sheet.width, sheet.height) <= 2.501


def test_the_functions_of_a_layer_are_those_made_while_it_ran() -> None:
    torch.manual_seed(0)
    module, x = encoder(1), torch.randn(2, 5, 16)
    norm: list[object] = []
    module.layers[0].norm2.register_forward_hook(lambda _, given, made: norm.extend(walked(made)[0] - walked(*given)[0]))
    picture = draw_autograd(module, x).picture
    (box,) = (box for box in picture.boxes if box.title == "norm2")
    assert {type(member).__name__ for member in norm} == {"NativeLayerNormBackward0", "AccumulateGrad"}
    assert set(box.members) == set(norm)


def test_saved_bytes_of_an_mlp_are_those_of_its_formula() -> None:
    batch = 64
    picture = draw_autograd(mlp(), torch.randn(batch, 1000), loss=torch.sum).picture
    expected = batch * 1000 * FLOAT + batch * 100 * FLOAT        # the input, and the ReLU's result, which the last layer keeps too
    assert expected == 281_600
    assert picture.caption == "backward: 6 functions · 101k parameters · saves 282 kB"
    assert box_of(picture, "0").lines[-1].endswith("saves 256 kB")
    assert box_of(picture, "1").lines[-1].endswith("saves 25.6 kB")


def storages(node: object) -> Iterator[tuple[int, int]]:
    for name in dir(node):
        if name.startswith("_saved_"):
            value = getattr(node, name)
            for tensor in value if isinstance(value, tuple | list) else [value]:
                if isinstance(tensor, Tensor):
                    yield tensor.untyped_storage().data_ptr(), tensor.untyped_storage().nbytes()


def test_saved_bytes_are_those_of_all_saved_tensors(work: tuple[nn.Module, Tensor]) -> None:
    module, x = work
    done = run(module, (x,), None, None, is_watched=True)
    own = {tensor.untyped_storage().data_ptr() for tensor in (*module.parameters(), *module.buffers())}
    found = {key: size for node in walked(*done.results)[0] for key, size in storages(node) if key not in own}
    assert done.tape().saved_bytes == sum(found.values())


@pytest.mark.parametrize("depth", [None, 0])
def test_the_bytes_of_cards_add_up(work: tuple[nn.Module, Tensor], depth: int | None) -> None:
    module, x = work
    torch.manual_seed(1)
    tips = [box.tip for box in draw_autograd(module, x, depth=depth, fold=False).picture.boxes]
    torch.manual_seed(1)
    tape: Tape = run(module, (x,), None, None, is_watched=True).tape()
    assert sum(int(count.replace(",", "")) for tip in tips for count in re.findall(r"saves ([\d,]+) bytes", tip)) == tape.saved_bytes


def test_what_a_backward_pass_has_freed_is_not_counted() -> None:
    y = torch.randn(5, requires_grad=True).tanh().sum()
    assert "saves" in draw_autograd(y).picture.caption
    y.backward()
    assert "saves" not in draw_autograd(y).picture.caption


def test_what_a_checkpoint_will_compute_again_is_neither_counted_nor_computed() -> None:
    calls = []
    layer = nn.Linear(3, 3)

    def part(x: Tensor) -> Tensor:
        calls.append(x)
        result: Tensor = layer(x).tanh()
        return result

    y = checkpoint(part, torch.ones(2, 3, requires_grad=True), use_reentrant=False).sum()
    assert "saves" not in draw_autograd(y).picture.caption
    assert len(calls) == 1
    y.backward()
    assert len(calls) == 2


def test_what_a_hook_packs_is_counted_as_it_is_packed() -> None:
    with torch.autograd.graph.saved_tensors_hooks(lambda x: x.half(), lambda x: x.float()):
        y = torch.ones(10, requires_grad=True).exp()
    assert draw_autograd(y).picture.caption == "backward: 1 function · saves 20 B"


def test_a_net_without_numbers_is_drawn() -> None:
    with torch.device("meta"):
        module = mlp()
    picture = draw_autograd(module, torch.empty(64, 1000, device="meta"), loss=torch.sum).picture
    assert picture.caption == "backward: 6 functions · 101k parameters · saves 282 kB"


def test_resnet18_is_read_in_forty_boxes_at_most() -> None:
    assert len(draw_autograd(*WORKS["resnet18"](), loss=torch.sum).picture.boxes) <= 40


@pytest.mark.parametrize("layers", [12, 48])
def test_equal_layers_are_drawn_once(layers: int) -> None:
    picture = draw_autograd(encoder(layers), torch.randn(1, 3, 16), loss=torch.sum).picture
    assert len([box for box in picture.boxes if box.members]) == 12
    assert [(cluster.title, cluster.repeats) for cluster in picture.all_clusters()] == [(f"layers.{layers - 1} … 0", layers)]


def test_the_way_back_of_equal_layers_is_read_on_one_page_of_a4() -> None:
    module = nn.TransformerEncoder(nn.TransformerEncoderLayer(512, 8, batch_first=True, device="meta"), 12, enable_nested_tensor=False)
    drawing = draw_autograd(module, torch.empty(1, 64, 512, device="meta"), loss=torch.sum)
    assert is_legible(drawing.sheet, paper_size("a4"))


def test_what_a_layer_hands_the_next_is_drawn_where_the_last_has_no_next() -> None:
    picture = draw_autograd(encoder(12), torch.randn(1, 3, 16), loss=torch.sum).picture
    (end,) = (box for box in picture.boxes if not box.members)
    assert end.title == "next of 12"
    title = {box.id: box.title for box in picture.boxes}
    assert [(title[wire.source], len(wire.members)) for wire in picture.wires if wire.target == end.id] == [("+", 11), ("self_attn", 11)]


def test_the_residual_sum_stands_by_itself() -> None:
    picture = draw_autograd(Block(4, 4), torch.randn(1, 4, 8, 8), depth=None, fold=False).picture
    assert [box.title for box in picture.boxes].count("+") == 1
    assert [box.title for box in picture.boxes].count("relu") == 2


def test_no_card_is_that_of_a_parameter(work: tuple[nn.Module, Tensor]) -> None:
    picture = draw_autograd(*work, depth=None, fold=False).picture
    assert not [box for box in picture.boxes if box.members and all(type(member).__name__ == "AccumulateGrad" for member in box.members)]


def test_every_parameter_of_a_small_net_is_named() -> None:
    picture = draw_autograd(ng.compile(ng.chain(3, {"id": "h", "units": 4}, "tanh", {"id": "y", "units": 1}), "torch"),
                            torch.randn(5, 3)).picture
    assert set(re.findall(r"[hy]\.\w+", written(picture))) == {"h.weight", "h.bias", "y.weight", "y.bias"}


def test_tied_weights_are_said_to_be_added_up() -> None:
    picture = draw_autograd(*WORKS["words"]()).picture
    assert "adds to ∂ embed.weight · saves 96 B" in box_of(picture, "embed").lines
    assert "adds to ∂ embed.weight · saves 384 B" in box_of(picture, "tied").lines


def test_parameters_that_get_no_gradient_are_flagged() -> None:
    picture = draw_autograd(*WORKS["odd"]()).picture
    box = box_of(picture, "unused parameters")
    assert box.lines == ("unused.weight", "unused.bias")
    assert ("removed", "no gradient arrives") in picture.legend


def test_layers_that_are_cut_off_are_flagged() -> None:
    assert box_of(draw_autograd(*WORKS["odd"]()).picture, "detached").lines == ("cut",)


def test_frozen_layers_are_told() -> None:
    assert box_of(draw_autograd(*WORKS["odd"]()).picture, "frozen").lines == ("frozen",)


def test_nothing_is_flagged_where_all_is_well() -> None:
    assert not [box for box in draw_autograd(*WORKS["resnet18"]()).picture.boxes if not box.members and box.form != "pill"]


def test_shapes_stand_on_wires_where_they_change() -> None:
    picture = draw_autograd(mlp(), torch.randn(64, 1000), loss=torch.sum).picture
    assert [wire.label for wire in picture.wires] == ["64 × 10", "64 × 100", ""]


def test_results_have_names_of_their_own() -> None:
    picture = draw_autograd(*WORKS["words"]()).picture
    assert [(box.title, box.lines) for box in picture.boxes if box.form == "pill"] == [("output.1", ("2 × 6 × 20",)),
                                                                                      ("output.2", ("1 × 2 × 8",))]


def test_several_losses_are_several_beginnings() -> None:
    module, x = mlp(), torch.randn(4, 1000)
    y = module(x)
    picture = draw_autograd(module, x, loss=(y.sum(), y.square().mean())).picture
    assert [box.title for box in picture.boxes if box.form == "pill"] == ["loss.1", "loss.2"]


def test_a_loss_that_was_computed_already_is_put_to_layers_by_their_parameters() -> None:
    module, x = mlp(), torch.randn(4, 1000)
    picture = draw_autograd(module, x, loss=module(x).sum()).picture
    assert [box.title for box in picture.boxes] == ["loss", "sum", "2", "relu", "0"]


def test_a_tensor_is_drawn_without_a_module() -> None:
    w = torch.ones(3, requires_grad=True)
    picture = draw_autograd((w * 2).tanh().sum(), parameters={"w": w}).picture
    assert [box.title for box in picture.boxes] == ["output", "sum", "tanh", "×", "w"]


def test_the_transpose_of_a_weight_stands_with_the_product() -> None:
    layer = nn.Linear(3, 4)
    picture = draw_autograd(layer(torch.ones(2, 3)).sum()).picture
    assert [box.title for box in picture.boxes] == ["output", "sum", "addmm"]


def test_an_input_that_wants_a_gradient_is_where_the_way_ends() -> None:
    picture = draw_autograd(nn.Linear(3, 4), torch.ones(2, 3, requires_grad=True)).picture
    assert (picture.boxes[-1].title, picture.boxes[-1].lines) == ("input", ("∂ 2 × 3",))


def test_steps_of_a_recurrent_net_are_one_step_that_runs_back_into_itself() -> None:
    picture = draw_autograd(*WORKS["recurrent"]()).picture
    assert [(cluster.title, cluster.repeats) for cluster in picture.clusters] == [("step", 6)]
    (back,) = (wire for wire in picture.wires if wire.kind == "delay")
    assert back.source == back.target == box_of(picture, "h").id
    assert len(back.members) == 5


def test_layers_of_a_compiled_net_keep_their_names_and_groups() -> None:
    module, x = WORKS["compiled-resnet"]()
    titles = {cluster.title for cluster in draw_autograd(module, x, depth=None, fold=False).picture.all_clusters()}
    assert {"stem", "layer1", "layer4", "block0", "block1", "head"} <= titles


def test_a_module_is_left_as_it_was(work: tuple[nn.Module, Tensor]) -> None:
    module, x = work
    before = {id(part): sorted(vars(part)) for part in module.modules()}
    draw_autograd(module, x)
    assert {id(part): sorted(vars(part)) for part in module.modules()} == before
    assert not nn.modules.module._global_forward_hooks


def test_a_module_that_fails_leaves_no_hooks_behind() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        draw_autograd(mlp(), torch.ones(1, 3))
    assert not nn.modules.module._global_forward_pre_hooks


def test_a_module_that_torch_compiled_is_drawn() -> None:
    picture = draw_autograd(torch.compile(nn.Linear(3, 4), backend="eager"), torch.ones(2, 3)).picture
    assert {type(member).__name__ for member in members(picture)} == {"AddmmBackward0", "TBackward0", "AccumulateGrad"}


def test_an_exception_inside_that_is_caught_does_not_confuse_layers() -> None:
    class Tries(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(3, 3), nn.Linear(4, 3)

        def forward(self, x: Tensor) -> Tensor:
            try:
                return torch.as_tensor(self.second(x))
            except RuntimeError:
                return torch.as_tensor(self.first(x)).tanh()

    picture = draw_autograd(Tries(), torch.ones(2, 3)).picture
    assert [box.title for box in picture.boxes][:3] == ["output", "tanh", "first"]


class Doubled(torch.autograd.Function):
    """y = 2 x, as a user writes a function."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx: object, gy: Tensor) -> Tensor:
        return gy * 2


@pytest.mark.parametrize("step", [Doubled.apply, torch.tanh, lambda x: x * 1.01 + 1], ids=["user's", "tanh", "two ops"])
def test_a_chain_of_ten_thousand_is_drawn_and_freed(step: Callable[[Tensor], Tensor]) -> None:
    x = torch.ones(1, requires_grad=True)
    y = x
    for _ in range(10_000):
        y = step(y)
    drawing: Drawing = draw_autograd(y, parameters={"x": x})
    nodes = walked(y)[0]
    assert len(members(drawing.picture)) == len(nodes) > 10_000
    assert len(drawing.picture.boxes) <= 6
    del y, nodes, drawing


def test_a_chain_of_two_thousand_layers_is_read_in_six_boxes() -> None:
    module = nn.Sequential(*(part for _ in range(2000) for part in (nn.Linear(8, 8), nn.ReLU())))
    picture = draw_autograd(module, torch.randn(1, 8), loss=torch.sum).picture
    assert len(picture.boxes) <= 6
    assert 1999 in {cluster.repeats for cluster in picture.all_clusters()}


def test_saved_values_are_drawn_on_request() -> None:
    picture = draw_autograd(mlp(), torch.randn(64, 1000), loss=torch.sum, show=("saved",)).picture
    assert [(wire.label, picture.box(wire.target).title) for wire in picture.wires if wire.kind == "side"] == [
        ("25.6 kB", "1"), ("256 kB", "0")]


def test_saved_values_stand_in_the_frame_of_their_layer() -> None:
    picture = draw_autograd(encoder(12), torch.randn(1, 3, 16), loss=torch.sum, show=("saved",)).picture
    (frame,) = picture.all_clusters()
    assert frame.repeats == 12
    assert {wire.source for wire in picture.wires if wire.kind == "side"} <= set(frame.all_boxes())


@pytest.mark.parametrize(("options", "message"), [
    ({"style": "layer"}, "There is no style 'layer' of autograd drawings. Did you mean 'layers'?"),
    ({"show": "bytes"}, "An autograd drawing cannot show 'bytes'. "),
    ({"loss": "mse"}, "The loss of a torch module is a function of its output, a tensor or several tensors, but got 'mse'. "),
    ({"style": "raw", "fold": True}, 'style="raw" shows every node by itself, so it takes neither fold nor depth. Leave them out.'),
])
def test_an_unknown_word_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(DrawError, match=re.escape(message)):
        draw_autograd(mlp(), torch.ones(1, 1000), **options)
