from datetime import timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_datetime, plaintext2html

from odoo.addons.telecom_crm.tools.typed import typed

from ..engine import agenda

REQUEST_SEQUENCE = "telecom.quote.request"
#: How many requests of one customer may wait at once: forms can be sent by machines
MOST_WAITING = 20
#: Appointments are offered for so many days, after so much notice
SLOT_DAYS = 14
SLOT_NOTICE = timedelta(hours=4)
#: Slots offered for each seller
MOST_SLOTS = 200
LONGEST_TEXT = 5000


class TelecomQuoteRequest(models.Model):
    """What a customer wants to have quoted: what, how many, for when."""

    _name = "telecom.quote.request"
    _description = "Quote Request"
    _inherit = [
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "telecom.owned.mixin",
        "telecom.notified.mixin",
    ]
    _check_company_auto = True
    _order = "id desc"

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Seller",
        index="btree_not_null",
        tracking=True,
        domain="[('share', '=', False), ('company_ids', '=', company_id)]",
    )
    channel = fields.Selection(
        [
            ("back_office", "Back Office"),
            ("portal", "Portal"),
            ("call", "Telephone"),
            ("shop", "Shop"),
            ("visit", "Visit"),
        ],
        required=True,
        default="back_office",
    )
    state = fields.Selection(
        [
            ("submitted", "Submitted"),
            ("review", "In Review"),
            ("quoted", "Quoted"),
            ("refused", "Refused"),
        ],
        required=True,
        readonly=True,
        default="submitted",
        copy=False,
        index=True,
        tracking=True,
    )
    description = fields.Text(
        string="Wish", help="In the customer's own words: places, dates, habits."
    )
    wanted_date = fields.Date(string="Wanted for", tracking=True)
    line_ids = fields.One2many(
        "telecom.quote.request.line",
        "request_id",
        string="What and How Many",
        copy=True,
    )
    summary = fields.Char(compute="_compute_summary", string="What")
    refusal_reason = fields.Text(readonly=True, copy=False, tracking=True)

    # Appointment
    event_id = fields.Many2one(
        "calendar.event", string="Appointment", readonly=True, copy=False
    )
    event_start = fields.Datetime(
        string="Appointment on", related="event_id.start", store=True
    )

    # Quotations
    order_ids = fields.One2many("sale.order", "telecom_request_id", string="Quotations")
    order_count = fields.Integer(compute="_compute_order_count")

    _company_state_idx = models.Index("(company_id, state, id DESC)")

    # ------------------------------------------------------------
    # Computes and constraints
    # ------------------------------------------------------------

    @api.depends("line_ids.quantity", "line_ids.name", "description")
    def _compute_summary(self):
        for request in self:
            parts = [
                f"{line.quantity:g} × {line.name}"
                for line in request.line_ids
                if line.name
            ]
            text = ", ".join(parts) or (request.description or "").partition("\n")[0]
            request.summary = text if len(text) <= 120 else f"{text[:119]}…"

    @api.depends("order_ids")
    def _compute_order_count(self):
        counts = dict(
            self.env["sale.order"]._read_group(
                [("telecom_request_id", "in", self.ids)],
                ["telecom_request_id"],
                ["__count"],
            )
        )
        for request in self:
            request.order_count = counts.get(request, 0)

    def _compute_access_url(self):
        res = super()._compute_access_url()
        for request in self:
            request.access_url = f"/my/quote-requests/{request.id}"
        return res

    @api.constrains("user_id", "company_id")
    def _check_seller(self):
        for request in self.filtered("user_id"):
            # sudo: res.users - the companies of the seller
            if request.company_id not in request.user_id.sudo().company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work for %(company)s.",
                        user=request.user_id.name,
                        company=request.company_id.name,
                    )
                )

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company_id = vals.get("company_id") or self.env.company.id
                vals["name"] = self._next_number(company_id)
        requests = super().create(vals_list)
        for request in requests:
            # Who asks gets the answers
            request.message_subscribe(request.partner_id.ids)
        requests._telecom_tell_sellers()
        return requests

    @api.model
    def _next_number(self, company_id):
        company = self.env["res.company"].browse(company_id)
        return company._telecom_next_number(REQUEST_SEQUENCE, "Quote Request", "DD", 5)

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_review(self):
        """Take the request up."""
        for request in self:
            if request.state != "submitted":
                raise UserError(self.env._("%s was taken up already.", request.name))
        self.write({"state": "review"})
        for request in self.filtered(lambda one: not one.user_id):
            request.user_id = self.env.user
        return True

    def action_quote(self):
        """Make a quotation of what is asked for, and open it."""
        self.ensure_one()
        if self.state == "refused":
            raise UserError(self.env._("%s was refused.", self.name))
        if self.state == "submitted":
            self.action_review()
        order = self.env["sale.order"].create(self._prepare_order())
        return order._get_records_action()

    def _prepare_order(self):
        """Return the values of a quotation for this request."""
        self.ensure_one()
        lines = []
        for line in self.line_ids:
            if line.product_id:
                lines.append(
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "product_uom_qty": line.quantity,
                        }
                    )
                )
            else:
                lines.append(
                    Command.create(
                        {
                            "display_type": "line_note",
                            "name": f"{line.quantity:g} × {line.name}",
                        }
                    )
                )
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "user_id": (self.user_id or self.env.user).id,
            "origin": self.name,
            "telecom_request_id": self.id,
            "commitment_date": self.wanted_date,
            "order_line": lines,
        }

    def action_refuse(self):
        """Ask for the reason, which the customer gets."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refuse the Request"),
            "res_model": "telecom.quote.refuse",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
        }

    def _telecom_refuse(self, reason):
        """Refuse, and tell the customer why.

        :param str reason: plain text, not empty
        """
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why; the customer reads it."))
        for request in self:
            if request.state not in ("submitted", "review"):
                raise UserError(self.env._("%s was answered already.", request.name))
        self.write({"state": "refused", "refusal_reason": reason[:LONGEST_TEXT]})
        for request in self:
            lang = request.partner_id.lang
            told = request.with_context(lang=lang) if lang else request
            request._telecom_cancel_appointment()
            request.message_post(
                body=Markup("<p>%s</p>%s")
                % (
                    told.env._("We cannot make you an offer on this request:"),
                    plaintext2html(reason),
                ),
                partner_ids=request.partner_id.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )

    def action_book(self):
        """Choose a slot in a seller's agenda."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Appointment"),
            "res_model": "telecom.quote.booking",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
        }

    def action_open_orders(self):
        action = self.order_ids._get_records_action(name=self.env._("Quotations"))
        return action

    def action_open_event(self):
        return self.event_id._get_records_action()

    # ------------------------------------------------------------
    # From the portal and from the desk
    # ------------------------------------------------------------

    @api.model
    def _telecom_submit(self, partner, company, values, lines, slot=None):
        """Write a request of a customer who asks on the portal.

        :param res.partner partner: whose request it is
        :param res.company company: the operator of the customer's account
        :param dict values: ``description``, ``wanted_date``
        :param dict lines: quantities by product
        :param slot: pair of seller and beginning, as ``_telecom_slots`` gives them
        :rtype: telecom.quote.request
        :raises UserError: what the customer has to mend, in his language
        """
        company._telecom_check("billing", "create")
        today = fields.Date.context_today(self)
        wanted = values.get("wanted_date")
        if not lines and not (values.get("description") or "").strip():
            raise UserError(self.env._("Choose an offer, or write what you wish for."))
        if wanted and not today <= wanted <= today + relativedelta(years=3):
            raise UserError(self.env._("The date lies in the past, or too far off."))
        waiting = self.search_count(
            [
                ("partner_id", "child_of", partner.commercial_partner_id.id),
                ("company_id", "=", company.id),
                ("state", "=", "submitted"),
            ],
            limit=MOST_WAITING,
        )
        if waiting >= MOST_WAITING:
            raise UserError(
                self.env._("Many of your requests wait already; we answer them first.")
            )
        request = self.create(
            {
                "company_id": company.id,
                "partner_id": partner.id,
                "channel": "portal",
                "description": typed(values.get("description"), LONGEST_TEXT),
                "wanted_date": wanted,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "name": product.name,
                            "quantity": quantity,
                        }
                    )
                    for product, quantity in lines.items()
                ],
            }
        )
        if slot:
            request._telecom_book(*slot)
        return request

    @api.model
    def _telecom_offers(self, partner, company):
        """Return an operator's offers a customer may ask for.

        Those he may not have are left out.

        :rtype: product.product
        """
        products = self.env["product.product"].search(
            [
                ("sale_ok", "=", True),
                ("telecom_offer_kind", "!=", False),
                ("company_id", "in", (company.id, False)),
            ],
            order="telecom_offer_kind, default_code, name, id",
            limit=200,
        )
        refused = products.with_company(company)._telecom_ineligibility(partner)
        return products.filtered(lambda one: not refused[one.id])

    # ------------------------------------------------------------
    # Appointments
    # ------------------------------------------------------------

    @api.model
    def _telecom_slots(self, company, sellers=None, days=SLOT_DAYS):
        """Return the free slots in the agendas of an operator's sellers.

        What else a seller does, for whichever operator, makes him busy and is not told.

        :param res.company company: the operator
        :param res.users sellers: whose agendas; all of the operator's when empty
        :param int days: how far to look
        :return: [(naive UTC datetime, seller)], sorted
        :rtype: list
        """
        sellers = sellers or company._telecom_sellers()
        # sudo: res.users, resource.calendar - the hours of work of those people
        sellers, company = sellers.sudo(), company.sudo()
        now = fields.Datetime.now()
        end = now + timedelta(days=days)
        busy = self._telecom_busy(sellers, now, end)
        working = {}
        slots = []
        for seller in sellers:
            calendar = seller.resource_calendar_id or company.resource_calendar_id
            if calendar not in working:
                # From the beginning of the day on, so that slots stay on their grid
                day = now.replace(hour=0, minute=0, second=0, microsecond=0)
                working[calendar] = (
                    calendar._telecom_intervals(day - timedelta(days=1), end, company)
                    or []
                )
            found = agenda.free_slots(
                working[calendar],
                busy.get(seller.partner_id.id, []),
                now + SLOT_NOTICE,
                company.telecom_slot_minutes,
                limit=MOST_SLOTS,
            )
            slots += [(start, seller.sudo(False)) for start in found]
        return sorted(slots, key=lambda slot: (slot[0], slot[1].id))

    @api.model
    def _telecom_busy(self, sellers, start, end):
        """Return {partner id: [(begin, end), …]} of what is in sellers' agendas."""
        # sudo: calendar.event - when somebody is busy, for whichever operator
        events = (
            self.env["calendar.event"]
            .sudo()
            .search_fetch(
                [
                    ("partner_ids", "in", sellers.partner_id.ids),
                    ("start", "<", end),
                    ("stop", ">", start),
                    ("show_as", "=", "busy"),
                ],
                ["start", "stop", "allday", "partner_ids"],
            )
        )
        busy = {}
        for event in events:
            begin, stop = event.start, event.stop
            if event.allday:
                # Odoo keeps 08:00 to 18:00 of such a day
                begin = begin.replace(hour=0, minute=0)
                stop = stop.replace(hour=23, minute=59)
            for partner in event.partner_ids & sellers.partner_id:
                busy.setdefault(partner.id, []).append((begin, stop))
        return busy

    @api.model
    def _telecom_slot_key(self, start, seller):
        """Return a slot as a form sends it back."""
        return f"{seller.id}|{fields.Datetime.to_string(start)}"

    @api.model
    def _telecom_parse_slot(self, key):
        """Return the pair of seller and beginning a form sent, or None.

        Whether such a slot is free is asked when it is booked.
        """
        seller, _bar, start = (key or "").partition("|")
        if not (seller.isascii() and seller.isdigit()) or len(seller) > 9:
            return None
        try:
            start = fields.Datetime.to_datetime(start)
        except ValueError:
            return None
        return start and (self.env["res.users"].browse(int(seller)), start)

    def _telecom_book(self, seller, start):
        """Book a slot; of two who want the same one, one gets it.

        :param res.users seller: of this request's operator
        :param datetime start: naive UTC, the beginning of a free slot
        :raises UserError: when it is no free slot, or not any more
        """
        self.ensure_one()
        company = self.company_id
        if seller not in company._telecom_sellers():
            raise AccessError(
                self.env._("Appointments are made with sellers of the operator.")
            )
        # Two transactions cannot change the same row: the second one starts again and
        # finds the slot taken. A lock would not do, it would still see the old agenda.
        self.env.cr.execute(
            "UPDATE res_users SET telecom_bookings = COALESCE(telecom_bookings, 0) + 1"
            " WHERE id = %s",
            [seller.id],
        )
        if (start, seller) not in self._telecom_slots(company, seller):
            raise UserError(
                self.env._("Somebody was faster: that slot is taken. Choose another.")
            )
        self._telecom_cancel_appointment()
        # sudo: calendar.event - in the seller's agenda, by whoever may make requests
        event = (
            self.env["calendar.event"]
            .sudo()
            .with_context(no_mail_to_attendees=True, mail_notify_author=False)
            .create(
                {
                    "name": self.env._(
                        "%(customer)s – request %(number)s",
                        customer=self.partner_id.display_name,
                        number=self.name,
                    ),
                    "start": start,
                    "stop": start + timedelta(minutes=company.telecom_slot_minutes),
                    "user_id": seller.id,
                    "partner_ids": [Command.set(seller.partner_id.ids)],
                    "telecom_company_id": company.id,
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": self.id,
                    "description": plaintext2html(self.summary or ""),
                }
            )
        )
        # sudo: telecom.quote.request - the customer books on his own request
        self.sudo().write({"event_id": event.id, "user_id": seller.id})
        lang = self.partner_id.lang
        told = self.with_context(lang=lang) if lang else self
        # sudo: mail.message - told by the operator, whoever booked
        self.sudo().message_post(
            body=told.env._(
                "Appointment with %(seller)s on %(start)s.",
                seller=seller.sudo().name,
                start=told._telecom_moment(start, company),
            ),
            partner_ids=self.partner_id.ids,
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
        )

    @api.model
    def _telecom_moment(self, moment, company):
        """Return a moment as an operator's people and customers write it."""
        # sudo: res.company - the hours of the operator
        company = company.sudo()
        return format_datetime(
            self.env,
            moment,
            tz=company.resource_calendar_id.tz or company.partner_id.tz or "UTC",
            dt_format="EEEE d MMMM y, HH:mm",
        )

    def _telecom_cancel_appointment(self):
        # sudo: calendar.event - appointments of these requests, still to come
        events = self.sudo().event_id
        events.filtered(lambda event: event.start > fields.Datetime.now()).with_context(
            no_mail_to_attendees=True
        ).write({"active": False})

    # ------------------------------------------------------------
    # Who is told
    # ------------------------------------------------------------

    def _telecom_tell_sellers(self):
        """Tell who shall answer: the seller, or all of the operator's."""
        users = {}
        for request in self.filtered(lambda one: one.channel != "back_office"):
            sellers = request.user_id or request.company_id._telecom_sellers()
            users[request] = sellers - self.env.user
        users = {request: people for request, people in users.items() if people}
        if users:
            self.env["telecom.notification"]._telecom_notify("quote_request", users)

    def _telecom_notification_text(self, kind):
        self.ensure_one()
        if kind != "quote_request":
            return super()._telecom_notification_text(kind)
        return (
            self.env._(
                "Quote request %(number)s: %(customer)s",
                number=self.name,
                customer=self.partner_id.display_name,
            ),
            Markup("<p>%s</p>%s")
            % (self.summary or "", plaintext2html(self.description or "")),
        )

    def _telecom_notification_url(self, user):
        self.ensure_one()
        if user.share:
            return f"{self.get_base_url()}{self.access_url}"
        return super()._telecom_notification_url(user)
