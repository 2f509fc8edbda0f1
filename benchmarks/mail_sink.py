"""A mail server that throws everything away, in a process of its own; says its port."""

from __future__ import annotations

import asyncio

from aiosmtpd.smtp import SMTP


class Sink:
    """Takes every message and keeps none."""

    async def handle_DATA(self, *_: object) -> str:  # noqa: N802  the name is aiosmtpd's
        """Take the message."""
        return "250 OK"


async def main() -> None:
    """Serve until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), hostname="sink"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
