import re

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.telecom_crm.tools import table

from ..tools import database, sql_text, web
from ..tools.errors import ConnectorError

CODE = re.compile(r"[a-z][a-z0-9_]{1,40}")
IN_PATH = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class TelecomConnectorQuery(models.Model):
    """One thing that may be asked of, or changed in, somebody else's system.

    What people run is always one of these, with values for its parameters; the values
    are bound by the driver and never become part of the text.
    """

    _name = "telecom.connector.query"
    _description = "Connector Query"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "connector_id, name, id"

    name = fields.Char(required=True)
    code = fields.Char(
        required=True, help="Small letters, digits and _: its name in scripts."
    )
    # Its operator is the query's: checked against it, a new query could choose none
    connector_id = fields.Many2one(
        "telecom.connector", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="connector_id.company_id", store=True, index=True, precompute=True
    )
    kind = fields.Selection(related="connector_id.kind")
    active = fields.Boolean(default=True)
    operation = fields.Selection(
        [("read", "Reads"), ("write", "Changes")],
        string="What It Does",
        required=True,
        default="read",
    )
    in_scripts = fields.Boolean(
        default=True, help="Agents run it by a button of a script."
    )

    # Of databases
    text = fields.Text(
        string="SQL",
        help="One statement; :name stands for the parameter “name”.",
    )

    # Of web services
    method = fields.Selection(
        [
            ("GET", "GET"),
            ("POST", "POST"),
            ("PUT", "PUT"),
            ("PATCH", "PATCH"),
            ("DELETE", "DELETE"),
        ],
        required=True,
        default="GET",
    )
    path = fields.Char(help="Below the service's address; {name} is a parameter.")
    result_path = fields.Char(
        string="Rows At", help="Where the rows are in the answer, as data.items."
    )

    parameter_ids = fields.One2many(
        "telecom.connector.parameter", "query_id", copy=True
    )
    result_ids = fields.One2many("telecom.connector.result", "query_id", copy=True)
    row_limit = fields.Integer(
        string="Most Rows",
        default=50,
        required=True,
        help="That are read, or may be changed: if more would be, none is.",
    )
    timeout_seconds = fields.Integer(string="Time (s)", default=10, required=True)

    _code_once = models.UniqueIndex(
        "(company_id, code)", "Two queries of an operator have the same code."
    )
    _limits = models.Constraint(
        "CHECK(row_limit BETWEEN 1 AND 100000 AND timeout_seconds BETWEEN 1 AND 120)",
        "Between 1 and 100,000 rows, and between 1 and 120 seconds.",
    )

    # -------------------------------------------------------------------------
    # ORM
    # -------------------------------------------------------------------------

    @api.constrains("code")
    def _check_code(self):
        for query in self:
            if not CODE.fullmatch(query.code):
                raise ValidationError(
                    self.env._(
                        "A code has small letters, digits and _, and begins with a "
                        "letter: “%s” does not.",
                        query.code,
                    )
                )

    @api.constrains(
        "text", "path", "method", "operation", "connector_id", "parameter_ids"
    )
    def _check_text(self):
        for query in self:
            if query.kind == "http":
                query._check_call()
            else:
                query._check_names(query._sql_names())

    def _sql_names(self):
        _ = self.env._
        try:
            return sql_text.check(self.text or "", read=self.operation == "read")
        except sql_text.BadText as bad:
            reasons = {
                "empty": _("Write what is asked."),
                "several": _("One statement only."),
                "quote": _("A quote or a comment is not closed."),
                "backslash": _(
                    "No backslash in a text between quotes: make it a parameter."
                ),
                "comment": _("No comment within a comment, and none that is executed."),
                "no_read": _("What reads begins with SELECT or WITH."),
            }
            raise ValidationError(
                _(
                    "%(query)s: %(reason)s",
                    query=self.name or "",
                    reason=reasons[bad.code],
                )
            ) from bad

    def _check_call(self):
        if self.operation == "read" and self.method not in ("GET", "POST"):
            raise ValidationError(
                self.env._("%s changes something: say so.", self.method)
            )
        path = self.path or ""
        if "//" in path or ".." in path or "#" in path or "\\" in path:
            raise ValidationError(self.env._("“%s” is no path.", path))
        named = set(IN_PATH.findall(path))
        placed = set(
            self.parameter_ids.filtered(lambda p: p.place == "path").mapped("name")
        )
        if named != placed:
            raise ValidationError(
                self.env._(
                    "Parameters in the path and those said to be there differ: %s",
                    ", ".join(sorted(named ^ placed)),
                )
            )

    def _check_names(self, names):
        declared = set(self.parameter_ids.mapped("name"))
        if set(names) != declared:
            raise ValidationError(
                self.env._(
                    "Parameters in the text and those declared below differ: %s",
                    ", ".join(sorted(set(names) ^ declared)),
                )
            )

    @api.onchange("name")
    def _onchange_name(self):
        """Propose the code: most administrators have no other one in mind."""
        slug = table.fold(self.name).replace(" ", "_").lstrip("0123456789_")
        if not self.code and CODE.fullmatch(slug):
            self.code = slug

    @api.onchange("text", "path")
    def _onchange_text(self):
        """Declare the parameters that the text names."""
        if self.kind == "http":
            names = IN_PATH.findall(self.path or "")
        else:
            try:
                names = sql_text.check(self.text or "", read=False)
            except sql_text.BadText:
                return
        known = self.parameter_ids.mapped("name")
        self.parameter_ids = [
            Command.create(
                {"name": name, "place": "path" if self.kind == "http" else "query"}
            )
            for name in dict.fromkeys(names)
            if name not in known
        ]

    def copy_data(self, default=None):
        return [
            {
                **vals,
                "name": self.env._("%s (copy)", query.name),
                "code": f"{query.code}_copy",
                **(default or {}),
            }
            for query, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # -------------------------------------------------------------------------
    # Running
    # -------------------------------------------------------------------------

    def _run(self, values, *, request=None):
        """Ask, and log it.

        For whoever came here by a right of his own: a script's button, a campaign's
        query, the administrator's trial.

        :param dict values: by parameter name, of any type
        :param str request: names this very wish; a change asked twice is done once
        :return: ``tools.answer.Answer``; without rows when it was done before
        :raises AccessError: of an operator the user does not work for now
        :raises UserError: what went wrong, in the user's language
        """
        self.ensure_one()
        # sudo: telecom.connector.query - see above; its operator is checked here
        query = self.sudo()
        company, read = query.company_id, query.operation == "read"
        if company not in self.env.companies:
            raise AccessError(self.env._("You do not work for this operator now."))
        company._telecom_check("callcenter", "read" if read else "write")
        if not query.active or not query.connector_id.active:
            raise UserError(self.env._("“%s” is switched off.", query.name))
        # What this transaction wrote is checked before something is done elsewhere
        self.env.flush_all()
        Access = self.env["telecom.connector.access"]
        try:
            bound, shown = query.parameter_ids._bind(values)
            with Access._logged(
                query.connector_id,
                query,
                shown=shown,
                # What reads is asked again: its rows were kept nowhere
                request=None if read else request,
            ) as outcome:
                if outcome.get("done"):
                    return outcome["answer"]
                answer = query._ask(bound)
                outcome["count"] = answer.count
                return answer
        except ConnectorError as error:
            raise UserError(
                self.env._(
                    "%(query)s: %(reason)s",
                    query=query.name,
                    reason=query.connector_id.with_env(self.env)._explain(error),
                )
            ) from error

    def _ask(self, bound):
        """Ask the system.

        :param dict bound: typed values by parameter
        :return: Answer
        :raises ConnectorError: why not
        """
        connector = self.connector_id
        target = connector._target()
        read = self.operation == "read"
        if connector.kind != "http":
            return database.run(
                connector.kind,
                target,
                self.text,
                {parameter.name: value for parameter, value in bound.items()},
                read=read,
                limit=self.row_limit,
                seconds=self.timeout_seconds,
            )
        places = {"path": {}, "query": {}, "body": {}}
        for parameter, value in bound.items():
            places[parameter.place][parameter.name] = value
        answer = connector._call(
            target,
            self.method,
            web.path_of(self.path or "", places["path"]),
            query=places["query"],
            body=places["body"] if self.method in ("POST", "PUT", "PATCH") else None,
            limit=self.row_limit,
            seconds=self.timeout_seconds,
            result_path=self.result_path or "",
        )
        if not read and not answer.rows:
            # Services that answer nothing do not say how much they changed
            answer.count = None
        return answer

    def action_try(self):
        """Run it with the parameters' values for a trial; shows what came back.

        What changes something is not tried.
        """
        self.ensure_one()
        self.check_access("write")
        if self.operation != "read":
            raise UserError(self.env._("What changes something is not tried out."))
        answer = self._run({p.name: p.trial_value for p in self.parameter_ids})
        known = self.result_ids.mapped("name")
        self.write(
            {
                "result_ids": [
                    Command.create({"name": name, "label": name})
                    for name in answer.columns
                    if name not in known
                ]
            }
        )
        return {
            "type": "ir.actions.client",
            "tag": "telecom_callcenter_connector.answer",
            "target": "new",
            "name": self.name,
            "params": self._shown(answer),
        }

    def _shown(self, answer):
        """Return an answer as agents see it: named columns only, if any is named.

        :return: dict ``title, operation, columns, rows, count, more``
        """
        results = self.result_ids.filtered("shown")
        columns = [
            {"name": result.name, "label": result.label or result.name}
            for result in results
            if result.name in answer.columns
        ]
        if not self.result_ids:
            columns = [{"name": name, "label": name} for name in answer.columns]
        return {
            "title": self.name,
            "operation": self.operation,
            "columns": columns,
            "rows": [
                [row.get(column["name"]) for column in columns]
                for row in answer.dicts()
            ],
            "count": answer.count,
            "more": answer.more,
        }
