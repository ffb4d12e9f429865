"""What a plain training script does, as a reference: JPEG files decoded step by step, no mixed precision."""

from __future__ import annotations

import time
from pathlib import Path

import torch
from PIL import Image
from torch.nn import functional as F
from torchvision import models, transforms

from bench.samples import BATCH, CLASSES
from kilnmix.common.devices import cores, resolved


def finish(device: str) -> None:
    """Waits for what a GPU has yet to do."""
    if device == "cuda":
        torch.cuda.synchronize()


class _Files(torch.utils.data.Dataset):
    """JPEG files decoded and augmented one by one as they are asked for."""

    def __init__(self, folder: Path, size: int) -> None:
        self.paths = sorted(folder.glob("*.jpg"))
        self.transform = transforms.Compose(
            [
                transforms.RandomResizedCrop(size, scale=(0.75, 1.0)),
                transforms.RandomHorizontalFlip(),
                transforms.ColorJitter(0.15, 0.15),
                transforms.ToTensor(),
                transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
            ]
        )

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        with Image.open(self.paths[index]) as picture:
            return self.transform(picture.convert("RGB")), index % CLASSES


def plain_loop(files: Path, size: int, steps: int) -> float:
    """Images a second of MobileNetV3-Small on two tasks, without its first two steps."""
    device = resolved("auto")
    network = models.mobilenet_v3_small(num_classes=2 * CLASSES).to(device).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    loader = torch.utils.data.DataLoader(
        _Files(files, size),
        batch_size=BATCH,
        shuffle=True,
        num_workers=cores(),
        drop_last=True,
        persistent_workers=True,
    )
    begun, done = 0.0, -2
    while done < steps:
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            first, second = network(images).chunk(2, dim=1)
            (F.cross_entropy(first, labels) + F.cross_entropy(second, labels)).backward()
            optimizer.step()
            done += 1
            if done == 0:
                finish(device)
                begun = time.perf_counter()
            if done == steps:
                break
    finish(device)
    return BATCH * steps / (time.perf_counter() - begun)
