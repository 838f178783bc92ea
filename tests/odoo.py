"""Odoo as the web client sees it: a session and JSON-RPC."""

import requests


class RpcError(Exception):
    """What Odoo answered instead of a result."""

    def __init__(self, error):
        data = error.get("data") or {}
        super().__init__(data.get("message") or error.get("message"))
        self.name = data.get("name")
        self.debug = data.get("debug")

    def __str__(self):
        return f"{self.name}: {self.args[0]}"


class Session:
    """A user who logged in.

    :param str url: the address of the instance
    :param str database:
    :param str login:
    :param str password: the demo users' by default
    """

    def __init__(self, url, database, login, password="demo", timeout=30):
        self.url, self.login, self.timeout = url, login, timeout
        self.http = requests.Session()
        self.info = self._post(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": password},
        )
        self.uid = self.info["uid"]

    def _post(self, path, params):
        answer = self.http.post(
            self.url + path,
            json={"jsonrpc": "2.0", "method": "call", "params": params, "id": 1},
            timeout=self.timeout,
        )
        answer.raise_for_status()
        body = answer.json()
        if "error" in body:
            raise RpcError(body["error"])
        return body.get("result")

    @property
    def cookie(self):
        return self.http.cookies.get("session_id")

    def companies(self):
        """Ids of the companies this user may work in."""
        allowed = self.info.get("user_companies") or {}
        return [int(ident) for ident in allowed.get("allowed_companies", {})]

    def call(self, model, method, *args, context=None, **kwargs):
        """Call a method of a model.

        :param dict context: ``allowed_company_ids`` are all the user's when absent
        """
        context = {"allowed_company_ids": self.companies()} | (context or {})
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {
                "model": model,
                "method": method,
                "args": list(args),
                "kwargs": {**kwargs, "context": context},
            },
        )

    def search(self, model, domain, fields=("id",), **options):
        return self.call(model, "search_read", domain, fields=list(fields), **options)

    def one(self, model, domain, fields=("id",)):
        rows = self.search(model, domain, fields, limit=2)
        assert len(rows) == 1, f"{len(rows)} {model} for {domain}"
        return rows[0]

    def create(self, model, **values):
        return self.call(model, "create", [values])[0]

    def write(self, model, ids, **values):
        return self.call(model, "write", ids, values)
