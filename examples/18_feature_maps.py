"""Draw convolutional nets by the sizes of their feature maps, from LeNet to a U-Net."""

import sys
from pathlib import Path

import netgraph as ng


def main(folder: Path) -> dict[str, object]:
    nets = {"lenet": ng.zoo.lenet(), "alexnet": ng.zoo.alexnet(), "vgg16": ng.zoo.vgg(16), "resnet18": ng.zoo.resnet(18),
            "unet": ng.zoo.unet()}
    blocks = {}
    for name, G in nets.items():
        view = ng.draw_volumes(G)
        view.save(folder / f"{name}-volumes.png")
        blocks[name] = [box.lines[0] for box in view.picture.boxes if box.form == "block"]

    own = ng.chain((3, 64, 64), {"op": "conv2d", "channels": 16, "kernel_size": 7, "stride": 2, "padding": 3}, "relu",
                   {"op": "maxpool2d", "kernel_size": 2}, {"op": "conv2d", "channels": 64, "kernel_size": 3, "padding": 1}, "relu",
                   "flatten", 100, "relu", 10, name="my net")
    ng.draw_volumes(own, theme="dark").save(folder / "my-net-volumes.png")
    return {"maps of LeNet": blocks["lenet"], "blocks": {name: len(sizes) for name, sizes in blocks.items()}}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
