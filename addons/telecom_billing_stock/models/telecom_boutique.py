from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.telecom_crm.tools.once import once


class TelecomBoutique(models.Model):
    """Each shop has its own cash drawer, and a journal for it."""

    _inherit = "telecom.boutique"

    telecom_cash_journal_id = fields.Many2one(
        "account.journal",
        string="Cash Drawer",
        check_company=True,
        index="btree_not_null",
        copy=False,
        domain="[('type', '=', 'cash')]",
        groups="account.group_account_readonly,account.group_account_invoice",
        help="Journal of what is paid in cash here; made with the first sale.",
    )

    def _telecom_journal(self, method):
        """Return the journal that payments at this shop's counter go into.

        :param str method: of :data:`PAYMENT_METHODS` of counter sales
        :rtype: account.journal
        :raises UserError: the operator has none for it
        """
        self.ensure_one()
        # sudo: account.journal - of the shop's own operator, for the sale being made
        shop = self.sudo().with_company(self.company_id)
        Journal = shop.env["account.journal"]
        if method == "cash":
            if not shop.telecom_cash_journal_id:
                # Two shops that sell for the first time get the same code
                with once(Journal, "_code_company_uniq"):
                    shop.telecom_cash_journal_id = Journal.create(
                        {
                            "name": self.env._("Cash %s", shop.name),
                            "type": "cash",
                            "company_id": shop.company_id.id,
                        }
                    )
            return shop.telecom_cash_journal_id
        journal = Journal.search(
            [("company_id", "=", shop.company_id.id), ("type", "=", "bank")], limit=1
        )
        if not journal:
            raise UserError(
                self.env._(
                    "%s has no bank journal: create one in the accounting settings.",
                    shop.company_id.name,
                )
            )
        return journal
