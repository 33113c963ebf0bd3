"""The worker process of one attempt at a job: reads its ticket and shares, meets the other worker, computes."""

from __future__ import annotations

import json
import logging
import os
import signal
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from common.architecture import Architecture, build_architecture, check_project
from common.crypto.rng import SystemRandom
from common.deployment import HELPER
from common.documents import canonical
from common.errors import AppError, ConfigError, JobFailed, PeerGone, PeerMismatch, SpecRefused, WorkerDied
from common.ids import DatasetId, Party
from common.logs import setup_logging
from common.net.files import named
from common.net.identity import NodeIdentity, load_node_identity
from common.specification import Specification, parse_specification
from server_node.hide.samples import gather
from server_node.kernels.compiled import announced
from server_node.kernels.memory import keep_memory
from server_node.model.kept import keep_weights, kept_weights
from server_node.model.question import Question
from server_node.model.release import Release
from server_node.model.snapshot import Checkpoint
from server_node.offline.helper.client import HelperAddress, HelperSource
from server_node.offline.preparation import Lanes
from server_node.offline.source import Source
from server_node.offline.sources import source_of
from server_node.peer.connect import LinkPlan, meet
from server_node.storage.vault import Vault
from server_node.store.shares import open_share_store
from server_node.worker.answering import Answering
from server_node.worker.computation import Computation, Task
from server_node.worker.reporter import LineReporter, told_to_members
from server_node.worker.wishes import Wishes, alone

_LOG = logging.getLogger("imguard.worker")


@dataclass(frozen=True)
class Ticket:
    """What the node tells its worker about a job."""

    job: str
    party: Party
    spec: Specification
    datasets: list[dict[str, Any]]
    host: str
    port: int
    peer_name: str
    folder: Path
    helper: HelperAddress | None = None
    device: str = "cpu"
    attempt: int = 1
    question: Question | None = None
    kept: Path | None = None
    lanes: int = 0
    bytes_ahead: int = 0


def run(folder: Path, ticket_path: Path) -> int:
    """Compute the job of a ticket for the node in ``folder``; returns the exit code. Errors are reported."""
    setup_logging("imguard-worker", job=ticket_path.parent.name)
    signal.signal(signal.SIGTERM, _stop)
    wishes = Wishes()
    signal.signal(signal.SIGUSR1, wishes.hear)
    keep_memory()
    torch.set_num_threads(1)
    reporter = LineReporter()
    with told_to_members(reporter):
        return _run(folder, ticket_path, reporter, wishes)


def _run(folder: Path, ticket_path: Path, reporter: LineReporter, wishes: Wishes) -> int:
    try:
        ticket = read_ticket(ticket_path)
        # Shapes without values make torch load its compiler, which makes a folder for a cache: let it end with the job.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(ticket.folder / "torch")
        identity = load_node_identity(folder)
        with alone(ticket.folder), announced(lambda name: _LOG.info("compiling %s, once on this machine", name)):
            _LOG.info("attempt %d", ticket.attempt)
            reporter.model(_compute(folder, identity, ticket, reporter, wishes))
        return 0
    except AppError as error:
        _LOG.info("stopped: %s", error)
        return reporter.error(error)
    except OSError as error:
        mapped = named(error)
        if isinstance(mapped, AppError):
            return reporter.error(mapped)
        _LOG.exception("input or output failed")
        return reporter.error(JobFailed("The worker could not read or write a file."))
    except MemoryError:
        return reporter.error(JobFailed("The worker ran out of memory."))
    except Exception:
        _LOG.exception("unexpected error")
        return reporter.error(JobFailed("The worker met an unexpected error; its log file has the details."))


