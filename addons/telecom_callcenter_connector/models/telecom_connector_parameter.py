from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import sql_text
from ..tools.errors import ConnectorError

HIDDEN = "•••"
#: Characters of a value that the log keeps
LOGGED = 80
YES = ("true", "yes", "1", "oui", "vrai")
NO = ("false", "no", "0", "non", "faux")


class TelecomConnectorParameter(models.Model):
    """A value that a query is asked with."""

    _name = "telecom.connector.parameter"
    _description = "Connector Parameter"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "query_id, sequence, id"

    query_id = fields.Many2one(
        "telecom.connector.query",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="query_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    type = fields.Selection(
        [
            ("char", "Text"),
            ("integer", "Whole Number"),
            ("float", "Decimal Number"),
            ("boolean", "Yes or No"),
            ("date", "Date"),
            ("datetime", "Date and Time"),
        ],
        required=True,
        default="char",
    )
    required = fields.Boolean(default=True)
    secret = fields.Boolean(help="Its value is not written to the access log.")
    source = fields.Char(
        string="Taken From",
        help="In scripts: a field of the contact or work item, as customer_number, "
        "number, reference, or the name of a campaign's own field.",
    )
    default_value = fields.Char(
        string="Otherwise", help="When there is no other value."
    )
    trial_value = fields.Char(string="For a Trial")
    place = fields.Selection(
        [("path", "Path"), ("query", "Query String"), ("body", "Body (JSON)")],
        required=True,
        default="query",
        help="Of web services.",
    )

    _name_once = models.UniqueIndex(
        "(query_id, name)", "A query has one parameter of a name."
    )

    @api.constrains("name")
    def _check_name(self):
        for parameter in self:
            if not sql_text.NAME.fullmatch(parameter.name):
                raise ValidationError(
                    self.env._(
                        "A parameter's name has small letters, digits and _: “%s” "
                        "does not.",
                        parameter.name,
                    )
                )

    def _bind(self, values):
        """Return values in the types of these parameters.

        :param dict values: by name; None, False of other types and "" are no value
        :return: ({parameter: value or None}, {name: text for the log})
        :raises ConnectorError: ``missing`` or ``bad_value``, with the parameter's name
        """
        bound, shown = {}, {}
        for parameter in self:
            value = parameter._typed(values.get(parameter.name))
            if value is None:
                value = parameter._typed(parameter.default_value)
            if value is None and parameter.required:
                raise ConnectorError("missing", parameter.name)
            bound[parameter] = value
            text = "" if value is None else str(value)[:LOGGED]
            shown[parameter.name] = HIDDEN if parameter.secret and text else text
        return bound, shown

    def _typed(self, value):
        if value is None or value == "" or (value is False and self.type != "boolean"):
            return None
        try:
            return self._read(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise ConnectorError("bad_value", self.name) from error

    def _read(self, value):
        if self.type == "integer":
            if isinstance(value, float) and value != int(value):
                raise ValueError
            return int(value)
        if self.type == "float":
            number = float(str(value).replace(",", "."))
            if number - number != 0:
                raise ValueError
            return number
        if self.type == "boolean":
            word = str(value).lower()
            if word not in YES + NO:
                raise ValueError
            return word in YES
        if self.type == "date":
            return fields.Date.to_date(value)
        if self.type == "datetime":
            return fields.Datetime.to_datetime(value)
        text = str(value)
        if "\0" in text:
            raise ValueError
        return text[:10_000]
