from odoo import fields, models


class TelecomBoutiqueOpening(models.Model):
    """When a shop is open during the next days, as the search needs it.

    Asking a calendar costs a millisecond a shop; this table is asked by its index. It
    is made anew whenever a calendar, a holiday, a closure or a shop changes.
    """

    _name = "telecom.boutique.opening"
    _description = "Opening Hours of a Boutique"
    _order = "date_from, id"
    _log_access = False

    boutique_id = fields.Many2one(
        "telecom.boutique", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    date_from = fields.Datetime(string="Opens", required=True, readonly=True)
    date_to = fields.Datetime(string="Closes", required=True, readonly=True)

    _boutique_idx = models.Index("(boutique_id, date_to, date_from)")
    _order_idx = models.Index("(company_id, date_from)")
