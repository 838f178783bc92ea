from odoo import models
from odoo.exceptions import AccessError


class TelecomPukMixin(models.AbstractModel):
    """A SIM's PUK: written by who may write the record, read by few, and logged.

    Whoever knows the PUK takes the number over. The model keeps it in a column of
    ``fields.NO_ACCESS`` and says its name; nobody reads that column, every look at it
    goes through :meth:`_read_puk`.
    """

    _name = "telecom.puk.mixin"
    _description = "PUK of a SIM"

    #: The closed column, and the field through which people write it
    _puk_field = "puk"
    _puk_input_field = "puk_input"

    def _compute_puk_input(self):
        self[self._puk_input_field] = False

    def _inverse_puk_input(self):
        name = self._puk_input_field
        for record in self.filtered(name):
            # sudo: any model - nobody reads the column; who writes the record may
            # write it
            record.sudo()[self._puk_field] = record[name]
            record[name] = False

    def _record_puk_reading(self):
        """Keep that somebody saw the PUK."""
        raise NotImplementedError

    def _read_puk(self):
        """Return the PUK; every reading is kept in the history.

        :rtype: str or False
        :raises AccessError: the user may not see PUKs, or not this record
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("telecom_crm.group_telecom_puk"):
            raise AccessError(self.env._("You may not see PUK codes."))
        # sudo: any model - the column is closed; checked and logged here
        puk = self.sudo()[self._puk_field]
        if puk:
            self._record_puk_reading()
        return puk

    def action_show_puk(self):
        """Show the PUK, once, and log who saw it."""
        puk = self._read_puk()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("PUK of %s", self.display_name),
                "message": puk or self.env._("No PUK is known of this SIM."),
                "type": "info" if puk else "warning",
                "sticky": bool(puk),
            },
        }
