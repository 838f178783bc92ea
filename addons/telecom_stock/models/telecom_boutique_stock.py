from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..engine import replenishment

#: Days whose sales say how fast an article goes
SALES_DAYS = 28
ALERTS = [
    ("out", "None Left"),
    ("threshold", "Below the Threshold"),
    ("forecast", "Sold Out Soon"),
]


class TelecomBoutiqueStock(models.Model):
    """What shops have of each article, how fast it goes, and what runs short.

    The alerts are those of :mod:`..engine.replenishment`, computed by the database.
    """

    _name = "telecom.boutique.stock"
    _description = "Stock of Boutiques"
    _auto = False
    _order = "alert_rank, cover_days, warehouse_id, product_id"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", string="Operator", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", string="Boutique", readonly=True)
    boutique_id = fields.Many2one(
        "telecom.boutique", string="Page of the Boutique", readonly=True
    )
    product_id = fields.Many2one("product.product", string="Article", readonly=True)
    quantity = fields.Float(string="In Stock", digits="Product Unit", readonly=True)
    free = fields.Float(digits="Product Unit", readonly=True)
    incoming = fields.Float(string="On the Way", digits="Product Unit", readonly=True)
    sold = fields.Float(string="Sold in 28 Days", digits="Product Unit", readonly=True)
    minimum = fields.Float(string="Threshold", digits="Product Unit", readonly=True)
    maximum = fields.Float(string="Up to", digits="Product Unit", readonly=True)
    cover_days = fields.Float(
        string="Lasts (days)",
        digits=(16, 1),
        readonly=True,
        aggregator=None,
        help="How long it lasts at the pace of the last 28 days; empty when nothing "
        "was sold.",
    )
    alert = fields.Selection(ALERTS, readonly=True)
    alert_rank = fields.Integer(readonly=True, aggregator=None)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT (k.warehouse_id::bigint << 24) + k.product_id AS id,
                   warehouse.company_id, k.warehouse_id, k.product_id,
                   boutique.id AS boutique_id,
                   k.quantity, k.free, k.incoming, k.sold, k.minimum, k.maximum,
                   CASE WHEN k.sold > 0 THEN k.coming / (k.sold / %(days)s)
                        END AS cover_days,
                   k.alert,
                   CASE k.alert WHEN 'out' THEN 1 WHEN 'threshold' THEN 2
                                WHEN 'forecast' THEN 3 ELSE 9 END AS alert_rank
              FROM (SELECT s.*,
                           CASE WHEN (minimum > 0 OR sold > 0) AND coming <= 0
                                THEN 'out'
                                WHEN coming < minimum THEN 'threshold'
                                WHEN sold > 0
                                 AND coming < company_days * sold / %(days)s
                                THEN 'forecast' END AS alert
                      FROM (SELECT w.id AS warehouse_id, g.product_id,
                                   c.telecom_cover_days AS company_days,
                                   sum(g.quantity) AS quantity,
                                   sum(g.quantity) - sum(g.reserved) AS free,
                                   sum(g.incoming) AS incoming,
                                   sum(g.sold) AS sold,
                                   sum(g.minimum) AS minimum,
                                   sum(g.maximum) AS maximum,
                                   greatest(sum(g.quantity) - sum(g.reserved), 0)
                                   + greatest(sum(g.incoming), 0) AS coming
                              FROM (%(goods)s) g
                              JOIN stock_warehouse w ON w.id = g.warehouse_id
                              JOIN res_company c ON c.id = w.company_id
                             WHERE w.active
                          GROUP BY w.id, g.product_id, c.telecom_cover_days) s
                   ) k
              JOIN stock_warehouse warehouse ON warehouse.id = k.warehouse_id
         LEFT JOIN telecom_boutique boutique
                   ON boutique.warehouse_id = k.warehouse_id""",
            days=SALES_DAYS,
            goods=self._goods_query(),
        )

    @api.model
    def _goods_query(self):
        """What stands in warehouses, comes to them, leaves them and should be there."""
        return SQL(
            """
            SELECT l.warehouse_id, q.product_id, q.quantity,
                   q.reserved_quantity AS reserved, 0 AS incoming, 0 AS sold,
                   0 AS minimum, 0 AS maximum
              FROM stock_quant q
              JOIN stock_location l ON l.id = q.location_id
             WHERE l.usage = 'internal' AND l.warehouse_id IS NOT NULL
         UNION ALL
            SELECT d.warehouse_id, m.product_id, 0, 0, m.product_qty, 0, 0, 0
              FROM stock_move m
              JOIN stock_location o ON o.id = m.location_id
              JOIN stock_location d ON d.id = m.location_dest_id
             WHERE m.state IN ('waiting', 'confirmed', 'partially_available',
                               'assigned')
               AND d.usage = 'internal' AND o.usage IN ('supplier', 'transit')
         UNION ALL
            SELECT o.warehouse_id, m.product_id, 0, 0, 0, m.quantity, 0, 0
              FROM stock_move m
              JOIN stock_location o ON o.id = m.location_id
              JOIN stock_location d ON d.id = m.location_dest_id
             WHERE m.state = 'done' AND o.usage = 'internal' AND d.usage = 'customer'
               AND m.date > (now() AT TIME ZONE 'UTC') - make_interval(days => %s)
         UNION ALL
            SELECT warehouse_id, product_id, 0, 0, 0, 0,
                   product_min_qty, greatest(product_max_qty, product_min_qty)
              FROM stock_warehouse_orderpoint
             WHERE active""",
            SALES_DAYS,
        )

    @api.model
    def _search(self, *args, **kwargs):
        self._flush_goods()
        return super()._search(*args, **kwargs)

    @api.model
    def _flush_goods(self):
        for model in (
            "stock.quant",
            "stock.move",
            "stock.location",
            "stock.warehouse.orderpoint",
            "telecom.boutique",
        ):
            self.env[model].flush_model()

    @api.depends("product_id", "warehouse_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.product_id.name} · {row.warehouse_id.name}"

    # Proposals

    @api.model
    def _telecom_positions(self, company, products=None):
        """Return what all shops of an operator have, as the engine reads it.

        :param res.company company: the operator
        :param product.product products: only these
        :rtype: list[odoo.addons.telecom_stock.engine.replenishment.Position]
        """
        self._flush_goods()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT stock.warehouse_id, stock.product_id, stock.free,
                       stock.incoming, stock.minimum, stock.maximum, stock.sold,
                       boutique.latitude, boutique.longitude, boutique.located,
                       boutique.state
                  FROM (%s) stock
             LEFT JOIN telecom_boutique boutique ON boutique.id = stock.boutique_id
                 WHERE stock.company_id = %s%s""",
                self._table_query,
                company.id,
                SQL(" AND stock.product_id = ANY(%s)", products.ids)
                if products
                else SQL(),
            )
        )
        return [
            replenishment.Position(
                warehouse,
                product,
                float(free),
                float(incoming),
                # A shop that is closed gives away what it has, and orders nothing
                0.0 if state == "closed" else float(minimum),
                0.0 if state == "closed" else float(maximum),
                0.0 if state == "closed" else float(sold) / SALES_DAYS,
                (latitude, longitude) if located else None,
            )
            for (
                warehouse,
                product,
                free,
                incoming,
                minimum,
                maximum,
                sold,
                latitude,
                longitude,
                located,
                state,
            ) in rows
        ]

    @api.model
    def _telecom_donor(self, positions, dest, wanted):
        """Return the nearest warehouse that can spare all that is wanted, or nothing.

        :param list positions: see :meth:`_telecom_positions`
        :param stock.warehouse dest: who wants it
        :param dict wanted: {product: pieces}
        :rtype: stock.warehouse
        """
        keep = dest.company_id.telecom_keep_days
        spare = defaultdict(dict)
        for position in positions:
            if position.shop != dest.id:
                spare[position.shop][position.product] = (
                    replenishment.surplus(position, keep),
                    position.place,
                )
        shop = dest.telecom_boutique_ids[:1]
        here = (shop.latitude, shop.longitude) if shop.located else None
        able = [
            (
                min(
                    replenishment.distance(own[product.id][1], here)
                    for product in wanted
                ),
                key,
            )
            for key, own in spare.items()
            if all(
                product.id in own and own[product.id][0] >= quantity
                for product, quantity in wanted.items()
            )
        ]
        return self.env["stock.warehouse"].browse(min(able)[1] if able else ())

    @api.model
    def action_propose(self):
        """Propose transfers from shops with too much to shops with too little.

        Proposals that nobody accepted yet are made anew.
        """
        if not self.env.user.has_group("telecom_stock.group_telecom_stock_manager"):
            raise AccessError(self.env._("A stock manager asks for proposals."))
        made = self.env["telecom.stock.transfer"]
        for company in self.env.companies:
            made |= self._telecom_propose(company)
        if not made:
            raise UserError(
                self.env._(
                    "Nothing to propose: no shop runs short of what another one can "
                    "spare."
                )
            )
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_stock.action_telecom_stock_transfer"
            ),
            "domain": [("id", "in", made.ids)],
            "context": {},
        }

    @api.model
    def _telecom_propose(self, company):
        """Make the proposals of an operator.

        :rtype: telecom.stock.transfer
        """
        # sudo: telecom.stock.transfer - proposals of one operator, by its manager
        Transfer = self.env["telecom.stock.transfer"].sudo().with_company(company)
        Transfer.search(
            [("company_id", "=", company.id), ("state", "=", "proposed")]
        ).unlink()
        positions = self._telecom_positions(company)
        # What was asked for and may still come, or leave, counts already
        pending = defaultdict(float)
        for line in (
            self.env["telecom.stock.transfer.line"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("transfer_id.state", "in", ("requested", "ready")),
                ]
            )
        ):
            transfer = line.transfer_id
            pending[transfer.warehouse_dest_id.id, line.product_id.id, "in"] += (
                line.quantity
            )
            pending[transfer.warehouse_source_id.id, line.product_id.id, "out"] += (
                line.quantity
            )
        positions = [
            replenishment.with_pending(
                one,
                pending[one.shop, one.product, "in"],
                pending[one.shop, one.product, "out"],
            )
            for one in positions
        ]
        found = replenishment.propose(
            positions, company.telecom_cover_days, company.telecom_keep_days
        )
        parcels = defaultdict(list)
        for proposal in found:
            parcels[proposal.source, proposal.dest].append(proposal)
        return Transfer.create(
            [
                {
                    "company_id": company.id,
                    "state": "proposed",
                    "warehouse_source_id": source,
                    "warehouse_dest_id": dest,
                    "note": self.env._("Runs short there, and is not needed here."),
                    "line_ids": [
                        Command.create(
                            {
                                "company_id": company.id,
                                "product_id": proposal.product,
                                "quantity": proposal.quantity,
                            }
                        )
                        for proposal in goods
                    ],
                }
                for (source, dest), goods in parcels.items()
            ]
        )

    @api.model
    def _cron_propose(self):
        """Make the proposals of all operators, one after the other."""
        companies = self.env["res.company"].search([("telecom_tenant", "=", True)])
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(companies))
        for company in companies:
            if company._telecom_allows("stock", "create"):
                self._telecom_propose(company)
            if Cron._commit_progress(1) <= 0:
                return

    def action_request(self):
        """Ask for what runs short here: one request for each shop."""
        requests = self.env["telecom.stock.transfer"]
        for warehouse, rows in self.grouped("warehouse_id").items():
            company = warehouse.company_id
            lines = []
            for row in rows:
                position = replenishment.Position(
                    warehouse.id,
                    row.product_id.id,
                    row.free,
                    row.incoming,
                    row.minimum,
                    row.maximum,
                    row.sold / SALES_DAYS,
                )
                missing = replenishment.shortage(position, company.telecom_cover_days)
                lines.append((row.product_id, missing or 1))
            requests |= requests.create(
                {
                    "company_id": company.id,
                    "warehouse_source_id": False,
                    "warehouse_dest_id": warehouse.id,
                    "line_ids": [
                        Command.create(
                            {
                                "company_id": company.id,
                                "product_id": product.id,
                                "quantity": missing,
                            }
                        )
                        for product, missing in lines
                    ],
                }
            )
        requests.action_request()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_stock.action_telecom_stock_transfer"
        )
        action.update({"domain": [("id", "in", requests.ids)], "context": {}})
        return action
