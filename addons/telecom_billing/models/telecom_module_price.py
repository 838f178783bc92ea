from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import modules as rules


class TelecomModuleBundle(models.Model):
    """Modules that cost less together; the platform's, the same for all operators."""

    _name = "telecom.module.bundle"
    _description = "Bundle of Modules"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    suite = fields.Boolean(
        string="Whole Suite", help="All modules, also those that come later."
    )
    module_ids = fields.Many2many("telecom.module", string="Modules")

    @api.constrains("suite", "module_ids")
    def _check_modules(self):
        for bundle in self:
            if not bundle.suite and len(bundle.module_ids) < 2:
                raise ValidationError(
                    self.env._(
                        "The bundle “%s” needs at least two modules.", bundle.name
                    )
                )

    def _codes(self, catalogue):
        """Return the codes of the modules of a bundle.

        :param catalogue: codes of all modules
        """
        self.ensure_one()
        return frozenset(catalogue if self.suite else self.module_ids.mapped("code"))


class TelecomModulePrice(models.Model):
    """What a module, a bundle or the whole suite costs a month, from a day on.

    A month that was invoiced keeps its price: prices begin with a month, none changes
    in a month that somebody was invoiced for, and a change is known 30 days before.
    """

    _name = "telecom.module.price"
    _description = "Price of a Module"
    _order = "currency_id, bundle_id, module_id, date_from desc"

    module_id = fields.Many2one("telecom.module", index=True, ondelete="cascade")
    bundle_id = fields.Many2one("telecom.module.bundle", index=True, ondelete="cascade")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    amount = fields.Monetary(string="Price per Month", required=True)
    date_from = fields.Date(
        string="Valid from",
        required=True,
        default=lambda self: self._default_date_from(),
    )

    _one_thing = models.Constraint(
        "CHECK(num_nonnulls(module_id, bundle_id) = 1)",
        "A price is the price of one module or of one bundle.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "A price cannot be negative."
    )
    _first_of_month = models.Constraint(
        "CHECK(EXTRACT(DAY FROM date_from) = 1)",
        "A price begins with the first day of a month.",
    )
    _once = models.UniqueIndex(
        "(COALESCE(module_id, 0), COALESCE(bundle_id, 0), currency_id, date_from)",
        "There is a price of this day already.",
    )

    def _default_date_from(self):
        day = fields.Date.add(fields.Date.context_today(self), days=self._notice_days())
        return rules.month_of(day)[1] + rules.ONE_DAY

    def _notice_days(self):
        return self.env["telecom.module.subscription"]._calendar().price_notice

    @api.depends("module_id", "bundle_id", "currency_id", "date_from")
    def _compute_display_name(self):
        for price in self:
            price.display_name = (
                f"{price.bundle_id.name or price.module_id.name or ''} "
                f"({price.currency_id.name})"
            )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        prices = super().create(vals_list)
        prices._check_period()
        prices._check_notice()
        return prices

    def write(self, vals):
        if vals.keys() & {
            "amount",
            "date_from",
            "currency_id",
            "module_id",
            "bundle_id",
        }:
            self._check_period()
            self._check_notice()
            res = super().write(vals)
            self._check_period()
            self._check_notice()
            return res
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_invoiced(self):
        self._check_period()
        self._check_notice()

    def _check_period(self):
        """Refuse what would change a month that was invoiced.

        :raises ValidationError: naming the last such month
        """
        # sudo: telecom.module.invoice - dates only, of all operators
        last = dict(
            self.env["telecom.module.invoice"]
            .sudo()
            ._read_group([], ["currency_id"], ["date_to:max"])
        )
        for price in self:
            closed = last.get(price.currency_id)
            if closed and price.date_from <= closed:
                raise ValidationError(
                    self.env._(
                        "Months until %(date)s are invoiced in %(currency)s: prices "
                        "change after that only.",
                        date=closed,
                        currency=price.currency_id.name,
                    )
                )

    def _check_notice(self):
        """Refuse a change that operators learn of too late; first prices are none.

        :raises ValidationError: naming the first possible day
        """
        today = fields.Date.context_today(self)
        soonest = fields.Date.add(today, days=self._notice_days())
        for price in self:
            if price.date_from >= soonest:
                continue
            former = self.search_count(
                [
                    ("module_id", "=", price.module_id.id),
                    ("bundle_id", "=", price.bundle_id.id),
                    ("currency_id", "=", price.currency_id.id),
                    ("date_from", "<", price.date_from),
                ],
                limit=1,
            )
            if former and not self.env.context.get("install_mode"):
                raise ValidationError(
                    self.env._(
                        "A change of a price is announced %(days)s days before: it "
                        "can begin on %(date)s or later.",
                        days=self._notice_days(),
                        date=rules.month_of(soonest)[1] + rules.ONE_DAY
                        if soonest.day > 1
                        else soonest,
                    )
                )

    # Asking

    @api.model
    def _prices_on(self, currency, day):
        """Return the prices of a month.

        :param res.currency currency: of the operator's subscription
        :param datetime.date day: first day of the month
        :rtype: list[odoo.addons.telecom_billing.engine.modules.Price]
        """
        # sudo: telecom.module* - the price list has no secrets
        Module = self.env["telecom.module"].sudo()
        catalogue = Module.search([("code", "!=", False)]).mapped("code")
        found = {}
        for price in self.sudo().search(
            [("currency_id", "=", currency.id), ("date_from", "<=", day)],
            order="date_from, id",
        ):
            if price.bundle_id:
                if price.bundle_id.active:
                    key = ("bundle", price.bundle_id.id)
                    found[key] = (price.amount, price.bundle_id._codes(catalogue))
            else:
                key = ("module", price.module_id.id)
                found[key] = (price.amount, frozenset([price.module_id.code]))
        return [
            rules.Price(key, Decimal(str(amount)), codes)
            for key, (amount, codes) in found.items()
        ]
