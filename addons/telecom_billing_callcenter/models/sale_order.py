from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    telecom_appointment_id = fields.Many2one(
        "telecom.appointment",
        string="Appointment",
        check_company=True,
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The visit at which a field seller made this offer.",
    )


class TelecomAppointment(models.Model):
    _inherit = "telecom.appointment"

    sale_order_ids = fields.One2many(
        "sale.order", "telecom_appointment_id", string="Quotes and Sales"
    )
