"""What the demo tells at its end: for people and as JSON."""

from __future__ import annotations

from typing import Any

from desktop_client.demo.run import Outcome
from desktop_client.demo.stages import StageBoard
from desktop_client.upload.projects.words import trust


def as_json(outcome: Outcome, board: StageBoard, leftover: int) -> dict[str, Any]:
    """The value ``--json`` writes; bytes are those of both servers and all clients together.

    ``seconds`` are those of the whole demo: the servers prepare while they train.
    """
    totals = board.totals
    stages = [
        {"name": s.value, "seconds": round(t.seconds, 3), "bytes_sent": t.bytes_sent, "rounds": t.rounds}
        for s, t in totals.items()
    ]
    return {
        "accuracy": outcome.accuracy,
        "clear_accuracy": outcome.clear_accuracy,
        "agreement": outcome.agreement,
        "network": {
            "extractor": outcome.specification.extractor,
            **outcome.specification.body["model"],
            "parameters": outcome.parameters,
        },
        "training": outcome.specification.body["training"],
        "preparation": outcome.specification.preparation,
        "preparation_trust": trust(outcome.specification.preparation, outcome.specification.body["servers"]),
        "hiding": outcome.specification.body["hiding"],
        "images_trained": outcome.trained,
        "images_tested": outcome.tests,
        "seconds": round(board.seconds, 3),
        "bytes_sent": sum(total.bytes_sent for total in totals.values()),
        "rounds": sum(total.rounds for total in totals.values()),
        "stages": stages,
        "model_path": str(outcome.model_path),
        "contact_sheet": str(outcome.sheet_path),
        "log_proof": str(outcome.proof_path),
        "log_size": outcome.check.report.size,
        "log_verified": True,
        "leftover_processes": leftover,
    }


def _model(network: dict[str, Any]) -> str:
    """The name of the model; of one without a name the kinds of its layers."""
    layers = [layer["layer"] for layer in network["layers"]]
    return ", ".join(layers) or str(network["name"])


def as_text(value: dict[str, Any]) -> str:
    """The report for people."""
    hiding, network = value["hiding"], value["network"]
    mask = "sign mask" if hiding["mask"] else "no mask"
    lines = [
        "",
        f"{'stage':<10}{'seconds':>10}{'MB sent':>12}{'rounds':>9}",
        *(
            f"{s['name']:<10}{s['seconds']:>10.1f}{s['bytes_sent'] / 1e6:>12.1f}{s['rounds'] or '':>9}"
            for s in value["stages"]
        ),
        f"{'together':<10}{value['seconds']:>10.1f}{value['bytes_sent'] / 1e6:>12.1f}{value['rounds']:>9}",
        "",
        f"accuracy      {value['accuracy']:.1%} on {value['images_tested']} images that were never uploaded",
        f"in the clear  {value['clear_accuracy']:.1%} for the same network, hiding and budget without shares",
        f"network       {network['extractor']} + {_model(network)}, {network['parameters']} parameters",
        f"preparation   {value['preparation']}: {value['preparation_trust']}",
        f"hiding        {hiding['k']} images mixed, {mask}, scale {hiding['scale']}",
        f"model         {value['model_path']}",
        f"what is seen  {value['contact_sheet']}",
        f"log           {value['log_size']} rows, verified; proof in {value['log_proof']}",
        f"left running  {value['leftover_processes'] or 'nothing'}",
    ]
    return "\n".join(lines)
