"""The fault proxy does what it says."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from rapport_testing.proxy import FaultProxy


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1000):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # what these tests are about
    finally:
        writer.close()


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with FaultProxy(("127.0.0.1", server.sockets[0].getsockname()[1])) as made:
        yield made
    server.close()


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def says(self, text: bytes) -> bytes:
        self.writer.write(text)
        await self.writer.drain()
        return await self.reader.readexactly(len(text))


async def call(proxy: FaultProxy) -> Caller:
    return Caller(*await asyncio.open_connection("127.0.0.1", proxy.port))


async def test_bytes_pass_when_nothing_is_wrong(proxy: FaultProxy) -> None:
    caller = await call(proxy)
    assert await caller.says(b"hello" * 100) == b"hello" * 100
    caller.writer.close()


async def test_an_end_of_stream_passes_too(proxy: FaultProxy) -> None:
    caller = await call(proxy)
    caller.writer.write(b"last")
    caller.writer.write_eof()
    assert await caller.reader.read() == b"last"
    caller.writer.close()


async def test_latency_holds_bytes_back_both_ways(proxy: FaultProxy) -> None:
    caller = await call(proxy)
    loop = asyncio.get_running_loop()
    proxy.latency = 0.1
    began = loop.time()
    assert await caller.says(b"slow") == b"slow"
    assert loop.time() - began >= 0.2
    caller.writer.close()


async def test_reset_cuts_open_connections_and_takes_new_ones(proxy: FaultProxy) -> None:
    caller = await call(proxy)
    await caller.says(b"up")
    assert proxy.reset() == 2
    with pytest.raises(ConnectionResetError):
        await caller.reader.readexactly(1)
    again = await call(proxy)
    assert await again.says(b"up again") == b"up again"
    again.writer.close()


async def test_a_black_hole_takes_connections_and_answers_nothing_until_it_closes(proxy: FaultProxy) -> None:
    proxy.black_hole = True
    caller = await call(proxy)
    answer = asyncio.create_task(caller.says(b"anybody?"))
    _, waiting = await asyncio.wait({answer}, timeout=0.2)
    assert waiting
    proxy.black_hole = False
    assert await answer == b"anybody?"
    caller.writer.close()


async def test_refuse_refuses_until_it_accepts_again(proxy: FaultProxy) -> None:
    port = proxy.port
    await proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await call(proxy)
    await proxy.accept()
    assert proxy.port == port
    caller = await call(proxy)
    assert await caller.says(b"back") == b"back"
    caller.writer.close()
