"""Who may talk to the other server at all: a short list of places, read from the source itself."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.contract.repository import dotted_name, name_of, python_files, syntax_tree

SENDING = {"send", "exchange", "send_parts", "exchange_parts"}
TRAFFIC = SENDING | {"receive", "receive_parts"}
TALKERS = {
    "server_node/online/session.py",
    "server_node/hide/toss.py",
    "server_node/worker/computation.py",
    "server_node/worker/answering.py",
    "server_node/offline/",
    "server_node/peer/",
    "server_node/helper/",
    # Estimates measure both ends of a link inside one process, and programs that talk to nobody.
    "server_node/estimate/measuring/",
}
STEPS = {
    "server_node/worker/computation.py": {"checkpoints", "checkpoint-agreement", "go-on"},
    "server_node/worker/answering.py": {"kept-weights"},
    "server_node/hide/toss.py": {"joint-toss-kept", "joint-toss"},
    "server_node/online/session.py": {"online"},
    "server_node/offline/preparation/agreement.py": {
        "prepare-plan", "prepare-ready", "prepare-lanes", "prepare-lane", "prepare-done",
    },
}
"""Files outside the oblivious transfers, and the literal names of what they send: nothing of it depends on a share."""
OPENERS = {
    "open_masked": {"server_node/online/linear.py", "server_node/online/circuits.py"},
    "swap_masked_bits": {"server_node/online/truncation.py", "server_node/online/circuits.py"},
    "swap_for_selection": {"server_node/online/comparison.py"},
    "swap_digits": {"server_node/online/circuits.py"},
    "swap_entries": {"server_node/online/circuits.py"},
    "swap_masked": {"server_node/online/nonlinear.py"},
    "send_indices": {"server_node/online/nonlinear.py"},
    "receive_indices": {"server_node/online/nonlinear.py"},
    "send_entries": {"server_node/online/nonlinear.py"},
    "receive_entries": {"server_node/online/nonlinear.py"},
    "open_bit": {"server_node/train/guard.py"},
    "send_corrections": {"server_node/hide/mixing.py"},
    "receive_corrections": {"server_node/hide/mixing.py"},
}
MASKED: dict[str, set[str]] = {
    "open_masked": {"x - mask", "bits ^ mask"},
    "swap_masked_bits": {"bits ^ mask"},
    "swap_masked": {"own - mask"},
    "swap_digits": {"digit ^ index"},
    "swap_entries": {"digit_entries(table.own, table.moved, table.pads, table.out)"},  # adds a pad to every entry
    "swap_for_selection": {"bit ^ ots.own"},  # the values leave as ``select_message`` of both pads
    "send_corrections": {"values + pad"},
    "send_indices": {"own - mask"},
    "send_entries": {"values + pads"},
}
"""Functions that send, and how what they send is hidden."""
HELPER_LINE = "server_node/offline/helper/client.py"
"""Where a server talks to a helper, which is another program than the other server and knows no share."""
SOCKET_MODULES = {"socket", "ssl", "asyncio"}
COMPUTING = ("server_node/hide/", "server_node/features/", "server_node/train/", "server_node/model/",
             "server_node/online/", "server_node/offline/", "server_node/worker/computation.py",
             "server_node/worker/answering.py", "server_node/worker/task.py")  # fmt: skip


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def traffic(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls of a channel's methods, whatever the channel is called."""
    return (call for call in calls(tree) if isinstance(call.func, ast.Attribute) and call.func.attr in TRAFFIC)


def traffic_by_file() -> dict[str, list[ast.Call]]:
    found = defaultdict(list)
    for path in python_files("server_node"):
        found[name_of(path)] = list(traffic(syntax_tree(path)))
    return {name: sent for name, sent in found.items() if sent}


def test_only_named_places_talk_to_the_other_server() -> None:
    strangers = [name for name in traffic_by_file() if not any(name.startswith(place) for place in TALKERS)]
    assert not strangers
    assert set(STEPS) <= set(traffic_by_file())


@pytest.mark.parametrize("name", STEPS)
def test_places_outside_the_transfers_send_what_they_say(name: str) -> None:
    """Every label is written out."""
    first_arguments = [call.args[0] for call in traffic_by_file()[name]]
    assert {argument.value for argument in first_arguments if isinstance(argument, ast.Constant)} == STEPS[name]
    assert all(isinstance(argument, ast.Constant) for argument in first_arguments)


@pytest.mark.parametrize("opener", OPENERS)
def test_openings_are_asked_for_by_the_operations_alone(opener: str) -> None:
    callers = set()
    for path in python_files("server_node"):
        names = {dotted_name(call.func).rpartition(".")[2] for call in calls(syntax_tree(path))}
        imported = {alias.name for node in ast.walk(syntax_tree(path)) if isinstance(node, ast.ImportFrom)
                    for alias in node.names}  # fmt: skip
        if opener in names | imported:
            callers.add(name_of(path))
    assert callers == OPENERS[opener]


def test_computing_code_has_no_socket_of_its_own() -> None:
    found = []
    for path in python_files("server_node"):
        if not name_of(path).startswith(COMPUTING) or name_of(path) == HELPER_LINE:
            continue
        for node in ast.walk(syntax_tree(path)):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{name_of(path)}: {one}" for one in modules if one.partition(".")[0] in SOCKET_MODULES]
    assert not found


def test_turns_are_made_by_openings_and_put_together_alone() -> None:
    makers = {name_of(path) for path in python_files("server_node") if list(_turns(syntax_tree(path)))}
    assert makers == {"server_node/online/opening.py", "server_node/online/steps.py"}


def test_opening_functions_always_take_a_mask() -> None:
    """What a function of opening.py sends is made with a mask, but for the one bit that is opened on purpose."""
    (path,) = [path for path in python_files("server_node") if name_of(path) == "server_node/online/opening.py"]
    functions = [node for node in ast.walk(syntax_tree(path)) if isinstance(node, ast.FunctionDef)]
    hidden = {
        function.name: {_operation(node) for node in ast.walk(function) if isinstance(node, ast.BinOp | ast.Call)}
        for function in functions
        if any(not _is_empty(turn.args[0]) for turn in _turns(function))
    }
    expected = {"open_bit": set(), **MASKED}
    assert set(hidden) == set(expected)
    assert all(expected[name] <= operations for name, operations in hidden.items())


def _turns(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and dotted_name(node.func) == "Turn")


def _is_empty(argument: ast.expr) -> bool:
    return isinstance(argument, ast.List) and not argument.elts


def _operation(node: ast.BinOp | ast.Call) -> str:
    if isinstance(node, ast.Call):
        return ast.unparse(node)
    sign = {ast.Sub: "-", ast.BitXor: "^", ast.Add: "+"}.get(type(node.op), "?")
    return f"{dotted_name(node.left)} {sign} {dotted_name(node.right)}"


@pytest.mark.parametrize(
    "line",
    ["session.channel.send('x', share)", "self._link.exchange('x', share)", "channel.receive('x', out)",
     "channel.exchange_parts('x', [share], [out])"],
)  # fmt: skip
def test_search_finds_a_planted_line(line: str) -> None:
    assert len(list(traffic(ast.parse(line)))) == 1