def read_ticket(path: Path) -> Ticket:
    """Raises:
    JobFailed: the ticket is not readable. SpecRefused: its specification is not.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Ticket(
            job=str(raw["job"]),
            party=Party.from_letter(raw["party"]),
            spec=parse_specification(raw["specification"]),
            datasets=[dict(entry) for entry in raw["datasets"]],
            host=str(raw["link"]["host"]),
            port=int(raw["link"]["port"]),
            peer_name=str(raw["peer_name"]),
            folder=Path(raw["work_dir"]),
            helper=_helper(raw["helper"]),
            device=str(raw["device"]),
            attempt=int(raw["attempt"]),
            question=None if raw["question"] is None else Question(**raw["question"]),
            # A test without weights is refused here; further on it would be a training on the asker's images.
            kept=None if raw["kept"] is None and raw["question"] is None else Path(raw["kept"]),
            lanes=int(raw["lanes"]),
            bytes_ahead=int(raw["bytes_ahead"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JobFailed("The ticket of the job cannot be read.") from error


def _helper(raw: dict[str, Any] | None) -> HelperAddress | None:
    if raw is None:
        return None
    return HelperAddress(str(raw["name"]), str(raw["host"]), int(raw["port"]), str(raw["verify_key"]))


def _source(identity: NodeIdentity, ticket: Ticket) -> Source:
    """What the specification names, and nothing else."""
    if ticket.spec.preparation != HELPER:
        return source_of(ticket.spec.preparation)
    if ticket.helper is None:
        raise JobFailed("The project wants a helper, and the ticket of the job names none.")
    return HelperSource(ticket.helper, identity, ticket.job)


def _device(name: str) -> torch.device:
    """Raises:
    ConfigError: this machine has no such device.
    """
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ConfigError(f"Jobs shall compute on {name}, but torch finds no such GPU here.", setting="compute_device")
    return device


def _compute(
    folder: Path, identity: NodeIdentity, ticket: Ticket, reporter: LineReporter, wishes: Wishes
) -> Release:
    manifests = [entry["manifest"] for entry in ticket.datasets]
    first = manifests[0]
    common_fields = ("shape", "bits", "ring_bits", "classes")
    if any(manifest[name] != first[name] for manifest in manifests for name in common_fields):
        raise SpecRefused("All data sets of a project need the same image shape, depth and classes.", field="datasets")
    counts = [manifest["count"] for manifest in manifests]
    vault = Vault(identity.storage_key, SystemRandom())
    kept = _kept(ticket, vault)
    store = open_share_store(folder, identity)
    chunks = (chunk for entry in ticket.datasets for chunk in store.iter_chunks(DatasetId(entry["id"])))
    task = Task(
        job=ticket.job,
        party=ticket.party,
        spec=ticket.spec,
        architecture=_network(ticket, counts, first),
        shares=gather(chunks, first["ring_bits"]),
        counts=counts,
        folder=ticket.folder,
        rng=SystemRandom(),
        source=_source(identity, ticket),
        device=_device(ticket.device),
        wants_pause=wishes.want_pause,
        attempt=ticket.attempt,
        keep=partial(keep_weights, ticket.folder, vault) if ticket.spec.testers else None,
    )
    agreement = _agreement(ticket, counts)
    plan = LinkPlan(ticket.party, ticket.host, ticket.port, ticket.peer_name, agreement, lanes=ticket.lanes)
    try:
        links = meet(plan, identity)
    except PeerMismatch as error:
        # It may be the worker of an earlier attempt that has not ended yet; the servers compared the project before.
        raise PeerGone("The other server's worker computes another attempt or another job.") from error
    task = replace(task, lanes=Lanes(links.lanes, ticket.bytes_ahead))
    try:
        if ticket.question is not None and kept is not None:
            return Answering(task, ticket.question, kept, links.main, reporter).run()
        return Computation(task, links.main, reporter).run()
    finally:
        links.close()


def _kept(ticket: Ticket, vault: Vault) -> Checkpoint | None:
    """The share of the model that a test asks; None for a training.

    Raises:
        StoreDamaged: it is not kept any more, or damaged.
    """
    if ticket.question is None or ticket.kept is None:
        return None
    return kept_weights(ticket.kept, vault, ticket.question.training)


def _network(ticket: Ticket, counts: list[int], about: dict[str, Any]) -> Architecture:
    """The network of the project for images as a manifest describes them; a training must fit besides."""
    shape, bits, classes = tuple(about["shape"]), about["bits"], about["classes"]
    if ticket.question is not None:
        return build_architecture(ticket.spec, shape, bits, classes)
    return check_project(ticket.spec, counts, shape, bits, classes)


def _agreement(ticket: Ticket, counts: list[int]) -> bytes:
    """What two workers must have in common to compute together."""
    test = {} if ticket.question is None else {"question": ticket.question.as_json()}
    return canonical(
        {
            "job": ticket.job,
            "attempt": ticket.attempt,
            "specification": ticket.spec.hash,
            "counts": counts,
            **test,
        }
    )


def _stop(_number: int, _frame: object) -> None:
    raise WorkerDied("The worker was told to stop.")
