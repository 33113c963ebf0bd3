"""Our own lint for our own dangers: where randomness comes from, what reaches a log, how secrets are compared.

It goes by names, so it relies on the house rule that a share, a mask, a key or a password is called one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.repository import PACKAGES, dotted_name, name_of, python_files, syntax_tree

RANDOMNESS = "common/crypto/rng.py"
# Calls that draw randomness by themselves; `secrets` is banned as a module.
SOURCES = {"os.urandom", "os.getrandom", "nacl.utils.random", "uuid.uuid1", "uuid.uuid4", "random.SystemRandom"}
TORCH_DRAWS = {"rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "bernoulli", "normal"}
TORCH_SEEDS = {"manual_seed", "seed", "Generator"}
UNSEEDED = {"SigningKey.generate", "PrivateKey.generate"}

LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOGGERS = {"log", "logger", "logging"}
# Of `f(x_share)` a text shows only what `f` gives, but these give what they got.
SHOWS = {"str", "repr", "hex", "list", "tolist", "bytes", "decode", "format", "join", "dumps"}
PRINTERS = {"print", "click.echo", "click.secho", "echo", "secho"}
SECRET_ENDINGS = ("_share", "_shares", "_mask", "_masks", "_key", "password", "passphrase", "secret", "seed", "token")
# Published on purpose.
PUBLIC = ("verify_key", "seal_key", "owner_key", "public_key", "signer_key")

COMPARED_ENDINGS = ("password", "passphrase", "secret", "token", "token_hash", "code_hash", "_mac")

Found = Iterator[tuple[int, str]]


def _last_name(node: ast.AST) -> str:
    return dotted_name(node).rpartition(".")[2].lower()


def _is_secret(name: str, endings: tuple[str, ...] = SECRET_ENDINGS) -> bool:
    return name.endswith(endings) and not name.endswith(PUBLIC) and not name.startswith(("has_", "is_", "n_"))


def own_randomness(tree: ast.Module) -> Found:
    """Randomness that does not come through ``RandomSource``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            for alias in node.names:
                full = f"{module}.{alias.name}" if module else alias.name
                if full.partition(".")[0] == "secrets" or full in SOURCES:
                    yield node.lineno, full
        elif isinstance(node, ast.Attribute):
            full = dotted_name(node)
            torch = full.partition(".")[0] == "torch" and node.attr in TORCH_DRAWS | TORCH_SEEDS
            if full in SOURCES or torch or full.startswith("secrets."):
                yield node.lineno, full
        elif isinstance(node, ast.Call) and not node.args and not node.keywords:
            # Without a RandomSource as argument these are the libraries' own generators.
            if any(dotted_name(node.func).endswith(name) for name in UNSEEDED):
                yield node.lineno, dotted_name(node.func)


def logged_secrets(tree: ast.Module) -> Found:
    """Names that end like a secret anywhere in what is logged or printed; the length or type of one is harmless."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _shows_its_arguments(node.func):
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                yield from ((node.lineno, name) for name in _shown_names(argument) if _is_secret(name))


def _shows_its_arguments(function: ast.expr) -> bool:
    if dotted_name(function) in PRINTERS or _last_name(function) == "print":
        return True
    if not isinstance(function, ast.Attribute) or function.attr not in LOG_METHODS:
        return False
    owner = function.value.func if isinstance(function.value, ast.Call) else function.value
    return _last_name(owner).strip("_") in LOGGERS | {"getlogger"}


def _shown_names(node: ast.AST) -> Iterator[str]:
    """Names whose value ends up in the text."""
    if isinstance(node, ast.Name | ast.Attribute):
        yield _last_name(node)
    elif isinstance(node, ast.Call):
        if _last_name(node.func) in SHOWS:
            for child in ast.iter_child_nodes(node):
                yield from _shown_names(child.value if isinstance(child, ast.Attribute) else child)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _shown_names(child)


def compared_secrets(tree: ast.Module) -> Found:
    """``==`` takes longer the more of a secret is right; ``hmac.compare_digest`` does not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Constant) and side.value in ("", None) for side in sides):
                continue
            yield from ((node.lineno, _last_name(s)) for s in sides if _is_secret(_last_name(s), COMPARED_ENDINGS))


Lint = Callable[[ast.Module], Found]


def _everywhere(lint: Lint, but: str = "") -> list[str]:
    paths: list[Path] = [path for path in python_files(*PACKAGES) if name_of(path) != but]
    return [f"{name_of(path)}:{line}: {what}" for path in paths for line, what in lint(syntax_tree(path))]


def test_secrets_randomness_comes_from_one_file() -> None:
    found = _everywhere(own_randomness, but=RANDOMNESS)
    assert not found, f"take a RandomSource from {RANDOMNESS} instead:\n" + "\n".join(found)


def test_secrets_are_not_logged_or_printed() -> None:
    found = _everywhere(logged_secrets)
    assert not found, "\n".join(found)


def test_secrets_are_compared_in_constant_time() -> None:
    found = _everywhere(compared_secrets)
    assert not found, "use hmac.compare_digest:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("lint", "line", "name"),
    [
        (own_randomness, "import secrets", "secrets"),
        (own_randomness, "from secrets import token_bytes", "secrets.token_bytes"),
        (own_randomness, "from os import urandom", "os.urandom"),
        (own_randomness, "key = os.urandom(32)", "os.urandom"),
        (own_randomness, "mask = torch.randint(0, 2, (4,))", "torch.randint"),
        (own_randomness, "key = nacl.public.PrivateKey.generate()", "nacl.public.PrivateKey.generate"),
        (logged_secrets, "log.info('got %s', x_share)", "x_share"),
        (logged_secrets, "self._log.debug(f'{self.sign_mask}')", "sign_mask"),
        (logged_secrets, "logging.getLogger('imguard.x').error('%s', keys.storage_key.hex())", "storage_key"),
        (logged_secrets, "print('password', password)", "password"),
        (logged_secrets, "click.echo(str(session_token))", "session_token"),
        (compared_secrets, "ok = token_hash == found", "token_hash"),
        (compared_secrets, "if password != again: pass", "password"),
    ],
)
def test_secrets_lint_finds_a_planted_line(lint: Lint, line: str, name: str) -> None:
    found = list(lint(ast.parse(line)))
    assert [what for _, what in found] == [name]


@pytest.mark.parametrize(
    "line",
    [
        "log.info('user %s', verify_key)",
        "log.info('%d bytes', len(x_share))",
        "log.info('%s', x_share.shape)",
        "print(has_password)",
        "key = SigningKey.generate(rng)",
        "ok = hmac.compare_digest(token_hash, found)",
        "if password == '': pass",
    ],
)
def test_secrets_lint_lets_a_harmless_line_pass(line: str) -> None:
    tree = ast.parse(line)
    assert not [*own_randomness(tree), *logged_secrets(tree), *compared_secrets(tree)]
