"""Models in the helper process: fetched from two servers, checked, listed, exported, tried on pictures."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from PIL import Image

from common.documents import canonical
from common.errors import AppError, BadInput, BadSeal, Cancelled, NodeUnreachable, UsageError
from desktop_client.jobs.child import run_child
from desktop_client.reveal.combine import read_model, write_model
from desktop_client.reveal.evaluate import evaluate, predict
from desktop_client.reveal.network import build_network
from desktop_client.settings import Profile
from desktop_client.worker.models import kept as models
from desktop_client.worker.models import trials
from tests.contract.repository import ROOT
from tests.helpers.desktop.fake_nodes import fake_deployment
from tests.helpers.desktop.kept_models import JOB, KEY, agreed, new_channel, pictures, said, sealed, trained


@asynccontextmanager
async def _servers(folder: Path, shares: dict[str, bytes]) -> AsyncIterator[Profile]:
    """A profile that is logged in at two servers which hold these shares."""

    def giving(role: str) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            return web.Response(body=shares[role])

        return answer

    async with fake_deployment(folder / "nodes") as (deployment, nodes):
        profile = Profile(folder / "profile")
        profile.create()
        profile.deployment_path.write_bytes(canonical(deployment.body))
        profile.save_tokens({role: nodes[role].token for role in nodes})
        for role in shares:
            nodes[role].extra["GET", f"/v1/jobs/{JOB}/model"] = giving(role)
        yield profile


def _request(profile: Profile, **changes: Any) -> dict[str, Any]:
    spec = agreed()
    return {
        "profile": str(profile.root), "job": JOB, "project": spec.project_id, "specification": spec.body,
        "user": "alice", "opener": KEY.to_bytes().hex(), **changes,
    }  # fmt: skip


async def test_model_is_fetched_checked_and_kept(tmp_path: Path) -> None:
    channel, sink = new_channel()
    model = trained()
    async with _servers(tmp_path, sealed(model)) as profile:
        found = await asyncio.to_thread(models.fetch, _request(profile), channel)
    path = profile.root / "models" / f"{JOB}.igm"
    assert {name: found[name] for name in ("file", "job", "epoch", "classes", "input", "tested")} == {
        "file": str(path), "job": JOB, "epoch": 3, "classes": ["healthy", "ill", "unclear"], "input": [16, 20, 1],
        "tested": False,
    }  # fmt: skip
    assert found["record"]["recipient"] == agreed_actor()
    standings = {check["code"]: check["standing"] for check in found["checks"]}
    assert (standings["agreed-network"], standings["epochs"], standings["logged-a"]) == ("proved", "proved", "missing")
    assert [step["stage"] for step in said(sink, "progress")] == ["download", "open", "check", "keep"]
    again = read_model(path)
    assert all((again.tensors[name] == model.tensors[name]).all() for name in model.tensors)
    assert KEY.to_bytes().hex().encode() not in b"".join(file.read_bytes() for file in path.parent.iterdir())
    channel, sink = new_channel()
    assert models.listed({"profile": str(profile.root)}, channel) == {"count": 1}
    (row,) = said(sink, "part")[0]["models"]
    assert (row["job"], row["name"], row["model"], row["accuracy"]) == (JOB, "films", "mlp", None)


def agreed_actor() -> str:
    return "user:" + "02d449a31fbb267c8f352e9968a79e3e"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"opener": "00" * 32}, BadSeal),
        ({"opener": "00" * 31}, BadInput),
        ({"opener": "secret"}, BadInput),
        ({"job": "../x"}, AppError),
        ({"specification": {}}, AppError),
        ({"specification": agreed(name="other").body}, AppError),
    ],
)
async def test_model_that_does_not_fit_is_not_kept(tmp_path: Path, changes: Any, error: type[AppError]) -> None:
    async with _servers(tmp_path, sealed(trained())) as profile:
        with pytest.raises(error) as found:
            await asyncio.to_thread(models.fetch, _request(profile, **changes), new_channel()[0])
    assert "secret" not in str(found.value.as_dict())
    assert not (profile.root / "models").exists()


async def test_server_that_is_away_is_named(tmp_path: Path) -> None:
    async with _servers(tmp_path, sealed(trained())) as profile:
        pass
    with pytest.raises(NodeUnreachable):
        await asyncio.to_thread(models.fetch, _request(profile), new_channel()[0])


def _kept(folder: Path) -> Path:
    path = folder / "model.igm"
    write_model(path, trained())
    return path


def test_list_shows_a_damaged_model_with_its_error(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.igm").write_bytes(b"x")
    (tmp_path / "models" / "a.json").write_bytes(b"x")
    channel, sink = new_channel()
    assert models.listed({"profile": str(tmp_path)}, channel) == {"count": 1}
    assert said(sink, "part")[0]["models"][0]["error"]["code"] == "store-damaged"


@pytest.mark.parametrize("kind", ["onnx", "torch"])
def test_export_is_written_when_the_other_library_agrees(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    found = models.export({"model": str(_kept(tmp_path)), "kind": kind, "out": str(out)}, new_channel()[0])
    assert found == {"file": str(out), "kind": kind, "bytes": out.stat().st_size}
    assert models.formats({}, new_channel()[0]) == {"onnx": [], "torch": []}


def test_export_to_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        models.export({"model": str(_kept(tmp_path)), "kind": "pickle", "out": str(tmp_path / "o")}, new_channel()[0])
    assert not (tmp_path / "o").exists()


def test_verify_and_describe_a_model_from_elsewhere(tmp_path: Path) -> None:
    path = _kept(tmp_path)
    found = models.verify({"profile": str(tmp_path), "model": str(path)}, new_channel()[0])
    assert [check["standing"] for check in found["checks"] if check["code"] == "network"] == ["proved"]
    about = models.describe({"model": str(path)}, new_channel()[0])
    assert (about["record"], about["bits"], about["nodes"][0]["op"]) == (None, 8, "square")


def test_folder_is_tested_and_the_result_kept(tmp_path: Path) -> None:
    path, folder = _kept(tmp_path), pictures(tmp_path / "films", 50)
    (folder / "ill" / "broken.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("x")
    channel, sink = new_channel()
    found = trials.evaluate_model({"model": str(path), "source": str(folder)}, channel)
    network = build_network(read_model(path))
    files = [f"{name}/{number}.png" for name in network.classes for number in sorted(map(str, range(50)))]
    images = np.stack([np.asarray(Image.open(folder / file))[:, :, None] for file in files])
    expected = evaluate(network, predict(network, images), np.repeat([0, 1, 2], 50), "softmax", files)
    assert found == {**expected.as_json(most=0), "refused": 2}
    rows = [row for part in said(sink, "part") for row in part.get("misclassified", [])]
    assert rows == [list(one) for one in expected.misclassified]
    assert {row[0] for part in said(sink, "part") for row in part.get("refused", [])} == {"ill/broken.png", "notes.txt"}
    steps = said(sink, "progress")
    assert (steps[0]["done"], steps[-2]["done"], steps[-1]["stage"]) == (1, 151, "score")
    channel, sink = new_channel()
    assert trials.last_test({"model": str(path)}, channel)["accuracy"] == expected.accuracy
    assert len(said(sink, "part")[0]["misclassified"]) == len(expected.misclassified)


def test_test_of_a_few_with_another_loss(tmp_path: Path) -> None:
    path, folder = _kept(tmp_path), pictures(tmp_path / "films", 4)
    request = {"model": str(path), "source": str(folder), "limit": 5, "loss": "logistic", "fit": "crop"}
    found = trials.evaluate_model(request, new_channel()[0])
    assert (found["count"], found["loss"]) == (5, "logistic")


def test_test_that_is_cancelled_keeps_nothing(tmp_path: Path) -> None:
    path, folder = _kept(tmp_path), pictures(tmp_path / "films", 4)
    channel, _ = new_channel()
    channel.cancel()
    with pytest.raises(Cancelled):
        trials.evaluate_model({"model": str(path), "source": str(folder)}, channel)
    assert trials.last_test({"model": str(path)}, new_channel()[0]) == {"count": 0}


@pytest.mark.parametrize("change", [{"limit": 0}, {"limit": True}, {"window": [1]}, {"window": "x"}, {"loss": "hinge"}])
def test_test_with_wrong_options_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    path, folder = _kept(tmp_path), pictures(tmp_path / "films", 1)
    with pytest.raises(BadInput):
        trials.evaluate_model({"model": str(path), "source": str(folder), **change}, new_channel()[0])


def test_folder_without_pictures_is_named(tmp_path: Path) -> None:
    path, folder = _kept(tmp_path), pictures(tmp_path / "films", 0)
    with pytest.raises(BadInput, match="None of the files"):
        trials.evaluate_model({"model": str(path), "source": str(folder)}, new_channel()[0])


def test_one_picture_is_judged(tmp_path: Path) -> None:
    path, folder = _kept(tmp_path), pictures(tmp_path / "films", 1)
    found = trials.predict_image({"model": str(path), "image": str(folder / "ill" / "0.png")}, new_channel()[0])
    assert sum(found["probabilities"]) == pytest.approx(1)
    assert found["said"] == int(np.argmax(found["probabilities"]))
    with Image.open(io.BytesIO(base64.b64decode(found["seen"]))) as seen:
        assert seen.size == (500, 400)
        small = np.asarray(seen.resize((20, 16), Image.Resampling.NEAREST))
    assert (small == np.asarray(Image.open(folder / "ill" / "0.png"))).all()


def test_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = _kept(tmp_path)
    with pytest.raises(AppError) as found:
        trials.predict_image({"model": str(path), "image": str(path)}, new_channel()[0])
    assert found.value.code == "bad-image"


def test_thumbnails_of_mistakes(tmp_path: Path) -> None:
    path, folder = _kept(tmp_path), pictures(tmp_path / "films", 2)
    channel, sink = new_channel()
    files = ["ill/0.png", "ill/9.png", "../model.igm"]
    request = {"model": str(path), "source": str(folder), "files": files, "side": 64}
    assert trials.thumbnails(request, channel) == {"count": 3}
    parts = said(sink, "part")
    assert [part["file"] for part in parts] == files
    with Image.open(io.BytesIO(base64.b64decode(parts[0]["png"]))) as image:
        assert image.size == (60, 48)
    assert [part["error"]["code"] for part in parts[1:]] == ["bad-image", "bad-image"]
    with pytest.raises(BadInput):
        trials.thumbnails({**request, "files": ["x"] * 65}, channel)


PROGRAM = """
import io, json, sys
sys.modules["torch"] = sys.modules["onnx"] = sys.modules["onnxruntime"] = None
from desktop_client.worker.channel import Channel, Lines
from desktop_client.worker.table import find_action
def ask(do, **args):
    return find_action(do)(args, Channel(Lines(io.BytesIO(), io.BytesIO()), 1))
