"""Windows against torch's own, and folding as the exact transpose of unfolding."""

from __future__ import annotations

import pytest
import torch

from server_node.kernels import windows
from server_node.kernels.windows import Window, fold, unfold

CASES = [
    ((2, 7, 6, 3), Window((3, 2), 2, 1)),
    ((1, 5, 5, 1), Window((5, 5))),
    ((2, 6, 6, 1), Window((5, 5), 1, 2)),
    ((3, 8, 4, 5), Window((2, 2), 2)),
    ((1, 4, 3, 2), Window((1, 1), 1, 2)),
    ((2, 5, 4, 2), Window((2, 3), 3, 2)),
    ((1, 1, 1, 1), Window((3, 3), 1, 1)),
    ((1, 2, 9, 4), Window((4, 1), 5, 3)),
    ((0, 4, 4, 2), Window((3, 3))),
]
Shape = tuple[int, int, int, int]


@pytest.fixture(params=["compiled", "torch"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The loops for this processor, and what other devices run."""
    if request.param == "torch":
        monkeypatch.setattr(windows, "_is_plain", lambda tensor: False)
    return str(request.param)


def counted(*shape: int) -> torch.Tensor:
    return (torch.arange(int(torch.tensor(shape).prod())) * 7 % 1009 + 1).reshape(shape)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize(("shape", "window"), CASES, ids=str)
def test_unfold_has_the_rows_of_torch_in_channels_last_order(shape: Shape, window: Window) -> None:
    x = counted(*shape)
    b, h, w, c = shape
    (ho, wo), (kh, kw) = window.output(h, w), window.kernel
    blocks = torch.nn.functional.unfold(
        x.permute(0, 3, 1, 2).double(), window.kernel, padding=window.padding, stride=window.stride
    )
    expected = blocks.reshape(b, c, kh, kw, ho, wo).permute(0, 4, 5, 2, 3, 1).reshape(b * ho * wo, kh * kw * c)
    assert torch.equal(unfold(x, window), expected.long())
    assert unfold(x, window).is_contiguous()


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize(("shape", "window"), CASES, ids=str)
def test_fold_is_the_transpose_of_unfold_in_the_ring(shape: Shape, window: Window) -> None:
    x = counted(*shape) * 0x1234567890ABCDEF
    rows = unfold(x, window)
    y = counted(*rows.shape) * -0x7FEDCBA987654321
    folded = fold(y, window, shape)
    assert folded.shape == shape
    assert (rows * y).sum() == (x * folded).sum()


@pytest.mark.usefixtures("path")
def test_fold_counts_how_many_windows_see_a_pixel() -> None:
    window = Window((2, 2))
    ones = torch.ones((4, 4), dtype=torch.int64)
    assert fold(ones, window, (1, 3, 3, 1)).reshape(3, 3).tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


@pytest.mark.usefixtures("path")
def test_views_are_unfolded_and_folded_as_what_they_show() -> None:
    window = Window((2, 2), 1, 1)
    x = counted(2, 3, 4, 5).permute(0, 2, 1, 3)[:, :, :, 1::2]
    assert torch.equal(unfold(x, window), unfold(x.contiguous(), window))
    rows = counted(8, 2 * 2 * 9).T
    assert torch.equal(
        fold(rows, Window((2, 2), 2), (1, 12, 12, 2)), fold(rows.contiguous(), Window((2, 2), 2), (1, 12, 12, 2))
    )


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int32])
def test_other_types_are_unfolded_too(dtype: torch.dtype) -> None:
    x = (counted(1, 4, 4, 2) % 2).to(dtype)
    rows = unfold(x, Window((3, 3), 1, 1))
    assert rows.dtype == dtype
    assert torch.equal(rows.long(), unfold(x.long(), Window((3, 3), 1, 1)))


def test_meta_tensors_answer_with_shapes() -> None:
    x = torch.empty((2, 7, 6, 3), dtype=torch.int64, device="meta")
    rows = unfold(x, Window((3, 2), 2, 1))
    assert rows.is_meta and rows.shape == (2 * 4 * 4, 18)
    image = fold(rows, Window((3, 2), 2, 1), (2, 7, 6, 3))
    assert image.is_meta and image.shape == (2, 7, 6, 3)


@pytest.mark.parametrize(
    ("kernel", "stride", "padding"), [((0, 1), 1, 0), ((1, 0), 1, 0), ((1, 1), 0, 0), ((1, 1), 1, -1)]
)
def test_windows_without_a_size_are_refused(kernel: tuple[int, int], stride: int, padding: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        Window(kernel, stride, padding)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit an image of 4 by 9"):
        unfold(counted(1, 4, 9, 1), Window((5, 5)))
    with pytest.raises(ValueError, match="do not fold"):
        fold(counted(4, 4), Window((2, 2)), (1, 3, 3, 2))
