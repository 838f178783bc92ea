from odoo import api, models
from odoo.exceptions import UserError


class TelecomAppendOnly(models.AbstractModel):
    """What happened: written once, never changed and never deleted by anybody."""

    _name = "telecom.append.only"
    _description = "Append-Only Records"

    def write(self, vals):  # pylint: disable=method-required-super
        self.check_access("write")
        raise UserError(self.env._("What is in a history cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What is in a history cannot be deleted."))
