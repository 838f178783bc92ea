from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

PRICE_KINDS = [("one_time", "Once"), ("recurring", "Every Month")]
PRICE_STATES = [("draft", "Prepared"), ("confirmed", "Decided")]
#: Subscriptions that a change of the monthly price concerns
LIVING = ("draft", "active", "suspended")
#: What nobody changes once it is decided
FIXED = {"amount", "date_from", "kind", "product_tmpl_id", "company_id", "state"}
#: How many customers are told of a change before it is committed
BATCH = 200


class TelecomOfferPrice(models.Model):
    """What an offer costs from a date on.

    The first price of an offer stands at once; a later one is prepared, then announced
    to the subscribers, and counts from its date on. A price never changes what is
    billed already.
    """

    _name = "telecom.offer.price"
    _description = "Price of an Offer"
    _inherit = ["telecom.owned.mixin", "telecom.notified.mixin"]
    _check_company_auto = True
    _order = "product_tmpl_id, kind, date_from desc, id"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    product_tmpl_id = fields.Many2one(
        "product.template",
        string="Offer",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    kind = fields.Selection(
        PRICE_KINDS, string="Charged", required=True, default="recurring"
    )
    amount = fields.Monetary(string="Price", required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    state = fields.Selection(
        PRICE_STATES,
        string="Status",
        required=True,
        readonly=True,
        copy=False,
        default="confirmed",
    )
    announced_at = fields.Datetime(string="Announced on", readonly=True, copy=False)
    # The customers up to this id have been told; nothing is left when it is empty
    notice_cursor = fields.Integer(
        readonly=True, copy=False, export_string_translation=False
    )
    notice_pending = fields.Boolean(readonly=True, copy=False)
    notice_count = fields.Integer(
        string="Customers Told", readonly=True, copy=False, default=0
    )
    previous_amount = fields.Monetary(
        string="Before", compute="_compute_previous_amount"
    )
    change = fields.Float(compute="_compute_previous_amount", digits=(16, 4))
    subscriber_count = fields.Integer(
        string="Subscribers", compute="_compute_subscriber_count"
    )
    in_force = fields.Boolean(compute="_compute_in_force")

    _date_unique = models.Constraint(
        "UNIQUE(product_tmpl_id, company_id, kind, date_from)",
        "The offer has a price from this date on already.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "A price cannot be negative."
    )
    _notice_idx = models.Index("(id) WHERE notice_pending")

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends("product_tmpl_id", "kind")
    def _compute_display_name(self):
        for price in self:
            price.display_name = self.env._(
                "%(offer)s: %(price)s",
                offer=price.product_tmpl_id.display_name or "",
                price=price.currency_id.format(price.amount)
                if price.currency_id
                else price.amount,
            )

    @api.depends("product_tmpl_id", "kind", "date_from", "amount", "company_id")
    def _compute_previous_amount(self):
        for price in self:
            earlier = price._telecom_siblings().filtered(
                lambda other, day=price.date_from: day and other.date_from < day
            )
            price.previous_amount = earlier[-1:].amount
            before = price.previous_amount
            price.change = (price.amount - before) / before if before else 0.0

    @api.depends("product_tmpl_id", "kind", "date_from", "state")
    @api.depends_context("tz")
    def _compute_in_force(self):
        today = fields.Date.context_today(self)
        for price in self:
            begun = price._telecom_siblings().filtered(
                lambda other: other.date_from <= today
            )
            price.in_force = bool(begun) and begun[-1] == price._origin

    def _telecom_siblings(self):
        """Return the decided prices of the same offer and kind, sorted by day."""
        self.ensure_one()
        return self.product_tmpl_id.telecom_price_ids._origin.filtered(
            lambda other: (
                other.kind == self.kind
                and other.state == "confirmed"
                and other.company_id == self.company_id
            )
        ).sorted("date_from")

    @api.depends("product_tmpl_id")
    def _compute_subscriber_count(self):
        counts = {}
        # sudo: telecom.subscription - how many there are, of the offer's own operator
        for product, company, count in (
            self.env["telecom.subscription"]
            .sudo()
            ._read_group(
                [
                    ("product_id.product_tmpl_id", "in", self.product_tmpl_id.ids),
                    ("state", "in", LIVING),
                ],
                ["product_id", "company_id"],
                ["__count"],
            )
        ):
            key = (product.product_tmpl_id.id, company.id)
            counts[key] = counts.get(key, 0) + count
        for price in self:
            price.subscriber_count = counts.get(
                (price.product_tmpl_id.id, price.company_id.id), 0
            )

    # ------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------

    @api.constrains("date_from", "amount", "kind", "state", "product_tmpl_id")
    def _check_open(self):
        """A price never changes what is billed."""
        self.filtered(lambda price: price.state == "confirmed")._telecom_check_open()

    def _telecom_check_open(self):
        """Refuse prices that begin in a period that is billed already.

        :raises ValidationError: naming the offer and the first day that is open
        """
        for company, prices in self.grouped("company_id").items():
            for kind, same in prices.grouped("kind").items():
                until = company._telecom_billed_until(
                    same.product_tmpl_id.product_variant_ids, kind
                )
                for price in same:
                    closed = until.get(price.product_tmpl_id.id)
                    if closed and price.date_from <= closed:
                        raise ValidationError(
                            self.env._(
                                "%(offer)s is billed until %(closed)s: a price may "
                                "begin on %(open)s at the earliest.",
                                offer=price.product_tmpl_id.display_name,
                                closed=format_date(self.env, closed),
                                open=format_date(self.env, closed + timedelta(days=1)),
                            )
                        )

    @api.model_create_multi
    def create(self, vals_list):
        """The first price of an offer stands; people prepare later ones."""
        if self.env.su:
            return super().create(vals_list)
        prices = super().create([{**vals, "state": "draft"} for vals in vals_list])
        first = self.browse()
        for price in prices.sorted("date_from"):
            if not price._telecom_siblings() - price:
                first |= price
                # sudo: telecom.offer.price - the state is ours to change
                price.sudo().state = "confirmed"
        return prices

    def write(self, vals):
        if not self.env.su and vals.keys() & FIXED:
            if "state" in vals:
                raise UserError(self.env._("A price is decided by announcing it."))
            decided = self.filtered(lambda price: price.state == "confirmed")
            if decided.filtered("announced_at"):
                raise UserError(
                    self.env._("This price was announced: prepare another one.")
                )
            decided._telecom_check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never_in_use(self):
        decided = self.filtered(lambda price: price.state == "confirmed")
        decided._telecom_check_open()
        today = fields.Date.context_today(self)
        for price in decided:
            if price.announced_at and price.date_from <= today:
                raise UserError(
                    self.env._("This price was announced and stands: prepare another.")
                )

    def action_announce(self):
        """Decide prepared prices and tell the subscribers, as long before as set.

        :raises UserError: when the price would rise sooner than the operator promises
        """
        self.check_access("write")
        today = fields.Date.context_today(self)
        for price in self.filtered(lambda price: price.state == "draft"):
            days = price.company_id.telecom_price_notice_days
            earliest = today + timedelta(days=days)
            rises = price.amount > price.previous_amount
            concerns = price.kind == "recurring" and price.subscriber_count
            if concerns and rises and price.date_from < earliest:
                raise UserError(
                    self.env._(
                        "Subscribers are told %(days)s days before a price rises: "
                        "%(date)s at the earliest.",
                        days=days,
                        date=format_date(self.env, earliest),
                    )
                )
            # sudo: telecom.offer.price - the state is ours to change; checked above
            price.sudo().write(
                {
                    "state": "confirmed",
                    "announced_at": fields.Datetime.now(),
                    "notice_pending": bool(concerns),
                    "notice_cursor": 0,
                }
            )
        if self.filtered("notice_pending"):
            # sudo: ir.cron - managers may not trigger it
            self.env.ref("telecom_billing.ir_cron_price_notice").sudo()._trigger()
        return True

    # ------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------

    @api.model
    def _cron_notify(self):
        """Tell subscribers of announced prices, a batch of customers at a time.

        What was told is committed with the place it got to: killed and begun again, it
        goes on there.
        """
        pending = self.search([("notice_pending", "=", True)], order="id")
        for price in pending:
            if not price.company_id._telecom_allows("offers", "write"):
                continue
            while price.notice_pending:
                told = price._telecom_notify_batch()
                left = self.env["ir.cron"]._commit_progress(told)
                if not left:
                    return

    def _telecom_notify_batch(self):
        """Tell the next customers.

        :return: how many
        :rtype: int
        """
        self.ensure_one()
        Subscription = self.env["telecom.subscription"].sudo()
        partners = self.env["res.partner"].browse(
            partner.id
            for (partner,) in Subscription._read_group(
                [
                    ("product_id.product_tmpl_id", "=", self.product_tmpl_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("state", "in", LIVING),
                    ("partner_id.id", ">", self.notice_cursor),
                ],
                ["partner_id"],
                order="partner_id",
                limit=BATCH,
            )
        )
        partners = partners.sorted("id")
        self._telecom_tell(partners)
        self.write(
            {
                "notice_cursor": partners[-1:].id or self.notice_cursor,
                "notice_count": self.notice_count + len(partners),
                "notice_pending": len(partners) == BATCH,
            }
        )
        return len(partners)

    def _telecom_tell(self, partners):
        """Tell customers with an account on the platform there, others by e-mail."""
        # sudo: res.users - who the customers are on the platform
        users = (
            self.env["res.users"].sudo().search([("partner_id", "in", partners.ids)])
        )
        users = users.filtered(lambda user: self.company_id in user.company_ids)
        if users:
            self.env["telecom.notification"]._telecom_notify(
                "price_change", {self: users}
            )
        self._telecom_mail_customers(partners - users.partner_id)

    def _telecom_mail_customers(self, partners):
        vals_list = []
        for lang, readers in partners.filtered("email").grouped("lang").items():
            text = self.with_context(lang=lang or self.env.lang)
            subject, body = text._telecom_notification_text("price_change")
            for partner in readers:
                vals_list.append(
                    {
                        "subject": subject,
                        "body_html": body,
                        "email_to": partner.email_formatted,
                        "email_from": self.company_id.email_formatted,
                        "auto_delete": True,
                    }
                )
        # sudo: mail.mail - the announcement sends, whoever made it
        self.env["mail.mail"].sudo().create(vals_list)

    def _telecom_notification_text(self, kind):
        self.ensure_one()
        offer = self.product_tmpl_id.name
        subject = self.env._(
            "The price of %(offer)s changes on %(date)s",
            offer=offer,
            date=format_date(self.env, self.date_from),
        )
        values = {
            "offer": offer,
            "date": format_date(self.env, self.date_from),
            "amount": self.currency_id.format(self.amount),
            "before": self.currency_id.format(self.previous_amount),
        }
        if self.previous_amount:
            text = self.env._(
                "From %(date)s on, %(offer)s costs %(amount)s a month instead of "
                "%(before)s. Until then nothing changes for you.",
                **values,
            )
        else:
            text = self.env._(
                "From %(date)s on, %(offer)s costs %(amount)s a month.", **values
            )
        return subject, Markup("<p>%s</p><p>%s</p>") % (text, self.company_id.name)

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------

    @api.model
    def _telecom_of_templates(self, templates, kind, until=None):
        """Return the announced prices of offers, in the present company.

        :param product.template templates: the offers
        :param str kind: ``one_time`` or ``recurring``
        :param date until: prices that begin later are left out
        :return: {template id: [(first day, amount), …]}, sorted by day
        :rtype: dict
        """
        found = {}
        if not templates.ids:
            return found
        domain = [
            ("product_tmpl_id", "in", templates.ids),
            ("company_id", "=", self.env.company.id),
            ("kind", "=", kind),
            ("state", "=", "confirmed"),
        ]
        if until:
            domain.append(("date_from", "<=", until))
        for price in self.search_fetch(
            domain, ["product_tmpl_id", "date_from", "amount"], order="date_from, id"
        ):
            found.setdefault(price.product_tmpl_id.id, []).append(
                (price.date_from, price.amount)
            )
        return found
