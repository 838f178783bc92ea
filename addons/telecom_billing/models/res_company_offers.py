from odoo import fields, models

#: Subscribers are told so many days before a price rises, unless set otherwise
NOTICE_DAYS = 30


class ResCompany(models.Model):
    """An operator's rules for prices."""

    _inherit = "res.company"

    telecom_price_notice_days = fields.Integer(
        string="Notice of Price Rises (days)",
        default=NOTICE_DAYS,
        help="So long before a monthly price rises its subscribers are told.",
    )

    _telecom_notice_positive = models.Constraint(
        "CHECK(telecom_price_notice_days >= 0)",
        "A number of days cannot be negative.",
    )

    def _telecom_billed_until(self, products, kind):
        """Return the last day for which products are billed, by offer.

        Days up to the accounting's lock dates are closed for all of them.

        :param product.product products: offers of this company
        :param str kind: ``one_time`` or ``recurring``
        :return: {template id: last day}; offers with nothing closed are left out
        :rtype: dict
        """
        self.ensure_one()
        # sudo: res.company - the lock dates only
        company = self.sudo()
        locks = [
            company.fiscalyear_lock_date,
            company.sale_lock_date,
            company.hard_lock_date,
        ]
        locked = max(filter(None, locks), default=None)
        found = {}
        for product in products:
            if locked:
                found[product.product_tmpl_id.id] = locked
        if kind == "recurring":
            for product, last in self._telecom_charged_until(products):
                key = product.product_tmpl_id.id
                found[key] = max(found.get(key, last), last)
        return found

    def _telecom_charged_until(self, products):
        """Return the last days of recurring charges.

        :return: [(product, last day), …]
        :rtype: list
        """
        # sudo: telecom.charge - the days only, of this company's charges
        return (
            self.env["telecom.charge"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "=", self.id),
                    ("product_id", "in", products.ids),
                    ("kind", "=", "recurring"),
                ],
                ["product_id"],
                ["date_to:max"],
            )
        )
