from odoo import api, fields, models

MODULE_STATES = [
    ("on", "On"),
    ("readonly", "Read-only"),
    ("off", "Off"),
]


class TelecomCompanyModule(models.Model):
    """How far a module is open for an operator; a module without a row is on.

    Written by the platform's administrator, and by billing when modules are paid.
    """

    _name = "telecom.company.module"
    _description = "Module of an Operator"
    _check_company_auto = True
    _order = "company_id, module_id"
    _rec_name = "module_id"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    module_id = fields.Many2one(
        "telecom.module", required=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(MODULE_STATES, required=True, default="on")
    draining = fields.Boolean(
        string="Being Finished",
        readonly=True,
        help="Switched off while calls were under way: these are finished, and nothing "
        "new begins.",
    )

    _company_module_unique = models.UniqueIndex(
        "(company_id, module_id)", "This operator has a state for this module already."
    )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._begin_draining()
        self.env.registry.clear_cache()
        rows._state_changed()
        return rows

    def write(self, vals):
        res = super().write(vals)
        if "state" in vals:
            self._begin_draining()
        self.env.registry.clear_cache()
        if "state" in vals:
            self._state_changed()
        return res

    def unlink(self):
        res = super().unlink()
        self.env.registry.clear_cache()
        return res

    # Hooks

    def _get_busy(self):
        """Return the rows whose module is in use in a way that must not be cut."""
        return self.browse()

    def _state_changed(self):
        """Tell whoever works outside Odoo; called after caches are cleared."""

    # What is under way

    def _begin_draining(self):
        """Leave the module open for what is under way."""
        closing = self.filtered(lambda row: row.state != "on")
        busy = closing._get_busy()
        for draining, rows in ((True, busy), (False, self - busy)):
            changed = rows.filtered(lambda row, value=draining: row.draining != value)
            if changed:
                changed.draining = draining

    @api.model
    def _cron_end_draining(self):
        """Close the modules whose last call has ended."""
        # By the cron's superuser: the rows of all operators
        draining = self.search([("draining", "=", True)])
        (draining - draining._get_busy()).draining = False
