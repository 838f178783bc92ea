import contextlib
import json
import time

from psycopg2 import IntegrityError

from odoo import api, fields, models

from ..tools.answer import Answer
from ..tools.errors import ConnectorError

#: What may happen; codes of ``ConnectorError`` and what else goes wrong
OUTCOMES = [
    ("open", "Begun"),
    ("done", "Done"),
    ("timeout", "Took too long"),
    ("refused", "Login refused"),
    ("unreachable", "Not reached"),
    ("private_address", "Private address"),
    ("failed", "Refused by the server"),
    ("too_many", "Too many rows"),
    ("other", "Other error"),
]


class TelecomConnectorAccess(models.Model):
    """Who asked what of somebody else's system, when, and what came of it.

    Written in a transaction of its own, before the access and after it: what happened
    there stays known when the work here is undone.
    """

    _name = "telecom.connector.access"
    _description = "Connector Access"
    _inherit = ["telecom.append.only"]
    _order = "id desc"
    _rec_name = "query_name"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, readonly=True
    )
    connector_id = fields.Many2one(
        "telecom.connector",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    query_id = fields.Many2one(
        "telecom.connector.query",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        help="Empty for trials of the connection.",
    )
    query_name = fields.Char(
        string="Asked", readonly=True, help="As it was called then."
    )
    operation = fields.Selection(
        [("read", "Reads"), ("write", "Changes")], readonly=True
    )
    user_id = fields.Many2one("res.users", required=True, readonly=True, index=True)
    begun_at = fields.Datetime(string="When", required=True, readonly=True)
    milliseconds = fields.Integer(string="Time (ms)", aggregator="avg", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    error = fields.Char(
        readonly=True, help="The server's code; never its words, which repeat values."
    )
    parameters = fields.Json(readonly=True)
    parameter_text = fields.Char(
        string="With", compute="_compute_parameter_text", help="Secrets are hidden."
    )
    request = fields.Char(readonly=True)

    _request_once = models.UniqueIndex(
        "(request) WHERE request IS NOT NULL", "This was sent before."
    )
    _company_idx = models.Index("(company_id, id)")

    @api.depends("parameters")
    def _compute_parameter_text(self):
        for access in self:
            access.parameter_text = ", ".join(
                f"{name} = {value}" for name, value in (access.parameters or {}).items()
            )

    @api.model
    @contextlib.contextmanager
    def _logged(self, connector, query=None, *, shown=None, request=None):
        """Log what is done within.

        :param connector: ``telecom.connector``
        :param query: ``telecom.connector.query``, None for a trial of the connection
        :param dict shown: parameters as texts, secrets hidden
        :param str request: names this very wish, so that it is done once
        :return: dict; the block puts ``count`` in, and leaves when ``done`` is there
        """
        outcome = {"count": 0}
        access_id = self._begin(connector, query, shown, request)
        if not access_id:
            outcome |= {"done": True, "answer": self._before(connector, request)}
            yield outcome
            return
        start = time.monotonic()
        code, detail = "other", ""
        try:
            yield outcome
            code = "done"
        except ConnectorError as error:
            known = error.code in dict(OUTCOMES)
            code = error.code if known else "other"
            detail = ": ".join(filter(None, (error.code, error.detail)))
            raise
        except Exception as error:
            detail = type(error).__name__
            raise
        finally:
            elapsed = round(1000 * (time.monotonic() - start))
            self._end(access_id, code, detail, outcome["count"], elapsed)

    def _begin(self, connector, query, shown, request):
        """Write that an access begins.

        :return: its id; None when this very wish was there before
        """
        values = (
            connector.company_id.id,
            connector.id,
            query.id if query else None,
            query.name if query else None,
            query.operation if query else "read",
            self.env.uid,
            json.dumps(shown or {}),
            request,
        )
        try:
            with self.env.registry.cursor() as cr:
                cr.execute(
                    """INSERT INTO telecom_connector_access (
                           company_id, connector_id, query_id, query_name, operation,
                           user_id, parameters, request, outcome, begun_at,
                           milliseconds, row_count, create_uid, create_date)
                       VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'open',
                           now() AT TIME ZONE 'UTC', 0, 0, %s,
                           now() AT TIME ZONE 'UTC')
                       RETURNING id""",
                    (*values, self.env.uid),
                    # A wish that was there before is no fault
                    log_exceptions=False,
                )
                return cr.fetchone()[0]
        except IntegrityError:
            if not request:
                raise
            return None

    def _end(self, access_id, code, detail, count, milliseconds):
        with self.env.registry.cursor() as cr:
            cr.execute(
                """UPDATE telecom_connector_access
                      SET outcome = %s, error = %s, row_count = %s, milliseconds = %s
                    WHERE id = %s AND outcome = 'open'""",
                (code, detail or None, count, milliseconds, access_id),
            )
        self.invalidate_model()

    def _before(self, connector, request):
        """Return what came of a wish that was there before.

        :raises ConnectorError: ``again`` when that is not known, or went wrong
        """
        with self.env.registry.cursor() as cr:
            cr.execute(
                """SELECT outcome, row_count FROM telecom_connector_access
                    WHERE request = %s AND connector_id = %s""",
                (request, connector.id),
            )
            found = cr.fetchone()
        if not found or found[0] != "done":
            raise ConnectorError("again")
        return Answer(count=found[1])
