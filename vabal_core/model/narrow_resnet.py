"""ResNet-18 with a quarter of its channels: the same layers at a sixteenth of the products, a size a CPU can train."""

from torch import Tensor, nn

CHANNELS = (16, 32, 64, 128)


class NarrowResNet(nn.Module):
    """torchvision's ResNet-18 (He et al., CVPR 2016, Table 1) with `CHANNELS` outputs of its stages; the names of its
    parts and its first weights as there."""

    def __init__(self, class_count: int = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, CHANNELS[0], kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(CHANNELS[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = _stage(CHANNELS[0], CHANNELS[0], 1)
        self.layer2 = _stage(CHANNELS[0], CHANNELS[1], 2)
        self.layer3 = _stage(CHANNELS[1], CHANNELS[2], 2)
        self.layer4 = _stage(CHANNELS[2], CHANNELS[3], 2)
        self.fc = nn.Linear(CHANNELS[3], class_count)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return self.fc(x.mean(dim=(2, 3)))


def _stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    from torchvision.models.resnet import BasicBlock

    shortcut = None
    if stride != 1:
        shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
    return nn.Sequential(BasicBlock(inputs, outputs, stride, shortcut), BasicBlock(outputs, outputs))
