"""A network that fails on demand: a relay on this machine between a browser and a server, with faults to switch on."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from enum import StrEnum


class Fault(StrEnum):
    """What happens to connections while it lasts."""

    NONE = "none"
    REFUSE = "refuse"  # nothing gets through, in neither direction
    CUT = "cut"  # requests reach the server; its answers are lost and the connection ends
    HOLD = "hold"  # answers come late, after the fault is over


class FlakyNetwork:
    """Relays `port` to the server's port, in a thread of its own.

    Args:
        target: the port of the server on this machine, which may be away.

    Attributes:
        struck: how often a fault has kept something from getting through.
    """

    def __init__(self, target: int) -> None:
        self.fault = Fault.NONE
        self.struck = 0
        self.port = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> FlakyNetwork:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        server.close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(self._requests(reader, back), self._answers(there, writer, back))
        writer.close()

    async def _requests(self, browser: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while data := await browser.read(65536):
            if self.fault is Fault.REFUSE:
                self.struck += 1
                break
            server.write(data)
            await server.drain()
        server.close()

    async def _answers(
        self, server: asyncio.StreamReader, browser: asyncio.StreamWriter, back: asyncio.StreamWriter
    ) -> None:
        while data := await server.read(65536):
            self.struck += self.fault is not Fault.NONE
            while self.fault is Fault.HOLD:
                await asyncio.sleep(0.01)
            if self.fault in (Fault.CUT, Fault.REFUSE):
                break
            browser.write(data)
            await browser.drain()
        browser.close()
        back.close()
