from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.telecom_crm.tools import sphere

from ..tools.clock import epoch, from_epoch

#: So many are forgotten in one transaction
BATCH = 50000
#: Clocks of telephones go wrong by so much
DRIFT = timedelta(minutes=5)


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_position_days = fields.Integer(
        string="Positions Kept (days)",
        default=30,
        help="For how many days the operator keeps where its field sellers were.",
    )

    _telecom_position_days_positive = models.Constraint(
        "CHECK(telecom_position_days BETWEEN 1 AND 400)",
        "Positions are kept for 1 to 400 days.",
    )

    @api.model
    def _telecom_locating(self):
        """Return the companies that keep positions, for some days."""
        return self.search([("telecom_position_days", ">", 0)])

    def _telecom_position_limit(self):
        """Before when this operator keeps no positions."""
        self.ensure_one()
        return fields.Datetime.now() - timedelta(days=self.telecom_position_days or 30)


class TelecomSellerPosition(models.Model):
    """Where a field seller was, on duty and with consent."""

    _name = "telecom.seller.position"
    _description = "Position of a Field Seller"
    _check_company_auto = True
    _order = "at desc, id desc"
    _rec_name = "seller_id"
    _log_access = False

    seller_id = fields.Many2one(
        "telecom.field.seller",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, readonly=True
    )
    at = fields.Datetime(required=True, readonly=True)
    latitude = fields.Float(digits=(10, 7), readonly=True)
    longitude = fields.Float(digits=(10, 7), readonly=True)
    accuracy = fields.Float(string="Accuracy (m)", digits=(10, 1), readonly=True)

    _once = models.UniqueIndex("(seller_id, at)")

    @api.model
    def _record(self, seller, points):
        """Keep where a seller was; what is known already, or nobody agreed to, not.

        :param seller: ``telecom.field.seller``
        :param points: list of (seconds, latitude, longitude, metres)
        :return: how many were kept
        """
        # sudo: telecom.seller.duty - of the seller, who sends them
        duties = self.env["telecom.seller.duty"].sudo()
        duties._open(seller)
        duties = duties.search(
            [("seller_id", "=", seller.id), ("with_position", "=", True)], limit=50
        )
        latest = fields.Datetime.now() + DRIFT
        oldest = seller.company_id.sudo()._telecom_position_limit()
        rows = {}
        for seconds, latitude, longitude, accuracy in points:
            place = sphere.place(latitude, longitude)
            at = from_epoch(seconds)
            if not place or not oldest < at <= latest:
                continue
            if any(
                duty.started_at <= at <= (duty.ended_at or latest) for duty in duties
            ):
                rows[at] = (*place, max(float(accuracy or 0), 0))
        if not rows:
            return 0
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO telecom_seller_position
                    (seller_id, company_id, at, latitude, longitude, accuracy)
                SELECT %s, %s, * FROM unnest(%s::timestamp[], %s::numeric[],
                                             %s::numeric[], %s::numeric[])
                ON CONFLICT (seller_id, at) DO NOTHING
                """,
                seller.id,
                seller.company_id.id,
                list(rows),
                *map(list, zip(*rows.values(), strict=True)),
            )
        )
        kept = self.env.cr.rowcount
        self.invalidate_model()
        return kept

    @api.model
    def _last(self, duties):
        """Return the last position of each duty that goes on, by seller id."""
        located = [duty for duty in duties if duty.with_position]
        if not located:
            return {}
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT duty.seller_id, position.at, position.latitude,
                       position.longitude, position.accuracy
                  FROM telecom_seller_duty duty
            CROSS JOIN LATERAL (
                       SELECT at, latitude, longitude, accuracy
                         FROM telecom_seller_position position
                        WHERE position.seller_id = duty.seller_id
                          AND position.at >= duty.started_at
                     ORDER BY position.at DESC LIMIT 1) position
                 WHERE duty.id IN %s
                """,
                tuple(duty.id for duty in located),
            )
        )
        return {
            row["seller_id"]: {
                "at": epoch(row["at"]),
                "place": [float(row["latitude"]), float(row["longitude"])],
                "accuracy": float(row["accuracy"] or 0),
            }
            for row in rows
        }

    @api.autovacuum
    def _gc_positions(self):
        """Forget where sellers were as each operator wants it."""
        done = 0
        # sudo: telecom.seller.position - runs as the system
        for company in self.env["res.company"].sudo()._telecom_locating():
            old = self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("at", "<", company._telecom_position_limit()),
                ],
                limit=BATCH - done,
            )
            done += len(old)
            old.unlink()
            if done >= BATCH:
                # Odoo commits, and comes again
                return done, 1
        return done, 0
