"""The revealed model as a torch state dictionary, checked against our own result before it is written."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch

from common.net.files import write_private
from desktop_client.reveal.evaluate import predict
from desktop_client.reveal.exports.checks import check_images, compare
from desktop_client.reveal.network import Network
from desktop_client.reveal.torch_network import TorchNetwork


def export_torch(path: Path, network: Network) -> None:
    """Write the state dictionary of :class:`~desktop_client.reveal.torch_network.TorchNetwork`: tensors only, float32.

    Raises:
        StoreDamaged: torch does not predict the same; nothing was written.
    """
    module = TorchNetwork(network)
    images = check_images(network)
    with torch.no_grad():
        found = module(torch.from_numpy(images.astype(np.float32))).numpy()
    compare(predict(network, images), found, "torch")
    buffer = io.BytesIO()
    torch.save(module.state_dict(), buffer)
    write_private(path, buffer.getvalue())
