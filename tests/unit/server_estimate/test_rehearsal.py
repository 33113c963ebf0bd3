"""A rehearsal runs a worker's own code at both parties and is drawn out to the whole job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from common.errors import EstimateFailed
from common.ids import Party
from common.net.channel import Channel
from common.pipeline import Stage
from server_node.estimate.counting.preparing import Terms
from server_node.estimate.counting.recording import Work, record
from server_node.estimate.measuring import rehearsal
from server_node.estimate.measuring.pair import Pair
from server_node.estimate.measuring.rehearsal import Pace, Place, Rehearsed, rehearse
from server_node.estimate.run import Beginning, count, outcome
from server_node.estimate.sources import SOURCES
from server_node.offline.generate import SOURCE
from server_node.offline.layout import compares_by_digits
from server_node.offline.ot.choice import Link
from server_node.online.session import CPU
from tests.helpers.jobs.projects import architecture, specification
from tests.helpers.simulate import run_two
from tests.unit.server_estimate.test_measuring import MEASURED


def _work(party: Party, batch: int = 8, epochs: int = 3) -> Work:
    spec = specification(training={"epochs": epochs, "batch": batch, "validation": 8})
    return Work(party, spec, architecture(spec, (6, 6, 1)), (30, 26), 16)


def test_pace_is_a_straight_line_that_never_falls() -> None:
    assert Pace((2, 1.0), (4, 2.0)).at(10) == 5.0
    assert Pace((2, 1.0), (4, 2.0)).at(3) == 1.5
    assert Pace((2, 3.0), (4, 2.0)).at(100) == 2.0
    assert Pace((4, 2.0), (4, 2.0)).at(8) == 2.0


def test_rehearsal_is_drawn_out_to_the_whole_job() -> None:
    work, line = _work(Party.P0), Pace((1, 0.1), (2, 0.2))
    found = Rehearsed(line, line, line, line, line, 1e-6, 1e-9, 1.0, {}, (0.5, 1000), (0.25, 2000)).seconds(work)
    assert work.trained == 49
    assert found == {
        Stage.HIDE: pytest.approx(5.6 + 3 * 4.9),
        Stage.FEATURES: pytest.approx(3 * 4.9),
        Stage.TRAIN: pytest.approx(3 * (6 * 0.8 + 0.7)),
        Stage.SEAL: 0.25,
    }


@pytest.mark.slow
def test_job_whose_smallest_step_has_no_room_is_not_tried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "MOST_STORED", 1000)

    def play(party: Party, channel: Channel) -> None:
        rehearse(Pair(channel, party), _work(party, 2, 1), Place(tmp_path, CPU, SOURCE))

    with pytest.raises(EstimateFailed, match="too large"):
        run_two(play)
    assert list(tmp_path.iterdir()) == []


def test_model_for_many_is_sealed_for_few_and_counted_for_all(tmp_path: Path) -> None:
    names = [f"user{index}" for index in range(8)]

    def play(party: Party, channel: Channel) -> tuple[int, int]:
        work, folder = _work(party), tmp_path / party.letter
        folder.mkdir()
        members = [{**work.spec.body["members"][0], "user": name} for name in names]
        spec = replace(work.spec, body={**work.spec.body, "members": members}, recipients=tuple(names))
        _, size = rehearsal._Stage(Pair(channel, party), replace(work, spec=spec), Place(folder, CPU, SOURCE)).seal()
        sealed = [path.stat().st_size for path in folder.iterdir()]
        return len(sealed), size - 2 * sum(sealed)

    assert run_two(play).results == ((4, 0), (4, 0))


@pytest.mark.slow
@pytest.mark.parametrize("source", ["cot", "helper"])
def test_rehearsal_leaves_a_model_and_a_checkpoint_of_their_true_size(source: str, tmp_path: Path) -> None:
    def play(party: Party, channel: Channel) -> Rehearsed:
        folder = tmp_path / party.letter
        folder.mkdir()
        return rehearse(Pair(channel, party), _work(party), Place(folder, CPU, source))

    for party, found in zip(Party, run_two(play).results, strict=True):
        folder, work = tmp_path / party.letter, _work(party)
        sealed = [path.stat().st_size for path in folder.glob("model-*.sealed")]
        assert (len(sealed), sum(sealed)) == (2, found.seal[1])
        assert found.keeping[1] == (folder / "checkpoint-00001").stat().st_size
        assert found.step.large[0] == 8
        assert all(one.large[1] > 0 for one in (found.lift, found.hide, found.features, found.step, found.end))
        assert 0 < found.cores <= 4
        plans = {like: record(work, compares_by_digits(like)) for like in ("cot", "helper")}
        counted = count(work, plans, tuple(SOURCES), Terms(2, Link(1e-4, 1e-9)))
        assert counted.tables == {"softspoken-4", "helper"}
        said = outcome(counted, dict.fromkeys(plans, found), MEASURED, Beginning(2.0, 0.5), 2)
        assert (said.images, said.trained, said.steps, said.epochs, said.lanes) == (56, 49, 18, 3, 2)
        assert said.cores == MEASURED.cores / 2
        assert said.plan_seconds == 0.5
        assert set(found.cold) == {Stage.HIDE, Stage.FEATURES, Stage.TRAIN} and min(found.cold.values()) >= 0
        trained = found.seconds(work)[Stage.TRAIN] + found.cold[Stage.TRAIN]
        assert said.sources["cot"][3].seconds == pytest.approx(trained)
        assert said.start_seconds == pytest.approx(2.0 + 3 * found.keeping[0])
        assert said.link_seconds == MEASURED.link.byte
        assert set(said.sources) == {"cot", "hybrid", "helper"}
        for name, efforts in said.sources.items():
            assert [one.stage for one in efforts] == [
                Stage.PREPARE, Stage.HIDE, Stage.FEATURES, Stage.TRAIN, Stage.SEAL,
            ]  # fmt: skip
            by_stage, bill = {one.stage: one for one in efforts}, counted.bills[name]
            prepare = by_stage[Stage.PREPARE]
            assert prepare.disk_bytes == bill.stored + 4 * 528
            assert (prepare.bytes_sent, prepare.rounds) == (bill.bytes_sent + bill.dealt, bill.rounds)
            assert (prepare.waited_bytes, prepare.ahead_bytes, prepare.steps) == (bill.one_way, bill.ahead, bill.steps)
            assert prepare.seconds > 0.5
            assert by_stage[Stage.TRAIN].disk_bytes == 3 * found.keeping[1]
            assert (
                by_stage[Stage.TRAIN].bytes_sent
                == plans["helper" if name == "helper" else "cot"].talk[Stage.TRAIN].bytes_sent
            )
