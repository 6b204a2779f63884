"""Issues tokens for one flow: OpenID discovery and the keys over HTTP, and tokens of which one is good.

Prints one line of JSON, the `issuer` and a token for each way to be wrong, and ends when its input does.
"""

import base64
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

MINUTE = 60


def plain(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return plain(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def token(key, **claims):
    head = {"alg": "RS256", "typ": "JWT", "kid": "one"}
    signed = ".".join(plain(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{plain(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class Issuer(BaseHTTPRequestHandler):
    pages = {}

    def do_GET(self):
        page = self.pages.get(self.path)
        self.send_response(200 if page else 404)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode())

    def log_message(self, *_):
        pass


ours, others = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
server = HTTPServer(("127.0.0.1", 0), Issuer)
issuer = f"http://127.0.0.1:{server.server_port}"
public = ours.public_key().public_numbers()
key = {"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "n": number(public.n), "e": number(public.e)}
Issuer.pages = {
    "/.well-known/openid-configuration": {"issuer": issuer, "jwks_uri": f"{issuer}/keys"},
    "/keys": {"keys": [key]},
}
threading.Thread(target=server.serve_forever, daemon=True).start()

now = int(time.time())
good = {"iss": issuer, "aud": "e2e", "sub": "0001", "email": "lena", "email_verified": True}
good |= {"iat": now - 60 * MINUTE, "exp": now + 60 * MINUTE}
tokens = {
    "good": token(ours, **good),
    "expired": token(ours, **good | {"exp": now - MINUTE}),
    "forged": token(others, **good),
    "unsigned": token(ours, **good).rsplit(".", 1)[0] + ".",
    "of another client": token(ours, **good | {"aud": "elsewhere"}),
    "of another issuer": token(ours, **good | {"iss": "http://127.0.0.1:9"}),
}
# With the claims of an admin under the signature of somebody else.
claims = plain(json.dumps(good | {"email": "olga"}).encode())
head, _, signature = tokens["good"].split(".")
tokens["changed"] = f"{head}.{claims}.{signature}"
print(json.dumps({"issuer": issuer, "tokens": tokens}), flush=True)
sys.stdin.read()
