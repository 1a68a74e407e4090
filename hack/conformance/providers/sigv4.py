"""Verifies AWS Signature Version 4 by signing the request again with botocore's own signer.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import datetime
import hashlib
import re

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from . import credentials
from .exchange import Exchange, Refused
from .shape import Problem

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request,\s*"
    r"SignedHeaders=(?P<headers>[^,]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_SERVICE = "bedrock"


def verify(exchange: Exchange) -> None:
    """Refuse a request that is not signed with the test credentials, or whose signature does not fit."""
    found = _HEADER.fullmatch(exchange.header("Authorization"))
    if found is None:
        raise _refusal("Authorization", "is no AWS4-HMAC-SHA256 signature")
    scope = (found["key"], found["region"], found["service"])
    if scope != (credentials.AWS_ACCESS_KEY_ID, credentials.AWS_REGION, _SERVICE):
        raise _refusal("Authorization", "The security token included in the request is invalid.")
    stamp = exchange.header("X-Amz-Date")
    _check_time(stamp, found["date"])
    signed = found["headers"].split(";")
    if "host" not in signed or "x-amz-date" not in signed:
        raise _refusal("Authorization", "host and x-amz-date must be signed")
    digest = exchange.header("X-Amz-Content-Sha256")
    if digest and digest != hashlib.sha256(exchange.body).hexdigest():
        raise _refusal("X-Amz-Content-Sha256", "is not the digest of the body")
    if _signature(exchange, signed, stamp) != found["signature"]:
        raise _refusal("Authorization", "The request signature we calculated does not match the signature you provided.")


def _signature(exchange: Exchange, signed: list[str], stamp: str) -> str:
    request = exchange.request
    aws = AWSRequest(
        method=request.method,
        url=f"http://{request.host}{request.raw_path}",
        headers={name: ",".join(request.headers.getall(name, [])) for name in signed},
        data=exchange.body,
    )
    aws.context["timestamp"] = stamp
    keys = Credentials(credentials.AWS_ACCESS_KEY_ID, credentials.AWS_SECRET_ACCESS_KEY)
    auth = SigV4Auth(keys, _SERVICE, credentials.AWS_REGION)
    return str(auth.signature(auth.string_to_sign(aws, auth.canonical_request(aws)), aws))


def _check_time(stamp: str, date: str) -> None:
    try:
        signed_at = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    except ValueError as e:
        raise _refusal("X-Amz-Date", "is no time") from e
    if not stamp.startswith(date) or abs(datetime.datetime.now(datetime.UTC) - signed_at) > datetime.timedelta(minutes=5):
        raise _refusal("X-Amz-Date", "Signature expired, or its date is not that of the credential's scope")


def _refusal(where: str, what: str) -> Refused:
    return Refused([Problem(where, what)], 403, "auth")
