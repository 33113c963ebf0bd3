"""The requests of the log node about the log. Entries and proofs are for members and for A and B.

→ POST /v1/entries {documents: [event...]}      from a server node, by its TLS certificate
← {entries: [{index, leaf_hash, proof}...], checkpoint}      proofs lead to this checkpoint

→ GET /v1/checkpoint                            ← signed note, text
→ GET /v1/entries?from=&to=                     ← {from, entries: [event...], size}; maybe fewer, at least one
→ GET /v1/proof/inclusion?index=&size=          ← {index, leaf_hash, size, proof}; or leaf= instead of index=
→ GET /v1/proof/consistency?first=&second=      ← {first, second, proof}
→ GET /v1/info                                  ← {name, role, version, verify_key, origin, size, time, bootstrap}
→ GET /v1/deployment                            ← deployment.json, as this node was installed with it
→ GET /v1/healthz                               ← {status} with 200, or 503 when nothing can be written
"""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

from common.errors import NotFound
from common.merkle.proof import encode_proof, prove_consistency, prove_inclusion
from log_node.api import schemas
from log_node.api.context import CONTEXT
from log_node.api.identity import user_of
from log_node.ledger.writer import Ledger


async def post_entries(request: web.Request) -> web.Response:
    """Take in signed events; answers when they are on disk and signed for."""
    context = request.app[CONTEXT]
    writer = context.writer_of(request)
    documents = schemas.parse_documents(await request.read())
    events = await asyncio.to_thread(schemas.check_documents, documents, writer)
    positions = await context.commit.append(events)
    head = context.ledger.head
    entries = [
        {
            "index": index,
            "leaf_hash": event.leaf.hex(),
            "proof": encode_proof(prove_inclusion(context.ledger.tree, index, head.checkpoint.size)),
        }
        for index, event in zip(positions, events, strict=True)
    ]
    return web.json_response({"entries": entries, "checkpoint": head.note})


async def get_checkpoint(request: web.Request) -> web.Response:
    """The newest signed checkpoint as it was signed."""
    return web.Response(text=request.app[CONTEXT].ledger.head.note, content_type="text/plain", charset="utf-8")


async def get_entries(request: web.Request) -> web.Response:
    """Events in the bytes that were hashed; they are canonical JSON already, so they are passed on as they are."""
    ledger = await _ledger_for_reader(request)
    size = ledger.head.checkpoint.size
    first, end = schemas.parse_page(request.query, size)
    entries = await asyncio.to_thread(ledger.read, first, end, schemas.MAX_PAGE_BYTES)
    body = b'{"entries":[%b],"from":%d,"size":%d}' % (b",".join(entries), first, size)
    return web.Response(body=body, content_type="application/json", charset="utf-8")


async def get_inclusion(request: web.Request) -> web.Response:
    """Proof that one entry is in the log of a size (of now by default)."""
    ledger = await _ledger_for_reader(request)
    query = schemas.parse_inclusion(request.query)
    size = schemas.known_size(query.size, ledger.head.checkpoint.size)
    index = query.index if query.leaf is None else ledger.find(query.leaf)
    if index is None:
        raise NotFound("No entry of the log has this leaf hash.")
    proof = prove_inclusion(ledger.tree, index, size)
    leaf = ledger.tree.node(0, index).hex()
    return web.json_response({"index": index, "leaf_hash": leaf, "size": size, "proof": encode_proof(proof)})


async def get_consistency(request: web.Request) -> web.Response:
    """Proof that the log of one size begins with the log of a smaller one."""
    ledger = await _ledger_for_reader(request)
    first, second = schemas.parse_consistency(request.query)
    schemas.known_size(second, ledger.head.checkpoint.size)
    proof = encode_proof(prove_consistency(ledger.tree, first, second))
    return web.json_response({"first": first, "second": second, "proof": proof})


async def get_info(request: web.Request) -> web.Response:
    """Who this is."""
    context = request.app[CONTEXT]
    checkpoint = context.ledger.head.checkpoint
    return web.json_response(
        {
            "name": context.name,
            "role": "log",
            "version": context.version,
            "verify_key": context.verify_key,
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "bootstrap": await context.reception.awaits_administrator(),
        }
    )


async def get_deployment(request: web.Request) -> web.Response:
    """The description of the deployment, for programs that compare its fingerprint before they believe it."""
    return web.json_response(request.app[CONTEXT].deployment.body)


async def get_healthz(request: web.Request) -> web.Response:
    """For load balancers and monitors."""
    fault = request.app[CONTEXT].ledger.fault
    if fault:
        return web.json_response({"status": "damaged", "code": fault.code}, status=503)
    return web.json_response({"status": "ok"})


async def _ledger_for_reader(request: web.Request) -> Ledger:
    """The ledger, for whoever is logged in and for the server nodes.

    Raises:
        NotLoggedIn, TokenExpired, AccountDisabled: neither.
    """
    context = request.app[CONTEXT]
    if context.find_writer(request) is None:
        await user_of(request)
    return context.ledger
