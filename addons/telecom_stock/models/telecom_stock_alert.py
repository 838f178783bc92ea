from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models

from .res_users import STOCK_MANAGER
from .telecom_boutique_stock import ALERTS

#: Articles that a notification names; of more it says how many
NAMED = 10


class TelecomStockAlert(models.Model):
    """What runs short in a shop, of which its manager was told: once, until over."""

    _name = "telecom.stock.alert"
    _description = "Alert of Stock"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "product_id"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Boutique",
        required=True,
        check_company=True,
        ondelete="cascade",
    )
    product_id = fields.Many2one(
        "product.product",
        string="Article",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    alert = fields.Selection(ALERTS, required=True)

    _once = models.Constraint(
        "UNIQUE(warehouse_id, product_id)", "This alert is known already."
    )

    @api.model
    def _cron_tell(self):
        """Tell managers of all operators what began to run short."""
        companies = self.env["res.company"].search([("telecom_tenant", "=", True)])
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(companies))
        for company in companies:
            if company._telecom_allows("stock"):
                self._telecom_tell(company)
            if Cron._commit_progress(1) <= 0:
                return

    @api.model
    def _telecom_tell(self, company):
        """Tell an operator's managers what began to run short, or is out now.

        :param res.company company: the operator
        :return: shops whose managers were told
        :rtype: telecom.boutique
        """
        # sudo: telecom.stock.alert, telecom.boutique.stock - by the scheduler
        self = self.sudo().with_company(company)
        stock = self.env["telecom.boutique.stock"]
        # A view: what was read before in this transaction may be over
        stock.invalidate_model()
        rows = stock.search(
            [
                ("company_id", "=", company.id),
                ("alert", "!=", False),
                ("boutique_id.state", "=", "open"),
            ]
        )
        known = {
            (alert.warehouse_id, alert.product_id): alert
            for alert in self.search([("company_id", "=", company.id)])
        }
        fresh, values = defaultdict(list), []
        for row in rows:
            alert = known.pop((row.warehouse_id, row.product_id), None)
            if alert is None:
                values.append(
                    {
                        "company_id": company.id,
                        "warehouse_id": row.warehouse_id.id,
                        "product_id": row.product_id.id,
                        "alert": row.alert,
                    }
                )
            elif alert.alert == row.alert:
                continue
            else:
                worse = row.alert == "out"
                alert.alert = row.alert
                if not worse:
                    continue
            fresh[row.boutique_id].append((row.product_id, row.alert))
        # Over: when it begins again, it is told again
        self.union(*known.values()).unlink()
        self.create(values)
        recipients = {}
        for boutique, articles in fresh.items():
            users = boutique.manager_id or self._telecom_managers(company)
            if users:
                recipients[boutique.with_context(telecom_short=articles)] = users
        self.env["telecom.notification"]._telecom_notify("stock_alert", recipients)
        return self.env["telecom.boutique"].union(*fresh)

    @api.model
    def _telecom_managers(self, company):
        """Return the stock managers who work for this operator."""
        group = self.env.ref(STOCK_MANAGER)
        return group.all_user_ids.filtered(
            lambda user: user.company_id == company and not user.share
        )


class TelecomBoutique(models.Model):
    _name = "telecom.boutique"
    _inherit = ["telecom.boutique", "telecom.notified.mixin"]

    def _telecom_notification_text(self, kind):
        if kind != "stock_alert":
            return super()._telecom_notification_text(kind)
        articles = self.env.context.get("telecom_short") or []
        labels = dict(
            self.env["telecom.boutique.stock"]
            ._fields["alert"]
            ._description_selection(self.env)
        )
        lines = [
            Markup("<li>%s: %s</li>")
            % (
                product.with_env(self.env)
                .with_context(display_default_code=False)
                .display_name,
                labels[alert],
            )
            for product, alert in articles[:NAMED]
        ]
        if len(articles) > NAMED:
            more = self.env._("and %s more", len(articles) - NAMED)
            lines.append(Markup("<li>%s</li>") % more)
        subject = self.env._(
            "%(boutique)s: %(count)s articles run short",
            boutique=self.name,
            count=len(articles),
        )
        return subject, Markup("<ul>%s</ul>") % Markup("").join(lines)
