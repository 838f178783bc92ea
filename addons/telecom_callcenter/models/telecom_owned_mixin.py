from odoo import models
from odoo.exceptions import AccessError


class TelecomOwnedMixin(models.AbstractModel):
    """A record that stays with the company it was created for.

    Rules are checked before something is written, never after: without this, a
    record could be pushed over to a company its writer has no access to, by its
    company or by the queue, campaign or agent that decides about its company.
    """

    _name = "telecom.owned.mixin"
    _description = "Belongs to a Company"

    def write(self, vals):
        # sudo: any model - comparing companies, whoever writes
        owners = {record.id: record.company_id for record in self.sudo()}
        result = super().write(vals)
        if not self.env.su:
            for record in self.sudo():
                if record.company_id != owners[record.id]:
                    raise AccessError(
                        self.env._(
                            "“%(record)s” stays with %(company)s.",
                            record=record.display_name,
                            company=owners[record.id].name,
                        )
                    )
        return result
