"""The networks of the training rows in PyTorch, layer for layer as in @ft/models and src/speed/operations."""

import torch
from torch import nn


class Affine(nn.Module):
    """A scale and an offset for each channel: what dlib has in place of batch norm."""

    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.offset = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x):
        return x * self.scale + self.offset


def reference():
    layers, inputs = [], 3
    for filters, stride in ((32, 2), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2)):
        layers += [nn.Conv2d(inputs, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU()]
        inputs = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 128))


def small_cnn(size):
    layers, inputs = [], 3
    for filters, kernel, stride in ((32, 3, 2), (64, 3, 2), (64, 3, 1), (128, 3, 2), (128, 3, 1), (256, 3, 2), (32, 1, 1)):
        norm = nn.BatchNorm2d(filters, eps=1e-3)
        layers += [nn.Conv2d(inputs, filters, kernel, stride, kernel // 2, bias=False), norm, nn.ReLU(inplace=True)]
        inputs = filters
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * ((size + 15) // 16) ** 2, 128, bias=False))


def conv_norm(inputs, outputs, kernel, stride=1, padding=0, groups=1, activation=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.PReLU(outputs)] if activation else []))


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        wide = inputs * expansion
        self.add = stride == 1 and inputs == outputs
        self.branch = nn.Sequential(
            conv_norm(inputs, wide, 1),
            conv_norm(wide, wide, 3, stride, 1, groups=wide),
            conv_norm(wide, outputs, 1, activation=False),
        )

    def forward(self, x):
        y = self.branch(x)
        return x + y if self.add else y


def mobile_face_net():
    layers = [conv_norm(3, 64, 3, 2, 1), conv_norm(64, 64, 3, 1, 1, groups=64)]
    inputs = 64
    for expansion, outputs, repeats, stride in ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1)):
        for i in range(repeats):
            layers.append(Bottleneck(inputs, outputs, stride if i == 0 else 1, expansion))
            inputs = outputs
    layers += [conv_norm(128, 512, 1), conv_norm(512, 512, 7, groups=512, activation=False)]
    return nn.Sequential(*layers, conv_norm(512, 128, 1, activation=False), nn.Flatten())


class DlibResidual(nn.Module):
    def __init__(self, inputs, outputs, down):
        super().__init__()
        self.down, self.extra = down, outputs - inputs
        self.first = nn.Conv2d(inputs, outputs, 3, 2 if down else 1, 0 if down else 1, bias=False)
        self.first_affine = Affine(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_affine = Affine(outputs)

    def forward(self, x):
        y = self.second_affine(self.second(torch.relu(self.first_affine(self.first(x)))))
        if self.down:
            x = nn.functional.avg_pool2d(x, 2, 2)
            rows, columns = x.shape[2] - y.shape[2], x.shape[3] - y.shape[3]
            y = nn.functional.pad(y, (0, max(0, columns), 0, max(0, rows)))
            x = nn.functional.pad(x, (0, max(0, -columns), 0, max(0, -rows), 0, self.extra))
        return torch.relu(x + y)


class Dlib(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 32, 7, 2, bias=False), Affine(32), nn.ReLU(), nn.MaxPool2d(3, 2))
        blocks, inputs = [], 32
        for outputs, down, repeats in ((32, False, 3), (64, True, 3), (128, True, 2), (256, True, 2), (256, True, 0)):
            if down:
                blocks.append(DlibResidual(inputs, outputs, True))
                inputs = outputs
            blocks += [DlibResidual(inputs, outputs, False) for _ in range(repeats)]
        self.blocks = nn.Sequential(*blocks)
        self.last = nn.Linear(256, 128, bias=False)

    def forward(self, x):
        return self.last(self.blocks(self.first(x)).mean((2, 3)))


def make(name):
    torch.manual_seed(1)
    return {"reference": reference, "mobile-face-net": mobile_face_net, "dlib": Dlib}[name]()
