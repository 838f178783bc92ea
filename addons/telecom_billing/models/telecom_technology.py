from odoo import fields, models


class TelecomTechnology(models.Model):
    """A technology of lines, as a catalogue: offers are for one or several.

    Without a company and changed by nobody; ``telecom.line.technology`` has the codes.
    """

    _name = "telecom.technology"
    _description = "Technology of Lines"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)

    _code_unique = models.UniqueIndex("(code)", "This technology exists already.")
