"""What others notice of a dossier that is printed: a complaint is read again and again, alone and while one PDF after
another is made (P6). Reader, product and printer share the cores of the machine."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rapport_testing.product import Product, free_port

from .rounds import Figure, Report, by_turns, ratio

READINGS = 300
MOVES = [("acknowledge", {"method": "phone"}), ("assess", {"severity": "medium"}), ("assign", {"assignee": "agent-7"})]


async def read(client: httpx.AsyncClient, path: str) -> list[float]:
    """Milliseconds of each reading, sorted."""
    found = []
    for _ in range(READINGS):
        began = time.perf_counter()
        answer = await client.get(path)
        found.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text
    return sorted(found)


@asynccontextmanager
async def printing(client: httpx.AsyncClient, path: str, printed: list[float]) -> AsyncIterator[None]:
    """One after another, from before the first reading until after the last; `printed` are their seconds."""
    over, began = asyncio.Event(), asyncio.Event()

    async def one_after_another() -> None:
        while not over.is_set():
            began.set()
            start = time.perf_counter()
            answer = await client.get(f"{path}/dossier.pdf")
            assert answer.content.startswith(b"%PDF-"), answer.text
            printed.append(time.perf_counter() - start)

    task = asyncio.create_task(one_after_another())
    await began.wait()
    yield
    over.set()
    await task


async def test_reading_while_dossiers_are_printed(tmp_path: Path, report: Report) -> None:
    product = Product(tmp_path / "home", free_port())
    product.start()
    seen: dict[str, list[list[float]]] = {"alone": [], "printing": []}
    printed: list[float] = []
    try:
        with product.client() as client:
            body = {
                "received_at": datetime.now(UTC).isoformat(),
                "problem": "The parcel came a week late.",
                "contact": {"name": "张小明", "phone": "13812345678"},
                "channel": "phone",
                "category": "delivery",
            }
            made = client.post("/complaints/v1/complaints", json=body).raise_for_status().json()["id"]
            path = f"/complaints/v1/complaints/{made}"
            for verb, said in MOVES:
                client.post(f"{path}:{verb}", json=said).raise_for_status()
            headers = dict(client.headers)
        async with httpx.AsyncClient(base_url=product.url, headers=headers, timeout=60) as reader:

            async def alone(_: int) -> float:
                seen["alone"].append(await read(reader, path))
                return part(seen["alone"][-1], 0.99)

            async def meanwhile(_: int) -> float:
                async with printing(reader, path, printed):
                    seen["printing"].append(await read(reader, path))
                return part(seen["printing"][-1], 0.99)

            ours, reference = await by_turns(meanwhile, alone)
    finally:
        product.stop()
    for side, rounds in seen.items():
        told = "  ".join(
            f"p{share * 100:g} {statistics.median(part(one, share) for one in rounds[1:]):.1f} ms" for share in (0.5, 0.99)
        )
        print(f"\n  P6 {side:10} {told}", end="")
    print(f"\n  P6 {len(printed)} dossiers, {statistics.median(printed):.2f} s each", end="")
    says = "reading while dossiers are printed, p99, as a multiple of alone"
    report.add(Figure("P6", says, ratio(ours, reference), 3.0, False, ours=ours, reference=reference, of="ms p99"))


def part(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return values[min(len(values) - 1, int(len(values) * share))]
