"""What the people who get a kit read, and settings to start from."""

from __future__ import annotations

from typing import Final

from common.deployment import HELPER, Deployment

_PROGRAMS: Final = {"a": "imguard-server", "b": "imguard-server", "log": "imguard-log", HELPER: "imguard-server helper"}

_SERVER: Final = """\
# Settings of a server node to start from: copy what you need into settings.toml, which `init` made.
listen_host = "0.0.0.0"
listen_port = {port}
link_listen_host = "0.0.0.0"
log_level = "INFO"
log_format = "json"
disk_reserve_mib = 4096
"""
_LOG: Final = """\
# Settings of the log node to start from: copy what you need into settings.toml, which `init` made.
host = "0.0.0.0"
port = {port}
log_level = "INFO"
log_format = "json"
"""
_HELPER: Final = """\
# Settings of the helper to start from: copy what you need into settings.toml, which `init` made.
listen_host = "0.0.0.0"
listen_port = {port}
log_level = "INFO"
log_format = "json"
"""
_TEMPLATES: Final = {"a": _SERVER, "b": _SERVER, "log": _LOG, HELPER: _HELPER}


def settings_template(role: str, port: int) -> str:
    """Settings of a node in production, as TOML with remarks."""
    return _TEMPLATES[role].format(port=port)


def fingerprints(deployment: Deployment) -> str:
    """What people compare by telephone: the deployment's fingerprint and every node's keys."""
    lines = [f"deployment  {deployment.fingerprint}"]
    for role in deployment.roles:
        node = deployment.node(role)
        lines.append(f"{role:<6} verify {node.verify_key}  {node.name}")
        if node.seal_key:
            lines.append(f"{role:<6} seal   {node.seal_key}")
    return "\n".join(lines) + "\n"


def node_steps(deployment: Deployment, role: str) -> str:
    """The README of the kit of a node."""
    program = _PROGRAMS[role]
    return f"""\
# {deployment.name}: kit of node {role}

This kit is for {deployment.node(role).name} only. It holds no secret: the keys of a node never leave it.

1. Compare the deployment's fingerprint with whoever provisioned, by telephone or in person:

       {deployment.fingerprint}

2. Install the kit on the node's machine, as the user it runs as. This checks the kit's signature and every file:

       {program} init --dir DIR --kit THIS-FOLDER

   It prints the fingerprint again{"" if role == HELPER else ", and once a token for the first administrator"}.
3. Look through `settings.example.toml`; what you want of it goes into `DIR/settings.toml`.
4. Check the machine, then start the node:

       {f"{program} preflight --dir DIR" if role in ("a", "b") else "# ports open, clock right, disk large enough?"}
       {program} run --dir DIR

A node that ran before is stopped first and started again afterwards. When its certificate nears its end:
`{program} renew --dir DIR`, send `DIR/renewal-request.json` to whoever provisions, install the kit that comes back.
"""


def organisation_steps(deployment: Deployment, organisation: str) -> str:
    """The README of the kit of an organisation whose people take part."""
    return f"""\
# {deployment.name}: kit of {organisation}

For the people of {organisation} who use the deployment. It holds no secret.

1. Compare the deployment's fingerprint with whoever provisioned, by telephone or in person:

       {deployment.fingerprint}

2. An administrator of the deployment invites each person and gives them a code by another way:

       imguard users invite NAME --organisation {organisation!r}

3. Each person registers on their own machine; their keys are made there and never leave it:

       imguard register --kit THIS-FOLDER --fingerprint {deployment.fingerprint} --name NAME --code CODE

4. The administrator compares the short fingerprint that both programs show, then approves.
   From then on: `imguard login`, and `imguard preflight` if something does not work.

When nodes or addresses change, a newer kit comes: `imguard deployment update NEW-KIT`.
"""
