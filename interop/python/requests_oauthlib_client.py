"""requests-oauthlib speaks the grant, PyJWT verifies what came of it."""

import base64
import hashlib
import hmac
import json
import os
import struct
import subprocess
import tempfile
import time
from urllib.parse import parse_qs, urlparse

import jwt
import requests
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


def granted(username=login, at=token_url, **fields):
    """Makes a call that must be granted, and returns the token."""
    token = session.fetch_token(at, username=username, password=password, **secrets, **fields)
    assert token["VGResponse"]["AuthenticationState"]["Status"] == 2048
    return token


def refused(username=login, **fields):
    """Makes a call that must be refused, and returns its VGResponse."""
    try:
        session.fetch_token(token_url, username=username, password=password, **secrets, **fields)
    except OAuth2Error:
        return answers[-1]["VGResponse"]
    raise SystemExit("it was not refused")


def message(to, kind):
    """Returns the newest message of a kind to somebody."""
    with open(os.environ["OUTBOX"], encoding="utf-8") as lines:
        return [m for m in map(json.loads, lines) if m["to"] == to and m["kind"] == kind][-1]


def key_of(png):
    """Reads a picture and returns the key of the authenticator."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(png)
        file.flush()
        uri = subprocess.run(
            ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file.name], check=True, capture_output=True, text=True
        ).stdout
    return parse_qs(urlparse(uri.strip()).query)["secret"][0]


def code_of(key):
    """Returns the code of an authenticator (RFC 6238)."""
    digest = hmac.new(base64.b32decode(key), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


granted(os.environ["PLAIN"])
step("login")

first = refused()
assert first["AuthenticationState"]["Status"] == 134217729, first
options = first["AuthenticationResponse"]["MFAAvailables"]
chosen = {
    "AuthenticationRequestId": first["AuthenticationResponse"]["RequestId"],
    "MFAAvailableId": next(o["Id"] for o in options if o["AuthenticationModeDisplay"] == "OTP"),
}
assert refused(**chosen)["AuthenticationState"]["Status"] == 1048577
assert refused(MFASecureCode="00000x", **chosen)["AuthenticationState"]["Status"] == 524289
token = granted(MFASecureCode=message(login + "@example.com", "otp")["code"], **chosen)
step("factor")
step("wrong code")

newcomer = os.environ["NEWCOMER"]
wanted = refused(newcomer)
assert wanted["AuthenticationState"]["Status"] & 268435456, wanted
request_id = wanted["AuthenticationResponse"]["RequestId"]
enrolment = issuer + "/api/MFAEnrollment/"
picture = requests.get(enrolment + "EnrollUserToMicrosoftAuthenticatorByImage", params={"requestId": request_id})
code = code_of(key_of(picture.content))
added = requests.post(enrolment + "ValidateMicrosoftTOTP", data={"requestId": request_id, "secureCode": code}).json()
assert added["Status"] == "Success" and added["IsActive"] and added["RecoveryCodes"], added["Status"]
granted(newcomer, AuthenticationRequestId=request_id)
step("enrolment")

session.token = token  # of whoever logged in with a code
fresh = session.refresh_token(token_url, client_id=os.environ["CLIENT_ID"], client_secret=os.environ["CLIENT_SECRET"])
assert fresh["refresh_token"] and fresh["access_token"] != token["access_token"]
step("refresh")

info = session.get(issuer + "/connect/userinfo")
assert info.status_code == 200 and info.json()["vgUserId"] == login, info.status_code
step("userinfo")

jwks_uri = session.get(issuer + "/.well-known/openid-configuration").json()["jwks_uri"]


def verify(raw, iss=issuer, uri=jwks_uri, **checks):
    """Verifies an access token by the published keys."""
    key = jwt.PyJWKClient(uri).get_signing_key_from_jwt(raw).key
    return jwt.decode(raw, key, algorithms=["RS256"], issuer=iss, options={"require": ["exp", "iss", "sub"]}, **checks)


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


def introspected(raw):
    """Returns what the service is told of a token."""
    by = (os.environ["SERVICE_ID"], os.environ["SERVICE_SECRET"])
    return requests.post(issuer + "/connect/introspect", data={"token": raw}, auth=by).json()


told = introspected(fresh["access_token"])
assert told["active"] and told["sub"] == login and told["client_id"] == os.environ["CLIENT_ID"], told
step("introspect")
url, headers, body = client.prepare_token_revocation_request(issuer + "/connect/revocation", fresh["refresh_token"], "refresh_token")
revoked = requests.post(url, headers=headers, data=body, auth=(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]))
assert revoked.status_code == 200, revoked.status_code
assert introspected(fresh["access_token"]) == {"active": False}
step("revoke")

other = os.environ["AUDIENCE_ISSUER"]
meant = granted(os.environ["PLAIN"], other + "/connect/token")
other_jwks = requests.get(other + "/.well-known/openid-configuration").json()["jwks_uri"]
assert verify(meant["access_token"], other, other_jwks, audience=os.environ["AUDIENCE"])["aud"] == os.environ["AUDIENCE"]
try:
    verify(meant["access_token"], other, other_jwks, audience=os.environ["AUDIENCE"] + "/x")
except jwt.InvalidAudienceError:
    step("audience")
