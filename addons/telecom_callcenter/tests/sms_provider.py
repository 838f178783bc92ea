"""A small SMS provider for tests: a real HTTP server on loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class SmsProvider:
    """Keeps what it is asked to send; answers as told.

    ``answer`` is (HTTP status, body) or a function of the fields that returns one;
    None hangs up without an answer.
    """

    def __init__(self):
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                kind = self.headers.get("Content-Type", "")
                if not body:
                    fields = dict(parse_qsl(urlsplit(self.path).query))
                elif "json" in kind:
                    fields = json.loads(body)
                else:
                    fields = dict(parse_qsl(body.decode()))
                provider.requests.append(
                    {
                        "method": self.command,
                        "path": urlsplit(self.path).path,
                        "headers": dict(self.headers),
                        "fields": fields,
                    }
                )
                answer = provider.answer
                if callable(answer):
                    answer = answer(fields)
                if answer is None:
                    self.close_connection = True
                    return
                status, content = answer
                content = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                if status in (301, 302):
                    self.send_header("Location", provider.url + "/elsewhere")
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = respond

            def log_message(self, *args):
                pass

        self.requests = []
        self.answer = (200, {"id": "p-1"})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def fields(self):
        return [request["fields"] for request in self.requests]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
