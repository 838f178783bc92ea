from odoo import fields, models


class TelecomLanguage(models.Model):
    """A language customers speak; a catalogue shared by all operators.

    Not ``res.lang``: nobody translates Odoo into Bariba, yet a caller who speaks it
    should reach an agent who does.
    """

    _name = "telecom.language"
    _description = "Customer Language"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="ISO 639-1, or 639-3 when there is none.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint("UNIQUE(code)", "This language exists already.")
