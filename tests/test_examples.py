"""Every example is run into a folder of its own; the figures it gives and the pictures it writes are looked at."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
Figures = dict[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Figures, Path]]:
    """What an example's main gives, and the folder that it wrote into; each example runs once."""
    @cache
    def run_example(name: str) -> tuple[Figures, Path]:
        folder = tmp_path_factory.mktemp(name)
        return run_path(str(FOLDER / f"{name}.py"))["main"](folder), folder
    return run_example


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_has_at_most_40_lines(path):
    assert len(path.read_text().splitlines()) <= 40


def test_examples_are_numbered_without_gaps():
    assert [int(path.stem[:2]) for path in EXAMPLES] == list(range(1, len(EXAMPLES) + 1))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_writes_pictures(path, run):
    _, folder = run(path.stem)
    pictures = list(folder.glob("*.png"))
    assert pictures
    assert all(picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") and picture.stat().st_size > 5_000 for picture in pictures)


def test_example_as_a_script_makes_its_folder_and_prints_its_figures(tmp_path):
    command = [sys.executable, "-W", "error", str(FOLDER / "06_one_neuron_learns_and.py"), str(tmp_path / "new" / "folder")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "answers: [0, 0, 0, 1]\n" in printed
    assert (tmp_path / "new" / "folder" / "and.png").exists()


@pytest.mark.parametrize(("seed", "loss"), [(0, 6.947019049596736e-05), (1, 9.641177097808953e-07), (2, 2.0937314456085038e-08)])
def test_two_layer_net_ends_at_the_known_loss(seed, loss, tmp_path):
    figures = run_path(str(FOLDER / "01_two_layer_numpy.py"))["main"](tmp_path, seed)
    assert figures["last loss"] == pytest.approx(loss, rel=1e-6)      # 500 steps; the order of sums in a BLAS is not fixed


def test_torch_parameters_follow_those_of_numpy(run):
    figures, _ = run("02_two_layer_torch")
    assert figures["largest difference of a weight in 10 steps"] < 1e-10


def test_torch_takes_the_same_first_steps_as_the_first_example(run):
    tenth = run("01_two_layer_numpy")[0]["first losses"][9]
    assert run("02_two_layer_torch")[0]["loss in torch"] == pytest.approx(tenth, rel=1e-10)


def test_adam_gives_one_curve_in_numpy_and_in_torch(run):
    figures, _ = run("03_adam_in_both")
    assert figures["largest relative difference"] < 1e-6


def test_a_gain_on_an_edge_skips_a_layer(run):
    figures, _ = run("04_networkx_is_the_language")
    assert figures["before"] == [[4, 1]]                              # h = (1, 2), y = (3, -1) + (1, 2)


def test_compile_sees_the_last_state_of_a_graph(run):
    figures, _ = run("04_networkx_is_the_language")
    assert figures["after"] == [[13, 19]]                             # y = (3, -1) + 10 (1, 2)


@pytest.mark.parametrize(("place", "kind"), [(0, "Graph"), (1, "MultiGraph"), (2, "MultiDiGraph")])
def test_other_graphs_are_refused_with_the_cure(place, kind, run):
    refusal = run("04_networkx_is_the_language")[0]["refusals"][place]
    assert refusal.startswith(f"A net is a networkx.DiGraph, but got a {kind}, ")
    assert "Write nx.DiGraph(" in refusal


def test_given_weights_give_the_known_output(run):
    figures, _ = run("05_given_weights")
    np.testing.assert_allclose(figures["output"], [0.75140171, 0.78007536], atol=5e-9)
    assert figures["squared error"] == pytest.approx(0.33515933661920416, rel=1e-12)
    assert figures["accuracy"] == 0.5


def test_a_step_from_given_weights_lowers_the_error(run):
    figures, _ = run("05_given_weights")
    assert figures["squared error after a step"] < figures["squared error"]


def test_one_neuron_ends_at_the_known_weights(run):
    figures, _ = run("06_one_neuron_learns_and")
    assert [figures[name] for name in ("w1", "w2", "b")] == pytest.approx(
        [0.4514297388906616, 0.2369025056182418, -0.611635769357402], rel=1e-13)       # 80 steps of a few roundings each


def test_one_neuron_answers_as_and_does(run):
    figures, _ = run("06_one_neuron_learns_and")
    assert figures["answers"] == [0, 0, 0, 1]
    assert figures["accuracy"] == 1


def test_gradient_of_the_logistic_neuron_is_the_formula(run):
    figures, _ = run("07_logistic_neuron")
    assert figures["largest difference of gradients"] < 1e-12


@pytest.mark.parametrize("name", ["07_logistic_neuron", "12_gradients_agree"])
def test_one_step_lowers_the_loss(name, run):
    figures, _ = run(name)
    assert figures["loss after"] < figures["loss before"]


def test_truth_table_is_learned_step_by_step(run):
    figures, _ = run("08_truth_table")
    assert figures["predictions"] == [0.010, 0.972, 0.972, 0.033]
    assert figures["falls at every step"]


TANH_NET = {
    "output": [0.50037097, 0.49966438, 0.49999165, 0.49988645, 0.50016688],
    "gradient of h.weight": [[-7.54439262e-05, -1.36498952e-03, 5.40864706e-04], [-9.28841089e-05, -1.61946803e-03, 6.38971061e-04],
                             [2.68016294e-04, 4.79458799e-03, -1.89805307e-03], [-2.66171334e-04, -4.63875616e-03, 1.82969020e-03]],
    "gradient of h.bias": [0.00032198, 0.00038421, -0.00113165, 0.00110063],
    "gradient of y.weight": [[-0.00132582, 0.00726017, -0.00334984, 0.00957421]],
    "gradient of y.bias": [-0.09998393],
    "h.weight after one step": [[0.016251, -0.00598107, -0.0053358], [-0.0107204, 0.00881602, -0.02307928],
                                [0.01742132, -0.00809153, 0.0033802], [-0.00246709, 0.01508495, -0.02078438]],
    "y.weight after one step": [[-0.00309159, -0.00456656, 0.01167268, -0.01195633]],
    "y.bias after one step": [0.00999839],
}
TANH_COSTS = [0.691971, 0.510630, 0.097315, 0.036653, 0.021111, 0.014502, 0.010934, 0.008725, 0.007234, 0.006164]
TORCH_COSTS = [0.641908, 0.355435, 0.181952, 0.094983, 0.056912, 0.038369, 0.028081, 0.021755, 0.017556, 0.014603]


@pytest.mark.parametrize("figure", TANH_NET)
def test_tanh_net_gives_the_known_arrays(figure, run):
    figures, _ = run("09_tanh_net_numpy")
    np.testing.assert_allclose(figures[figure], TANH_NET[figure], rtol=0, atol=5.1e-9)     # known to 8 digits


def test_tanh_net_has_the_known_cost(run):
    assert run("09_tanh_net_numpy")[0]["cost"] == pytest.approx(0.6929801704859406, rel=1e-14)


@pytest.mark.parametrize(("name", "costs"), [("09_tanh_net_numpy", TANH_COSTS), ("10_tanh_net_torch", TORCH_COSTS)])
def test_tanh_net_descends_by_the_known_costs(name, costs, run):
    np.testing.assert_allclose(run(name)[0]["costs"], costs, rtol=0, atol=1e-6)      # known to 6 digits; torch runs in float32


def test_autograd_picture_names_every_parameter(run):
    figures, folder = run("11_autograd_picture")
    assert figures["parameters"] == ["h.weight", "h.bias", "y.weight", "y.bias"]
    assert all(name in (folder / "autograd.svg").read_text() for name in figures["parameters"])


def test_numpy_and_torch_end_at_one_cost(run):
    figures, _ = run("11_autograd_picture")
    assert figures["last loss in NumPy"] == pytest.approx(figures["last loss in torch"], rel=1e-4)     # float32, 1,000 steps


def test_gradients_of_the_10_7_10_net_agree(run):
    figures, _ = run("12_gradients_agree")
    assert figures["largest difference of gradients"] < 1e-10


def test_layers_of_the_toolbox_are_numpys_functions(run):
    figures, _ = run("13_array_toolbox")
    assert figures["largest difference from NumPy's own functions"] < 1e-15


def test_a_net_of_the_zoo_has_the_published_size_and_a_head_to_learn(run):
    figures, _ = run("15_resnet_from_the_zoo")
    assert (figures["published parameters"], figures["parameters to learn"]) == (11_689_512, 512 * 10 + 10)


def test_a_net_of_the_zoo_gives_one_answer_in_numpy_and_in_torch(run):
    assert run("15_resnet_from_the_zoo")[0]["largest difference"] < 1e-10


def test_neurons_of_any_shape_learn_xor_and_keep_their_edges(run):
    figures, _ = run("16_neurons_of_any_shape")
    assert figures["answers"] == [0, 1, 1, 0]
    assert figures["same edges"]


@pytest.mark.parametrize("engine", ["NumPy", "torch"])
def test_handwritten_digits_are_read(engine, run):
    assert run("14_handwritten_digits")[0][f"accuracy in {engine}"] >= 0.97


def test_every_neuron_is_a_circle_and_every_parameter_a_line(run):
    figures, _ = run("17_every_neuron")
    assert (figures["circles"], figures["lines"]) == (2 + 4 + 1 + 2, figures["parameters"])     # two biases
    assert figures["answers"] == [0, 1, 1, 0]


def test_feature_maps_are_those_of_the_paper(run):
    figures, _ = run("18_feature_maps")
    assert figures["maps of LeNet"][1:5] == ["6 × 28 × 28", "6 × 14 × 14", "16 × 10 × 10", "16 × 5 × 5"]
    assert figures["blocks"]["vgg16"] == 1 + 13 + 5 + 3


def test_a_matrix_has_a_cell_for_each_edge(run):
    figures, _ = run("19_weights_and_curves")
    assert figures["edges of the matrix"] >= figures["layers of the matrix"] - 1
    assert figures["accuracy"] > 0.9


def test_an_animation_shows_the_gradient_that_is_measured(run):
    figures, folder = run("20_forward_and_back")
    assert len(figures["steps"]) == 6
    assert figures["difference from what is measured"] < 1e-8
    assert (folder / "forward-and-back.gif").read_bytes().startswith(b"GIF89a")


def test_what_changed_is_told_in_full(run):
    figures, _ = run("21_what_changed")
    assert figures["added"] == ("batchnorm1", "conv2d3", "dropout1")
    assert figures["in words"].startswith("3 layers added, 2 changed, 1 renamed, 2 reshaped; 6 edges added, 3 removed\n+ 'batchnorm1' ")
    assert figures["renamed only"] and figures["equal to itself"]


def test_loop_in_time_remembers_what_came_two_steps_ago(run):
    figures, _ = run("22_a_loop_in_time")
    assert figures["last loss"] < 0.01 < 0.3 < figures["first loss"]
    assert figures["remembers"] == 1
    assert figures["torch apart"] < 1e-12


def test_attention_as_one_node_sees_the_past_alone(run):
    figures, _ = run("23_attention_as_one_node")
    assert figures["nodes"] == 4
    assert figures["parameters"] == 4 * (64 * 64 + 64) + 128
    assert figures["torch apart"] < 1e-5
    assert figures["sees the past alone"]


def test_an_imported_module_runs_its_checkpoint_in_numpy(run):
    figures, _ = run("24_from_torch")
    assert figures["checked"] is True
    assert figures["parameters"] == 26 * 16 + 4 * 16 * 17 + 2 * 16 * 32 + 32 + 16 + 4 * 16
    assert figures["checkpoint apart"] < 1e-4


def test_an_encoder_learns_which_of_two_graphs_is_alike(run):
    figures, _ = run("25_how_alike_two_graphs_are")
    assert figures["after"] < 0.5 < figures["near"]
    assert figures["after"] == figures["other way round"]
    assert figures["renamed"] == 1


def test_a_net_of_ones_own_is_nearest_to_its_like(run):
    figures, folder = run("26_which_nets_are_alike")
    assert figures["nearest"][0] == "resnet34"
    assert figures["similarity"] > 0.9 > 0.5 > figures["unlike"]
    assert (folder / "map.html").read_text(encoding="utf-8").startswith("<!doctype html>")
