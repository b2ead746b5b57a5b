"""Ask an app directly, without a socket."""

import asyncio
import json


def ask(app, method, path, body=b"", token=None, host="localhost"):
    """Return (status, content) of a request; content is parsed where it is JSON."""
    headers = [(b"host", host.encode()), (b"content-type", b"application/json")]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip
    body = json.dumps(body).encode() if isinstance(body, dict) else body
    waiting = [{"type": "http.request", "body": body[i : i + 1000], "more_body": i + 1000 < len(body)}
               for i in range(0, max(1, len(body)), 1000)]  # fmt: skip
    sent = []

    async def receive():
        if not waiting:
            await asyncio.Event().wait()  # nobody hangs up
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    start = next(message for message in sent if message["type"] == "http.response.start")
    content = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    kind = dict(start["headers"]).get(b"content-type", b"")
    return start["status"], json.loads(content) if kind == b"application/json" else content
