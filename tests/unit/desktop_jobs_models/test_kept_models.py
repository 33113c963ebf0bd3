"""What the window asks about models, answered through the helper process's own actions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.errors import BadImage, KeysLocked, NodeUnreachable
from desktop_client.jobs.models import kept
from desktop_client.jobs.models.kept import Thumbnail, TrialOptions
from desktop_client.jobs.office import Office
from desktop_client.reveal.kept.record import keep_model, model_path
from desktop_client.settings import Profile
from tests.helpers.desktop.inline_child import run_inline
from tests.helpers.desktop.kept_models import JOB, agreed, pictures, trained


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(kept, "run_child", run_inline)
    profile = Profile(tmp_path / "profile")
    profile.create()
    return Office(profile)


def _keep(office: Office) -> Path:
    path = model_path(office.profile.root, JOB)
    known = {"project": "77" * 16, "recipient": "user:1", "sealed_a": "aa" * 32, "sealed_b": "bb" * 32}
    keep_model(path, trained(), {**known, "specification": agreed().body})
    return path


async def test_models_are_listed_described_and_checked(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _keep(office)
    (row,) = await kept.list_models(office)
    assert (row.file, row.job, row.name, row.model, row.accuracy, row.error) == (path, JOB, "films", "mlp", None, None)
    (path.parent / "other.igm").write_bytes(b"x")
    (path.parent / "other.json").write_bytes(b"x")
    rows = {found.file.stem: found for found in await kept.list_models(office)}
    assert rows["other"].error is not None and rows["other"].error.code == "store-damaged"
    info = await kept.describe_model(office, path)
    assert (info.input, info.classes, info.epoch, info.is_tested) == (
        (16, 20, 1),
        ("healthy", "ill", "unclear"),
        3,
        False,
    )
    assert info.record is not None and info.record["fetched"]

    async def without_log(do: str, args: Any, *more: Any) -> Any:
        if do == "fetch_log":
            raise NodeUnreachable()
        return await run_inline(do, args, *more)

    monkeypatch.setattr(kept, "run_child", without_log)
    standings = {check.code: check.standing for check in await kept.verify_model(office, path)}
    assert (standings["file-unchanged"], standings["logged-a"]) == ("proved", "missing")


async def test_model_is_tried_and_the_result_comes_back(office: Office, tmp_path: Path) -> None:
    path, folder = _keep(office), pictures(tmp_path / "films", 3)
    (folder / "ill" / "x.png").write_bytes(b"x")
    assert await kept.last_test(office, path) is None
    steps: list[dict[str, Any]] = []
    found = await kept.try_model(office, path, folder, TrialOptions(), steps.append)
    assert (found.evaluation.count, found.left_out, found.refused[0][0]) == (9, 1, "ill/x.png")
    assert steps[-1]["stage"] == "score"
    again = await kept.last_test(office, path)
    assert again is not None and again.evaluation.as_json() == found.evaluation.as_json()
    (row,) = await kept.list_models(office)
    assert (row.accuracy, row.tested) == (found.evaluation.accuracy, 9)
    shown: list[Thumbnail] = []
    files = [one.file for one in found.evaluation.misclassified][:2]
    await kept.show_mistakes(office, path, folder, [*files, "gone.png"], TrialOptions(), shown.append)
    assert [one.file for one in shown] == [*files, "gone.png"]
    assert shown[0].png.startswith(b"\x89PNG") and isinstance(shown[-1].error, BadImage)


async def test_one_picture_is_judged(office: Office, tmp_path: Path) -> None:
    path, folder = _keep(office), pictures(tmp_path / "films", 1)
    found = await kept.predict_image(office, path, folder / "ill" / "0.png", TrialOptions(fit="crop"))
    assert len(found.probabilities) == 3 and found.seen.startswith(b"\x89PNG")
    assert found.probabilities[found.said] == max(found.probabilities)


async def test_formats_and_export(office: Office, tmp_path: Path) -> None:
    assert await kept.export_formats(office) == {"onnx": (), "torch": ()}
    out = tmp_path / "m.onnx"
    assert await kept.export_model(office, _keep(office), "onnx", out) == out.stat().st_size


async def test_fetching_needs_the_keys(office: Office) -> None:
    with pytest.raises(KeysLocked):
        await kept.fetch_model(office, JOB)
