"""requests-oauthlib speaks the grant, PyJWT verifies what came of it."""

import base64
import json
import os

import jwt
from oauthlib.oauth2 import LegacyApplicationClient
from oauthlib.oauth2.rfc6749.errors import OAuth2Error
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the issuer is this machine

issuer, login, password = os.environ["ISSUER"], os.environ["LOGIN"], os.environ["PASSWORD"]
secrets = {"client_secret": os.environ["CLIENT_SECRET"], "include_client_id": True}
token_url = issuer + "/connect/token"

client = LegacyApplicationClient(client_id=os.environ["CLIENT_ID"])
client.grant_type = "VGAuthenticator"
session = OAuth2Session(client=client)
answers = []


def keep(response):
    """Keeps an answer, of whose VGResponse the library knows nothing."""
    answers.append(response.json())
    return response


session.register_compliance_hook("access_token_response", keep)


def step(name):
    """Tells the test that a step is done."""
    print("step " + name, flush=True)


def refused(**fields):
    """Makes a call that must be refused, and returns its VGResponse."""
    try:
        session.fetch_token(token_url, username=login, password=password, **secrets, **fields)
    except OAuth2Error:
        return answers[-1]["VGResponse"]
    raise SystemExit("it was not refused")


def message(to, kind):
    """Returns the newest message of a kind to somebody."""
    with open(os.environ["OUTBOX"], encoding="utf-8") as lines:
        return [m for m in map(json.loads, lines) if m["to"] == to and m["kind"] == kind][-1]


first = refused()
assert first["AuthenticationState"]["Status"] == 134217729, first
options = first["AuthenticationResponse"]["MFAAvailables"]
chosen = {
    "AuthenticationRequestId": first["AuthenticationResponse"]["RequestId"],
    "MFAAvailableId": next(o["Id"] for o in options if o["AuthenticationModeDisplay"] == "OTP"),
}
assert refused(**chosen)["AuthenticationState"]["Status"] == 1048577
code = message(login + "@example.com", "otp")["code"]
token = session.fetch_token(token_url, username=login, password=password, MFASecureCode=code, **secrets, **chosen)
assert token["VGResponse"]["AuthenticationState"]["Status"] == 2048
step("login")

fresh = session.refresh_token(token_url, client_id=os.environ["CLIENT_ID"], client_secret=os.environ["CLIENT_SECRET"])
assert fresh["refresh_token"] and fresh["access_token"] != token["access_token"]
step("refresh")

info = session.get(issuer + "/connect/userinfo")
assert info.status_code == 200 and info.json()["vgUserId"] == login, info.status_code
step("userinfo")

jwks_uri = session.get(issuer + "/.well-known/openid-configuration").json()["jwks_uri"]
keys = jwt.PyJWKClient(jwks_uri)


def verify(raw):
    """Verifies an access token by the published keys."""
    key = keys.get_signing_key_from_jwt(raw).key
    return jwt.decode(raw, key, algorithms=["RS256"], issuer=issuer, options={"require": ["exp", "iss", "sub"]})


assert verify(fresh["access_token"])["sub"] == login
step("verify")

head, body, signature = fresh["access_token"].split(".")
claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
claims["sub"] = "somebody else"
forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
try:
    verify(".".join([head, forged, signature]))
except jwt.InvalidSignatureError:
    step("tampered")
