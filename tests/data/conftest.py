"""A server on this machine, for tests of what is downloaded."""

import http.server
import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def served() -> Iterator[tuple[dict[str, bytes], str, list[str]]]:
    """A server: what it has by name, its address, and what was asked for."""
    files: dict[str, bytes] = {}
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            asked.append(name)
            if name not in files:
                return self.send_error(404)
            self.send_response(200)
            self.send_header("Content-Length", str(len(files[name])))
            self.end_headers()
            self.wfile.write(files[name])

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield files, f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
