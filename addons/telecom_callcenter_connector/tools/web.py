"""Web services of others: HTTP with JSON; no Odoo.

One connection to the address that was judged (see :mod:`.address`), no proxy, no
cookies, no password file of the machine. Redirections are followed on the same host
only, and not for what changes something.
"""

import json
import time
from urllib.parse import quote, urlencode, urljoin, urlsplit

import urllib3

from .answer import Answer
from .errors import ConnectorError

#: Bytes of an answer
LARGEST = 5_000_000
CHUNK = 65_536
REDIRECTS = 3
CONNECT = 10
#: Levels of an answer's objects that become columns, as address.city
DEPTH = 3


def path_of(template, values):
    """Fill ``{name}`` in a path; a value is one segment and cannot leave it.

    :raises ConnectorError: ``bad_value`` for a value that would be another path
    """
    path = template
    for name, value in values.items():
        text = _text(value)
        if text in ("", ".", ".."):
            raise ConnectorError("bad_value", name)
        path = path.replace(f"{{{name}}}", quote(text, safe=""))
    return path


def _text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def call(
    base,
    address,
    method,
    path,
    *,
    query=None,
    body=None,
    headers=None,
    context=None,
    limit,
    seconds,
    result_path="",
):
    """Call a web service.

    :param str base: address of the service, ``https://api.example.com/v2``
    :param str address: the address that was judged
    :param str path: below the base
    :param dict query: of the query string; None values are left out
    :param dict body: sent as JSON
    :param ssl.SSLContext context: None for plain HTTP
    :param int limit: rows that are kept
    :param str result_path: where in the answer the rows are, ``data.items``
    :return: Answer
    :raises ConnectorError: ``unreachable``, ``timeout``, ``elsewhere`` (it leads to
        another host), ``refused`` (401, 403), ``failed``, ``too_large``, ``no_json``
    """
    start = urlsplit(base)
    url = base.rstrip("/") + "/" + path.lstrip("/")
    given = {name: _text(value) for name, value in (query or {}).items()}
    given = {name: text for name, text in given.items() if text != ""}
    if given:
        url += ("&" if "?" in url else "?") + urlencode(given)
    sent = None if body is None else json.dumps(body, default=str).encode()
    all_headers = {
        "Host": start.netloc.rpartition("@")[2],
        "Accept": "application/json",
        "User-Agent": "telecom-connector",
        **({"Content-Type": "application/json"} if sent is not None else {}),
        **(headers or {}),
    }
    deadline = time.monotonic() + seconds
    pool = _pool(start, address, context, seconds)
    try:
        for _turn in range(REDIRECTS + 1):
            response = _request(pool, method, url, sent, all_headers, deadline)
            try:
                if response.status not in (301, 302, 303, 307, 308):
                    return _answer(response, deadline, limit, result_path)
                target = urljoin(url, response.headers.get("Location", ""))
            finally:
                response.close()
            if method != "GET" or _origin(urlsplit(target)) != _origin(start):
                raise ConnectorError("elsewhere", response.status)
            url = target
        raise ConnectorError("elsewhere", "redirects")
    finally:
        pool.close()


def _origin(parts):
    usual = {"http": 80, "https": 443}
    return parts.scheme, parts.hostname, parts.port or usual.get(parts.scheme)


def _pool(start, address, context, seconds):
    timeout = urllib3.Timeout(connect=min(CONNECT, seconds), read=seconds)
    if start.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            start.port or 443,
            timeout=timeout,
            maxsize=1,
            retries=False,
            ssl_context=context,
            # The certificate is that of the name, not of the address
            server_hostname=start.hostname,
        )
        if not context.check_hostname:
            pool.ConnectionCls = _Unchecked
        return pool
    return urllib3.HTTPConnectionPool(
        address, start.port or 80, timeout=timeout, maxsize=1, retries=False
    )


class _Unchecked(urllib3.connection.HTTPSConnection):
    """To whoever answers, as the administrator chose: not worth a warning each time."""

    def connect(self):
        connected = super().connect()
        self.is_verified = True
        return connected


def _request(pool, method, url, body, headers, deadline):
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    left = deadline - time.monotonic()
    if left <= 0:
        raise ConnectorError("timeout")
    try:
        return pool.urlopen(
            method,
            target,
            body=body,
            headers=headers,
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=min(CONNECT, left), read=left),
        )
    except urllib3.exceptions.TimeoutError as error:
        raise ConnectorError("timeout") from error
    except urllib3.exceptions.SSLError as error:
        raise ConnectorError("unreachable", "TLS") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ConnectorError("unreachable") from error


def _answer(response, deadline, limit, result_path):
    if response.status in (401, 403):
        raise ConnectorError("refused", response.status)
    if response.status >= 400 or response.status < 200:
        raise ConnectorError("failed", response.status)
    content = bytearray()
    try:
        for chunk in response.stream(CHUNK, decode_content=True):
            content += chunk
            if len(content) > LARGEST:
                raise ConnectorError("too_large")
            if time.monotonic() > deadline:
                raise ConnectorError("timeout")
    except urllib3.exceptions.TimeoutError as error:
        raise ConnectorError("timeout") from error
    except urllib3.exceptions.HTTPError as error:
        raise ConnectorError("unreachable") from error
    if not content.strip():
        return Answer()
    try:
        found = json.loads(content)
    except ValueError as error:
        raise ConnectorError("no_json") from error
    return table(found, limit, result_path)


def table(found, limit, result_path=""):
    """Return an answer's objects as rows.

    :param found: what JSON held
    :param str result_path: names and positions with dots
    :raises ConnectorError: ``no_result`` when there is nothing at this place
    """
    for step in filter(None, result_path.split(".")):
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ConnectorError("no_result", step) from error
    if found is None:
        found = []
    items = found if isinstance(found, list) else [found]
    rows = [_flat(item) for item in items[: limit + 1]]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return Answer.of(
        columns, [[row.get(name) for name in columns] for row in rows], limit
    )


def _flat(item, prefix="", depth=1):
    if not isinstance(item, dict):
        return {prefix.rstrip(".") or "value": item}
    row = {}
    for name, value in item.items():
        if isinstance(value, dict) and depth < DEPTH:
            row |= _flat(value, f"{prefix}{name}.", depth + 1)
        else:
            row[f"{prefix}{name}"] = value
    return row
