from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import formatLang

#: By technology of an offer, the kinds of items it is sold with
ITEM_KINDS = {
    "mobile": ["sim"],
    "key4g": ["sim", "key4g"],
    "adsl": ["modem"],
    "fibre": ["fibre_terminal", "modem"],
    "fixed": ["modem"],
}


class TelecomCounterSale(models.Model):
    """With billing, a sale is an order, a posted invoice and its payment."""

    _inherit = "telecom.counter.sale"

    order_id = fields.Many2one("sale.order", check_company=True, readonly=True)
    invoice_id = fields.Many2one("account.move", check_company=True, readonly=True)
    account_payment_ids = fields.Many2many(
        "account.payment",
        string="Payments of the Invoice",
        compute="_compute_account_payment_ids",
    )

    @api.depends("payment_ids.account_payment_id")
    def _compute_account_payment_ids(self):
        for sale in self:
            sale.account_payment_ids = sale.payment_ids.account_payment_id

    # What the counter asks

    @api.model
    def _counter_offer_domain(self):
        today = fields.Date.context_today(self)
        return [
            ("company_id", "=", self.env.company.id),
            ("telecom_technology", "!=", False),
            ("telecom_offer_kind", "not in", (False, "device", "option", "pack")),
            ("sale_ok", "=", True),
            "|",
            ("telecom_valid_from", "=", False),
            ("telecom_valid_from", "<=", today),
            "|",
            ("telecom_valid_to", "=", False),
            ("telecom_valid_to", ">=", today),
        ]

    @api.model
    def _counter_offers(self):
        # sudo: product.product - names and prices of what is sold to everybody
        offers = self.env["product.product"].sudo().search(self._counter_offer_domain())
        monthly = offers._telecom_prices("recurring", fields.Date.context_today(self))
        currency = self.env.company.currency_id
        return [
            {
                "id": offer.id,
                "name": self.env._(
                    "%(offer)s, %(price)s a month",
                    offer=offer.name,
                    price=formatLang(
                        self.env, monthly[offer.id], currency_obj=currency
                    ),
                )
                if monthly.get(offer.id)
                else offer.name,
                "kinds": ITEM_KINDS.get(offer.telecom_technology, []),
            }
            for offer in offers
        ]

    @api.model
    def _counter_refused(self, partner):
        refused = super()._counter_refused(partner)
        if not partner:
            return refused
        # sudo: product.product - offers of the shop's own operator, as the domain says
        offers = self.env["product.product"].sudo().search(self._counter_offer_domain())
        templates = offers.product_tmpl_id
        # sudo: res.partner - of a customer this shop may sell to
        reasons = templates._telecom_refusals(partner.sudo())
        for offer in offers:
            reason = reasons[offer.product_tmpl_id.id]
            # Which lines there are depends on what else is sold
            if reason and reason not in ("technology", "line_needed"):
                text = offer.product_tmpl_id._telecom_refusal_text(reason)
                refused[offer.id] = text
        return refused

    @api.model
    def _counter_offer(self, boutique, offer_id):
        if not offer_id:
            return self.env["product.product"]
        # sudo: product.product - of the shop's own operator, as the domain says
        offer = (
            self.env["product.product"]
            .sudo()
            .search([("id", "=", int(offer_id)), *self._counter_offer_domain()])
        )
        if not offer:
            raise UserError(self.env._("This offer is not sold any more."))
        return offer

    @api.model
    def _counter_price(self, product, quantity, partner=None):
        company = self.env.company
        # sudo: account.tax - of a product that is sold here
        product = product.sudo().with_company(company)
        unit = product._price_compute("list_price")[product.id]
        taxes = product.taxes_id.filtered(lambda tax: tax.company_id == company)
        found = taxes.compute_all(
            unit,
            currency=company.currency_id,
            quantity=quantity,
            product=product,
            partner=partner,
        )
        return {
            "unit": unit,
            "untaxed": found["total_excluded"],
            "tax": found["total_included"] - found["total_excluded"],
            "total": found["total_included"],
        }

    def _counter_totals(self, boutique, items, partner):
        """Promotions are taken off; stamps and fees are paid at the counter, too."""
        totals = super()._counter_totals(boutique, items, partner)
        company = boutique.company_id
        if items and self._counter_promotes(company):
            totals.update(self._counter_try_order(boutique, items, partner))
        if not totals["total"] or not self._counter_invoices(company):
            return totals
        fees = self.env["telecom.invoice.fee"]._line_values(
            company, company._telecom_today()
        )
        for fee in fees:
            # sudo: account.tax - the stamps of the shop's own operator
            taxes = self.env["account.tax"].sudo().browse(fee["tax_ids"][0][2])
            found = taxes.compute_all(
                fee["price_unit"], currency=company.currency_id, quantity=1
            )
            totals["total"] += found["total_included"]
            totals["tax"] += found["total_included"] - found["total_excluded"]
        totals["total"] = company.currency_id.round(totals["total"])
        return totals

    @api.model
    def _counter_promotes(self, company):
        """Tell whether promotions may take something off what is paid at once."""
        Program = self.env["loyalty.program"]
        today = company._telecom_today()
        # sudo: loyalty.program - whether there is one
        return bool(
            Program.sudo().search_count(
                Domain("company_id", "in", (company.id, False))
                & Domain("trigger", "=", "auto")
                & Domain("program_type", "in", ("promotion", "buy_x_get_y"))
                & Domain("sale_ok", "=", True)
                & (Domain("date_from", "=", False) | Domain("date_from", "<=", today))
                & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
                & Domain(Program._telecom_period_domain(company, today))
                & Domain("reward_ids", "any", [("telecom_months", "=", 0)]),
                limit=1,
            )
        )

    def _counter_try_order(self, boutique, items, partner):
        """Return what a sale costs with its promotions, by an order that is not kept.

        They depend on the customer, the day and on each other: only the order of the
        sale knows what they come to.

        :return: ``{"total", "tax", "promotions"}``; nothing while it cannot be sold so
        :rtype: dict
        """
        # sudo: sale.order, res.partner - undone before anything is answered
        Order = self.env["sale.order"].sudo().with_context(tracking_disable=True)
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            if not partner:
                # Somebody new, who is written down with the sale
                partner = Order.env["res.partner"].create(
                    {"name": "/", "company_id": boutique.company_id.id}
                )
            order = Order.with_company(boutique.company_id).create(
                {
                    **self._prepare_order(boutique, partner),
                    # Takes no number from the orders that are kept
                    "name": "/",
                    "order_line": self._prepare_order_lines(
                        (item["product"], item["quantity"], item["offer"])
                        for item in items
                    ),
                }
            )
            order._telecom_apply_promotions()
            rewards = order.order_line.filtered("is_reward_line")
            return {
                "total": order.amount_total,
                "tax": order.amount_tax,
                "promotions": sum(rewards.mapped("price_total")),
            }
        except UserError:
            # What is wrong with it is said by the sale
            return {}
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    @api.model
    def _counter_invoices(self, company):
        """Tell whether an operator can make invoices: it has accounts and journals."""
        # sudo: account.journal - whether there is one
        return bool(
            self.env["account.journal"]
            .sudo()
            .search_count(
                [("company_id", "=", company.id), ("type", "=", "sale")], limit=1
            )
        )

    # The sale

    def _prepare_item(self, sequence, item):
        values = super()._prepare_item(sequence, item)
        if item["offer"]:
            if item["line"].state not in ("available", "reserved"):
                raise UserError(
                    self.env._(
                        "%s is in service: change its offer on its subscription.",
                        item["line"].display_name,
                    )
                )
            if item["lot"].telecom_kind not in ITEM_KINDS.get(
                item["offer"].telecom_technology, ()
            ):
                raise UserError(
                    self.env._(
                        "“%(offer)s” does not go with “%(item)s”.",
                        offer=item["offer"].display_name,
                        item=item["product"].display_name,
                    )
                )
            values["offer_id"] = item["offer"].id
        return values

    @api.model
    def _counter_technology(self, item):
        return item["offer"].telecom_technology or super()._counter_technology(item)

    @api.model
    def _prepare_order(self, boutique, partner):
        return {
            "company_id": boutique.company_id.id,
            "partner_id": partner.id,
            "telecom_boutique_id": boutique.id,
        }

    @api.model
    def _prepare_order_lines(self, items):
        """Return the lines of an order: of each item, and of the offer it goes with.

        :param items: tuples of product, quantity and offer
        """
        commands = []
        for product, quantity, offer in items:
            for sold, pieces in ((product, quantity), (offer, 1)):
                if sold:
                    commands.append(
                        Command.create(
                            {
                                "product_id": sold.id,
                                "product_uom_qty": pieces,
                                "sequence": 10 * len(commands) + 1,
                            }
                        )
                    )
        return commands

    def _counter_deliver(self):
        """Deliver by an order, which makes the subscriptions, too."""
        self.ensure_one()
        items = self.item_ids
        # By superuser, as all of the sale: assistants have no access to orders
        Order = self.env["sale.order"].with_company(self.company_id)
        order = Order.create(
            {
                **self._prepare_order(self.boutique_id, self.partner_id),
                "user_id": self.env.uid,
                "client_order_ref": self.name,
                "telecom_counter_sale_id": self.id,
                "order_line": self._prepare_order_lines(
                    (item.product_id, item.quantity, item.offer_id) for item in items
                ),
            }
        )
        lines = iter(order.order_line.sorted("sequence"))
        for item in items:
            item.order_line_id = next(lines)
            if item.offer_id:
                item.offer_line_id = next(lines)
        order._telecom_apply_promotions()
        self.order_id = order
        self.item_ids.lot_id.telecom_partner_id = self.partner_id
        order.with_context(
            telecom_pieces_at_hand=True, mail_notify_force_send=False
        ).action_confirm()
        picking = order.picking_ids.filtered(
            lambda one: one.state not in ("done", "cancel")
        )
        for item in items:
            move = item.order_line_id.move_ids.filtered(
                lambda one: one.state not in ("done", "cancel")
            )
            if move:
                move._telecom_take(item.lot_id)
                move.picked = True
        if picking:
            picking._telecom_hand_over()
        self.picking_id = picking[:1]

    def _counter_activate(self, identity=None):
        """The subscriptions begin with their lines."""
        # Those that the confirmation of the order has not made yet
        self.order_id.order_line._telecom_create_subscriptions()
        for item in self.item_ids.filtered("offer_id"):
            subscription = item.offer_line_id.telecom_subscription_ids[:1]
            subscription.line_id = item.line_id
            item.subscription_id = subscription
            item.line_id.offer = item.offer_id.name
        return super()._counter_activate(identity)

    def _counter_amounts(self):
        """What the order and its invoice say is what is paid."""
        back = self.filtered("origin_id.invoice_id")
        for sale in back.filtered("invoice_id"):
            sale.amount_untaxed = -sale.invoice_id.amount_untaxed
            sale.amount_tax = -sale.invoice_id.amount_tax
            sale.amount_total = -sale.invoice_id.amount_total
        documented = self.filtered("order_id")
        for sale in documented:
            document = sale.invoice_id or sale.order_id
            sale.amount_untaxed = document.amount_untaxed
            sale.amount_tax = document.amount_tax
            sale.amount_total = document.amount_total
            for item in sale.item_ids:
                line = item.order_line_id
                item.price_unit = line.price_unit
                item.amount_untaxed = line.price_subtotal
                item.amount_total = line.price_total
        back = back.filtered("invoice_id")
        return super(TelecomCounterSale, self - documented - back)._counter_amounts()

    def _counter_pay(self, given):
        self.ensure_one()
        if self._counter_invoices(self.company_id):
            invoice = self.order_id.with_company(self.company_id)._create_invoices(
                final=True
            )
            invoice.invoice_date = self.company_id._telecom_today()
            invoice.action_post()
            self.invoice_id = invoice
        self._counter_amounts()
        result = super()._counter_pay(given)
        if self.invoice_id:
            self._counter_register_payments()
        return result

    def _counter_register_payments(self):
        """Register the payments of the invoice, each in the journal of its kind."""
        labels = self._counter_methods()
        for part in self.payment_ids:
            journal = self.boutique_id._telecom_journal(part.method)
            register = (
                self.env["account.payment.register"]
                .with_company(self.company_id)
                .with_context(
                    active_model="account.move", active_ids=self.invoice_id.ids
                )
                .create(
                    {
                        "journal_id": journal.id,
                        "payment_date": self.invoice_id.invoice_date,
                        "amount": abs(part.amount),
                        "communication": f"{self.name} · {labels[part.method]}",
                    }
                )
            )
            part.account_payment_id = register._create_payments()[:1]

    # Taking back

    def _counter_refund(self, method):
        """Give the money back against a credit note of the invoice it was sold with."""
        self.ensure_one()
        sold = self.origin_id.invoice_id
        if sold:
            self.invoice_id = self._counter_credit_note(sold)
            self._counter_amounts()
        result = super()._counter_refund(method)
        if sold:
            self._counter_register_payments()
        return result

    def _counter_credit_note(self, sold):
        """Make the credit note of the items that came back.

        :param account.move sold: the invoice they were sold with
        :rtype: account.move
        :raises UserError: the invoice is not as the counter made it
        """
        if sold.state != "posted":
            raise UserError(
                self.env._(
                    "The invoice of %s was changed since: a billing clerk makes the "
                    "credit note.",
                    self.origin_id.name,
                )
            )
        today = self.company_id._telecom_today()
        note = sold.with_company(self.company_id)._reverse_moves(
            [
                {
                    "invoice_date": today,
                    "date": today,
                    "ref": self.env._(
                        "%(back)s: %(sold)s taken back",
                        back=self.name,
                        sold=self.origin_id.name,
                    ),
                }
            ]
        )
        lines = {}
        for item in self.item_ids:
            source = item.origin_item_id
            line = note.invoice_line_ids.filtered(
                lambda one, source=source: (
                    one not in lines and source.order_line_id in one.sale_line_ids
                )
            )[:1]
            if not line:
                raise UserError(
                    self.env._(
                        "The invoice of %s was changed since: a billing clerk makes "
                        "the credit note.",
                        self.origin_id.name,
                    )
                )
            lines[line] = item
        note.write(
            {
                "invoice_line_ids": [
                    *(
                        Command.update(line.id, {"quantity": -item.quantity})
                        for line, item in lines.items()
                    ),
                    *(
                        Command.delete(line.id)
                        for line in note.invoice_line_ids
                        if line not in lines
                    ),
                ]
            }
        )
        self._counter_agree(note, lines)
        note.action_post()
        return note

    def _counter_agree(self, note, lines):
        """Make a credit note come to what is given back, promotions taken off.

        Not by a discount: of two digits, it misses large amounts by some francs.

        :param account.move note: a draft
        :param dict lines: the items that came back, by line of the note
        """
        currency = self.currency_id
        changed = []
        for line, item in lines.items():
            refund = -item.amount_total
            if line.price_total and currency.compare_amounts(line.price_total, refund):
                price = line.price_unit * (1 - line.discount / 100)
                values = {
                    "price_unit": price * refund / line.price_total,
                    "discount": 0,
                }
                changed.append(Command.update(line.id, values))
        if changed:
            note.write({"invoice_line_ids": changed})
        rest = -sum(self.item_ids.mapped("amount_total")) - note.amount_total
        if not currency.is_zero(rest):
            # What taxes are rounded to is not always what was paid
            note.write(
                {
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": self.env._("Rounding"),
                                "account_id": next(iter(lines)).account_id.id,
                                "price_unit": rest,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ]
                }
            )

    # Receipt

    def _receipt_facts(self):
        return (
            *super()._receipt_facts(),
            (self.env._("Invoice"), self.invoice_id.name or ""),
            (
                self.env._("Subscription"),
                ", ".join(self.item_ids.subscription_id.mapped("name")),
            ),
        )