model, folder = sys.argv[1:]
found = [ask("describe_model", model=model)["epoch"], ask("test_model", model=model, source=folder)["count"]]
found.append(len(ask("predict_image", model=model, image=folder + "/ill/0.png")["probabilities"]))
found.append(len(ask("verify_model", profile=folder, model=model)["checks"]))
found.append(len(ask("write_card", profile=folder, model=model, language="zh")["html"]) > 10_000)
found.append(ask("export_formats"))
try:
    ask("export_model", model=model, kind="onnx", out=model + ".onnx")
except Exception as error:
    found.append(error.as_dict()["code"])
print(json.dumps(found))
"""


def test_all_but_exports_works_without_other_libraries(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "films", 2)
    command = [sys.executable, "-c", PROGRAM, str(_kept(tmp_path)), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    formats = {"onnx": ["onnx", "onnxruntime"], "torch": ["torch"]}
    assert json.loads(done.stdout) == [3, 6, 3, 11, True, formats, "library-missing"]


async def test_models_are_tried_in_a_process_of_their_own(tmp_path: Path) -> None:
    path, folder = _kept(tmp_path), pictures(tmp_path / "films", 2)
    parts: list[dict[str, Any]] = []
    found = await run_child("test_model", {"model": str(path), "source": str(folder)}, on_part=parts.append)
    assert found["count"] == 6
    assert sum(len(part.get("misclassified", [])) for part in parts) == found["wrong"]
