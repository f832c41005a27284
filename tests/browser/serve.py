"""Serves the built front end from an origin of its own: `python tests/browser/serve.py FOLDER --rapport URL --port PORT`.

`config.json` beside the page tells it where Rapport is. The policy lets it load and call nothing but itself and Rapport.
"""

from __future__ import annotations

import argparse
import json
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Files(SimpleHTTPRequestHandler):
    """The files of a folder, and `config.json`."""

    def __init__(self, *request: Any, rapport: str, **more: Any) -> None:
        self._rapport = rapport
        super().__init__(*request, **more)

    def do_GET(self) -> None:
        if self.path != "/config.json":
            super().do_GET()
            return
        body = json.dumps({"rapport": self._rapport}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' {self._rapport}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *words: Any) -> None:
        """Nobody reads it."""


def server(folder: Path, rapport: str, port: int = 0) -> ThreadingHTTPServer:
    """On 127.0.0.1; port 0 takes a free one. `serve_forever()` and `shutdown()` are the caller's."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Files, directory=str(folder), rapport=rapport))


if __name__ == "__main__":
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("folder", type=Path)
    wanted.add_argument("--rapport", default="http://127.0.0.1:8080")
    wanted.add_argument("--port", type=int, default=5173)
    said = wanted.parse_args()
    with server(said.folder, said.rapport, said.port) as serving:
        print(f"The desk: http://127.0.0.1:{serving.server_port}/   Ctrl-C ends it")  # noqa: T201 - the words of a command
        with suppress(KeyboardInterrupt):
            serving.serve_forever()
