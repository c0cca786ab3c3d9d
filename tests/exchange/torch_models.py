"""Modules of many kinds, as people write them: what tests and benchmarks import."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F


class MLP(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class Block(nn.Module):
    """Two 3×3 convolutions (He et al. 2016, figure 2)."""

    expansion = 1

    def __init__(self, channels, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = shortcut(channels, planes * self.expansion, stride)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += self.downsample(x) if self.downsample else x
        return self.relu(y)


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions (figure 5)."""

    expansion = 4

    def __init__(self, channels, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * 4)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = shortcut(channels, planes * 4, stride)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        y += self.downsample(x) if self.downsample else x
        return self.relu(y)


def shortcut(channels, wanted, stride):
    if channels == wanted and stride == 1:
        return None
    return nn.Sequential(nn.Conv2d(channels, wanted, 1, stride, bias=False), nn.BatchNorm2d(wanted))


class ResNet(nn.Module):
    def __init__(self, kind, depths, classes=1000):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = 64
        for stage, (depth, planes) in enumerate(zip(depths, (64, 128, 256, 512), strict=True), start=1):
            blocks = []
            for i in range(depth):
                blocks.append(kind(channels, planes, 2 if i == 0 and stage > 1 else 1))
                channels = planes * kind.expansion
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def resnet18():
    return ResNet(Block, (2, 2, 2, 2))


def resnet152():
    return ResNet(Bottleneck, (3, 8, 36, 3))


class Tagger(nn.Module):
    """A bidirectional LSTM of two layers that tags words, and judges the whole by its last state."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 8, padding_idx=0)
        self.lstm = nn.LSTM(8, 6, num_layers=2, bidirectional=True, batch_first=True)
        self.tag = nn.Linear(12, 5)
        self.judge = nn.Linear(12, 2)

    def forward(self, words):
        states, (last, _) = self.lstm(self.embedding(words))
        return self.tag(states), self.judge(torch.cat([last[-2], last[-1]], dim=-1))


class Tied(nn.Module):
    """A language model whose last layer is its table of words."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(30, 8)
        self.norm = nn.LayerNorm(8)
        self.words = nn.Linear(8, 30, bias=False)
        self.words.weight = self.table.weight

    def forward(self, tokens):
        return self.words(self.norm(self.table(tokens)))


class UNet(nn.Module):
    """Down, across and up again (Ronneberger et al. 2015)."""

    def __init__(self, width=4):
        super().__init__()
        self.down1, self.down2 = self.twice(3, width), self.twice(width, 2 * width)
        self.middle = self.twice(2 * width, 4 * width)
        self.up2, self.up1 = nn.ConvTranspose2d(4 * width, 2 * width, 2, 2), nn.ConvTranspose2d(2 * width, width, 2, 2)
        self.across2, self.across1 = self.twice(4 * width, 2 * width), self.twice(2 * width, width)
        self.last = nn.Conv2d(width, 2, 1)

    @staticmethod
    def twice(before, after):
        return nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(inplace=True),
                             nn.Conv2d(after, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(inplace=True))

    def forward(self, x):
        one = self.down1(x)
        two = self.down2(F.max_pool2d(one, 2))
        y = self.up2(self.middle(F.max_pool2d(two, 2)))
        y = self.across2(torch.cat([two, y], dim=1))
        return self.last(self.across1(torch.cat([one, self.up1(y)], dim=1)))


class Branching(nn.Module):
    """A forward pass that looks at what it computes."""

    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(4, 2), nn.Linear(4, 2)

    def forward(self, x):
        if x.sum() > 0:
            return self.one(x)
        return self.other(x)


class Seq2Seq(nn.Module):
    """torch's own encoder and decoder, time first, with a causal mask."""

    def __init__(self):
        super().__init__()
        self.net = nn.Transformer(8, 2, 1, 1, 16)

    def forward(self, source, target):
        mask = nn.Transformer.generate_square_subsequent_mask(target.shape[0])
        return self.net(source, target, tgt_mask=mask)


def encoder(layers=2, **words):
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4, 32, **words), layers)
