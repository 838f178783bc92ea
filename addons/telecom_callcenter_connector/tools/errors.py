"""What goes wrong on the way to somebody else's system; no Odoo."""


class ConnectorError(Exception):
    """An access that failed.

    :ivar str code: what happened, see ``telecom.connector.access``
    :ivar str detail: short, without values: an SQLSTATE, a status of HTTP, a name
    """

    def __init__(self, code, detail=""):
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = str(detail)[:120]
