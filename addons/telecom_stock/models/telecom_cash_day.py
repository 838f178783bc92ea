from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date, format_datetime, formatLang

from odoo.addons.telecom_crm.tools import document as pdf
from odoo.addons.telecom_crm.tools.once import once

from .res_users import STOCK_MANAGER
from .telecom_counter_sale import PAYMENT_METHODS

#: What people write; all else follows, or is written by the buttons
BY_HAND = {"opening", "counted", "difference_reason"}


class TelecomCashDay(models.Model):
    """The drawer of a shop on a day: what was in it, what came, what is in it now.

    A shop that opens none goes without; once a day is closed nothing is sold on it.
    """

    _name = "telecom.cash.day"
    _description = "Cash Drawer of a Day"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "date desc, id desc"
    _rec_names_search = ["boutique_id.name"]

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    boutique_id = fields.Many2one(
        "telecom.boutique",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self._default_boutique(),
    )
    date = fields.Date(
        string="Day",
        required=True,
        readonly=True,
        default=lambda self: fields.Date.context_today(self),
    )
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        string="Status",
        required=True,
        default="open",
        readonly=True,
        copy=False,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Opened by",
        default=lambda self: self.env.user,
        check_company=True,
        readonly=True,
    )
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    currency_id = fields.Many2one(related="company_id.currency_id")
    movement_ids = fields.One2many(
        "telecom.cash.movement", "day_id", string="Put In and Taken Out"
    )

    # Money
    opening = fields.Monetary(
        string="In the Drawer at Opening",
        help="What was counted when the day before was closed.",
    )
    cash_sales = fields.Monetary(string="Sold in Cash", compute="_compute_money")
    cash_returns = fields.Monetary(
        string="Given Back in Cash", compute="_compute_money"
    )
    moved = fields.Monetary(string="Put In, Less Taken Out", compute="_compute_money")
    expected = fields.Monetary(string="Should Be in It", compute="_compute_money")
    mobile_money = fields.Monetary(compute="_compute_money")
    card = fields.Monetary(string="Bank Cards", compute="_compute_money")
    transfer = fields.Monetary(string="Bank Transfers", compute="_compute_money")
    counted = fields.Monetary(copy=False)
    missing = fields.Monetary(
        string="Difference",
        compute="_compute_money",
        help="Counted, less what should be.",
    )
    difference = fields.Monetary(
        string="Difference at Closing", readonly=True, copy=False
    )
    difference_reason = fields.Char(string="Why It Differs", copy=False)
    # Written by each sale: of a sale and a closing at once, one begins again
    sale_count = fields.Integer(string="Sales and Returns", readonly=True, copy=False)

    _boutique_date_unique = models.Constraint(
        "UNIQUE(boutique_id, date)", "This boutique's drawer of that day is there."
    )
    _amounts_positive = models.Constraint(
        "CHECK(opening >= 0 AND counted >= 0)",
        "In a drawer there cannot be less than nothing.",
    )

    # Computes

    @api.model
    def _default_boutique(self):
        return self.env.user._telecom_counters().filtered(
            lambda boutique: boutique.company_id == self.env.company
        )[:1]

    @api.depends("boutique_id", "date")
    def _compute_display_name(self):
        for day in self:
            day.display_name = (
                f"{day.boutique_id.display_name}, "
                f"{format_date(self.env, day.date or fields.Date.context_today(self))}"
            )

    @api.depends("opening", "counted", "boutique_id", "date", "movement_ids.signed")
    def _compute_money(self):
        for day in self:
            taken, returned = day._telecom_sums()
            day.cash_sales = taken.get("cash", 0)
            day.cash_returns = -returned.get("cash", 0)
            for method in ("mobile_money", "card", "transfer"):
                day[method] = taken.get(method, 0) + returned.get(method, 0)
            day.moved = sum(day.movement_ids.mapped("signed"))
            day.expected = day.opening + day.cash_sales - day.cash_returns + day.moved
            day.missing = day.counted - day.expected

    def _telecom_sums(self):
        """Return what the counter took, and what it gave back: ``{method: amount}``."""
        self.ensure_one()
        if not self.boutique_id or not self.date:
            return {}, {}
        start, end = self.boutique_id._telecom_day(self.date)
        domain = [
            ("boutique_id", "=", self.boutique_id.id),
            ("sale_id.date", ">=", start),
            ("sale_id.date", "<", end),
        ]
        # sudo: telecom.counter.payment - sums of a drawer its reader may see
        payments = self.env["telecom.counter.payment"].sudo()
        return tuple(
            dict(
                payments._read_group(
                    [*domain, ("amount", operator, 0)], ["method"], ["amount:sum"]
                )
            )
            for operator in (">", "<")
        )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su and not vals.keys() <= BY_HAND | {
                "company_id",
                "boutique_id",
                "movement_ids",
            }:
                raise UserError(self.env._("Open the drawer with its button."))
            boutique = self.env["telecom.boutique"].browse(
                vals.get("boutique_id") or self._default_boutique().id
            )
            if boutique:
                boutique.warehouse_id._telecom_check_mine()
                vals.update(boutique_id=boutique.id, company_id=boutique.company_id.id)
                vals.setdefault("date", boutique._telecom_today())
                vals.setdefault("opening", self._telecom_left(boutique))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if not vals.keys() <= BY_HAND | {"movement_ids"}:
                raise UserError(self.env._("Use the buttons of the drawer."))
            self._telecom_check_open()
        return super().write(vals)

    @api.model
    def _telecom_left(self, boutique):
        """Return what was in a shop's drawer when it was closed last."""
        # sudo: telecom.cash.day - of the shop whose drawer is opened
        last = self.sudo().search(
            [("boutique_id", "=", boutique.id), ("state", "=", "closed")], limit=1
        )
        return last.counted

    def _telecom_check_open(self):
        """Refuse what would change a day that is closed.

        :raises UserError: saying which
        """
        for day in self:
            if day.state != "open":
                raise UserError(
                    self.env._(
                        "The day is closed: %s. A stock manager can open it again.",
                        day.display_name,
                    )
                )

    @api.model
    def _telecom_count_in(self, boutique):
        """Count a sale into the shop's day, which must be open if there is one.

        :param telecom.boutique boutique: where it is made, now
        """
        # sudo: telecom.cash.day - of the shop the user sells in
        day = self.sudo().search(
            [
                ("boutique_id", "=", boutique.id),
                ("date", "=", boutique._telecom_today()),
            ]
        )
        if day:
            day._telecom_guard(sales=1)

    def _telecom_guard(self, sales=0):
        """Let nobody close these days while money is noted on them.

        Their rows are written, not just locked: whoever closes one at the same time
        begins again, and sees the money.

        :param int sales: so many more were made
        :raises UserError: one is closed
        """
        self._telecom_check_open()
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """UPDATE telecom_cash_day
                      SET sale_count = coalesce(sale_count, 0) + %s
                    WHERE id = ANY(%s) RETURNING id""",
                sales,
                self.ids,
            )
        )
        self.invalidate_recordset(["sale_count"])

    # Actions

    @api.model
    def action_open_today(self, boutique_id=None):
        """Open the page of a shop's drawer of today, made with it.

        :param int boutique_id: the first of the user's when left out
        """
        boutique = self.env["telecom.counter.sale"]._counter_boutique(boutique_id)
        today = boutique._telecom_today()
        day = self.search([("boutique_id", "=", boutique.id), ("date", "=", today)])
        if not day:
            # Two of the shop open it first thing in the morning
            with once(self, "_boutique_date_unique"):
                day = self.create({"boutique_id": boutique.id})
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_stock.action_telecom_cash_day"
        )
        # Of the list of all days; this is the page of one
        action.pop("path", None)
        return {
            **action,
            "res_id": day.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_close(self):
        """Close the day with what was counted; a difference needs its reason."""
        for day in self:
            day.check_access("write")
            day._telecom_check_open()
            if (
                not day.currency_id.is_zero(day.missing)
                and not (day.difference_reason or "").strip()
            ):
                raise UserError(
                    self.env._(
                        "There is %(amount)s too much or too little: count again, or "
                        "say why.",
                        amount=formatLang(
                            self.env, day.missing, currency_obj=day.currency_id
                        ),
                    )
                )
            # sudo: telecom.cash.day - states are written by buttons only
            day.sudo().write(
                {
                    "state": "closed",
                    "difference": day.missing,
                    "closed_by_id": self.env.uid,
                    "closed_at": fields.Datetime.now(),
                }
            )
        return True

    def action_reopen(self):
        """Open a day again that was closed too early."""
        if not self.env.user.has_group(STOCK_MANAGER):
            raise AccessError(self.env._("A stock manager opens closed days again."))
        for day in self:
            day.check_access("write")
            # sudo: telecom.cash.day - states are written by buttons only
            day.sudo().write(
                {"state": "open", "closed_by_id": False, "closed_at": False}
            )
        return True

    def action_report(self):
        """Open the closing report, to be printed or sent."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/telecom/counter/drawer/{self.id}",
            "target": "new",
        }

    # Report

    def _telecom_pdf(self):
        """Return the report of the day as PDF, in the reader's language.

        :rtype: bytes
        """
        self.ensure_one()
        # sudo: telecom.cash.day - printed whole for whoever may read it
        return pdf.render_pdf(self.sudo()._report())

    def _report(self):
        """Return what stands on the report.

        :rtype: odoo.addons.telecom_crm.tools.document.Document
        """
        _ = self.env._
        boutique = self.boutique_id

        def money(amount):
            return formatLang(self.env, amount, currency_obj=self.currency_id)

        labels = dict(
            self.env["telecom.cash.movement"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        methods = dict(
            self.env["telecom.counter.payment"]
            ._fields["method"]
            ._description_selection(self.env)
        )
        rows = [
            (_("In the drawer at opening"), money(self.opening)),
            (_("Sold in cash"), money(self.cash_sales)),
            (_("Given back in cash"), money(-self.cash_returns)),
            *(
                (f"{labels[one.kind]}: {one.reason}", money(one.signed))
                for one in self.movement_ids
            ),
        ]
        state = dict(self._fields["state"]._description_selection(self.env))
        facts = [
            (_("Boutique"), boutique.display_name),
            (_("Day"), format_date(self.env, self.date)),
            (_("Status"), state[self.state]),
            (_("Opened by"), self.user_id.name),
            (_("Closed by"), self.closed_by_id.name),
            (
                _("Closed at"),
                self.closed_at
                and format_datetime(self.env, self.closed_at, tz=boutique.tz or "UTC"),
            ),
            (_("Sales and returns"), str(self.sale_count or 0)),
            *(
                (methods[method], money(self[method]))
                for method, _name in PAYMENT_METHODS
                if method != "cash"
            ),
            (_("Why it differs"), self.difference_reason),
        ]
        lang = self.env.context.get("lang") or "en_US"
        return pdf.Document(
            title=_("Cash drawer, %s", format_date(self.env, self.date)),
            brand=self.company_id._telecom_brand(),
            facts=tuple((label, value) for label, value in facts if value),
            tables=(
                pdf.Table(
                    columns=(
                        pdf.Column(_("Cash"), 7),
                        pdf.Column(_("Amount"), 3, "right"),
                    ),
                    rows=tuple(pdf.Row(row) for row in rows),
                ),
            ),
            totals=(
                pdf.Total(_("Should be in it"), money(self.expected)),
                pdf.Total(_("Counted"), money(self.counted)),
                pdf.Total(_("Difference"), money(self.missing), True),
            ),
            language=lang.partition("_")[0],
            labels=pdf.Labels(page=_("Page %(page)s of %(pages)s")),
        )
