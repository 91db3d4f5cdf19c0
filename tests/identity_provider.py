"""A small identity provider (OpenID Connect) on this machine, which sends everybody back as the person it is told."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "studio", "a secret of two servers"


class Provider(ThreadingHTTPServer):
    """`person`: the claims of whoever signs in next."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
        self.person: dict[str, Any] = {}
        self.nonces: dict[str, str] = {}

    def secrets(self, studio: str) -> str:
        """What a Studio at the address `studio` is told of this provider, as its secrets.toml."""
        values = {
            "redirect_uri": f"{studio}/oauth2callback",
            "cookie_secret": "any text that nobody guesses",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "server_metadata_url": f"{self.url}/.well-known/openid-configuration",
        }
        return "\n".join(["[auth]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())])

    def id_token(self, code: str) -> str:
        now = int(time.time())
        about = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": self.nonces.pop(code)}
        return jwt.encode({"alg": "RS256", "kid": "1"}, about | self.person, self.key)


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/authorize":
            code = f"code {len(self.server.nonces)}"
            self.server.nonces[code] = query["nonce"][0]
            back = urlencode({"code": code, "state": query["state"][0]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri'][0]}?{back}")
            self.end_headers()
        elif path == "/keys":
            self._say({"keys": [self.server.key.as_dict(private=False)]})
        else:
            url = self.server.url
            endpoints = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            about = {"issuer": url} | {name: f"{url}/{path}" for name, path in endpoints.items()}
            self._say(about | {"id_token_signing_alg_values_supported": ["RS256"]})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        token = self.server.id_token(form["code"][0])
        self._say({"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": token})

    def log_message(self, *_: object) -> None:
        pass

    def _say(self, content: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())


@contextmanager
def providing() -> Iterator[Provider]:
    """A provider that answers for as long as the block lasts."""
    provider = Provider()
    thread = Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join()
