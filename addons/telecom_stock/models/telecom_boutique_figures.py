from datetime import datetime, time

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .product_template import SERIAL_KINDS
from .res_users import STOCK_MANAGER


class TelecomBoutique(models.Model):
    """What managers see of their shops on one screen: stock, sales and targets."""

    _inherit = "telecom.boutique"

    managed = fields.Boolean(
        string="Managed by Me", compute="_compute_managed", search="_search_managed"
    )
    target_ids = fields.One2many(
        "telecom.boutique.target", "boutique_id", string="Targets"
    )
    sales_today = fields.Monetary(compute="_compute_sales", aggregator=None)
    sales_month = fields.Monetary(
        string="Sales of the Month", compute="_compute_sales", aggregator=None
    )
    sales_count_today = fields.Integer(
        string="Number of Sales Today", compute="_compute_sales", aggregator=None
    )
    target_month = fields.Monetary(
        string="Target of the Month", compute="_compute_sales", aggregator=None
    )
    target_reached = fields.Float(
        string="Target Reached (%)", compute="_compute_sales", aggregator=None
    )
    stock_kinds = fields.Json(string="Stock by Kind", compute="_compute_stock_figures")
    stock_pieces = fields.Integer(
        string="Pieces in Stock", compute="_compute_stock_figures", aggregator=None
    )
    low_stock_count = fields.Integer(
        string="Low Stock", compute="_compute_stock_figures", aggregator=None
    )
    transfer_count = fields.Integer(
        string="To Receive", compute="_compute_stock_figures", aggregator=None
    )

    # Whose

    @api.depends_context("uid")
    @api.depends("manager_id")
    def _compute_managed(self):
        """Stock managers see the figures of all shops, others of those they manage."""
        mine = self.filtered_domain(self._telecom_managed_domain())
        for shop in self:
            shop.managed = shop in mine

    @api.model
    def _search_managed(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = self._telecom_managed_domain()
        return mine if True in value else ~mine

    @api.model
    def _telecom_managed_domain(self):
        user = self.env.user
        if user.has_group(STOCK_MANAGER):
            return Domain.TRUE
        return Domain("manager_id", "=", user.id)

    # Days

    def _telecom_today(self):
        """Return which day it is where the shop is."""
        tz = pytz.timezone(self.tz or "UTC")
        return pytz.utc.localize(fields.Datetime.now()).astimezone(tz).date()

    def _telecom_day(self, first=None, last=None):
        """Return when days begin and end where the shop is, in UTC.

        :param datetime.date first: today there when left out
        :param datetime.date last: the same as the first when left out; included
        :rtype: tuple[datetime.datetime, datetime.datetime]
        """
        tz = pytz.timezone(self.tz or "UTC")
        first = first or self._telecom_today()
        after = fields.Date.add(last or first, days=1)
        return tuple(
            tz.localize(datetime.combine(day, time.min))
            .astimezone(pytz.utc)
            .replace(tzinfo=None)
            for day in (first, after)
        )

    # Sales

    def _telecom_turnover(self, start, end):
        """Return what shops sold: ``{boutique id: (count, amount with taxes)}``.

        Whatever else sells in shops adds its own sales to this.

        :param datetime.datetime start: UTC
        :param datetime.datetime end: UTC, left out itself
        """
        rows = self.env["telecom.counter.sale"]._read_group(
            [
                ("boutique_id", "in", self.ids),
                ("date", ">=", start),
                ("date", "<", end),
            ],
            ["boutique_id"],
            ["__count", "origin_id:count", "amount_total:sum"],
        )
        return {
            boutique.id: (count - returns, amount)
            for boutique, count, returns, amount in rows
        }

    def _compute_sales(self):
        for shops in self.grouped("tz").values():
            one = shops[:1]
            today = one._telecom_today()
            month = today.replace(day=1)
            last = month + relativedelta(months=1, days=-1)
            per_day = shops._telecom_turnover(*one._telecom_day(today))
            per_month = shops._telecom_turnover(*one._telecom_day(month, last))
            targets = {
                target.boutique_id.id: target.amount
                for target in self.env["telecom.boutique.target"].search_fetch(
                    [("boutique_id", "in", shops.ids), ("month", "=", month)],
                    ["boutique_id", "amount"],
                )
            }
            for shop in shops:
                shop.sales_count_today, shop.sales_today = per_day.get(shop.id, (0, 0))
                shop.sales_month = per_month.get(shop.id, (0, 0))[1]
                shop.target_month = targets.get(shop.id, 0)
                shop.target_reached = (
                    100 * shop.sales_month / shop.target_month
                    if shop.target_month
                    else 0
                )

    # Stock

    def _compute_stock_figures(self):
        pieces = self._telecom_pieces()
        low = {}
        for warehouse, count in self.env["telecom.boutique.stock"]._read_group(
            [("warehouse_id", "in", self.warehouse_id.ids), ("alert", "!=", False)],
            ["warehouse_id"],
            ["__count"],
        ):
            low[warehouse.id] = count
        coming = {
            warehouse.id: count
            for warehouse, count in self.env["telecom.stock.transfer"]._read_group(
                [
                    ("warehouse_dest_id", "in", self.warehouse_id.ids),
                    ("state", "=", "transit"),
                ],
                ["warehouse_dest_id"],
                ["__count"],
            )
        }
        names = dict(
            self.env["product.template"]
            ._fields["telecom_kind"]
            ._description_selection(self.env)
        )
        order = [code for code, _name in SERIAL_KINDS]
        for shop in self:
            kinds = pieces.get(shop.warehouse_id.id, {})
            shop.stock_kinds = [
                {"kind": kind, "name": names[kind], "quantity": kinds[kind]}
                for kind in order
                if kinds.get(kind)
            ] + (
                [
                    {
                        "kind": "",
                        "name": self.env._("Accessories"),
                        "quantity": kinds[None],
                    }
                ]
                if kinds.get(None)
                else []
            )
            shop.stock_pieces = sum(kinds.values())
            shop.low_stock_count = low.get(shop.warehouse_id.id, 0)
            shop.transfer_count = coming.get(shop.warehouse_id.id, 0)

    def _telecom_pieces(self):
        """Return what stands in the shops: ``{warehouse id: {kind: pieces}}``."""
        quants = self.env["stock.quant"]
        quants.flush_model()
        # The rules of access decide which quants count
        query = quants._search(
            [
                ("location_id.warehouse_id", "in", self.warehouse_id.ids),
                ("location_id.usage", "=", "internal"),
                ("quantity", ">", 0),
            ]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT location.warehouse_id, template.telecom_kind,
                       sum(quant.quantity)
                  FROM stock_quant quant
                  JOIN stock_location location ON location.id = quant.location_id
                  JOIN product_product product ON product.id = quant.product_id
                  JOIN product_template template
                       ON template.id = product.product_tmpl_id
                 WHERE quant.id IN %s
              GROUP BY location.warehouse_id, template.telecom_kind""",
                query.subselect(),
            )
        )
        pieces = {}
        for warehouse, kind, quantity in rows:
            pieces.setdefault(warehouse, {})[kind] = int(quantity)
        return pieces

    # Actions

    def action_low_stock(self):
        """Show what runs short here."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_stock.action_telecom_boutique_stock_alerts"
            ),
            "domain": [("warehouse_id", "=", self.warehouse_id.id)],
        }

    def action_sales(self):
        """Show what was sold here."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_stock.action_telecom_counter_sale"
            ),
            "domain": [("boutique_id", "=", self.id)],
        }

    def action_transfers(self):
        """Show what is on the way to or from here."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_stock.action_telecom_stock_transfer"
            ),
            "domain": [
                "|",
                ("warehouse_source_id", "=", self.warehouse_id.id),
                ("warehouse_dest_id", "=", self.warehouse_id.id),
            ],
        }

    @api.model
    def _refresh_rules(self):
        """Rules of access name the shops of each user, and are kept in memory."""
        self.env.registry.clear_cache()
