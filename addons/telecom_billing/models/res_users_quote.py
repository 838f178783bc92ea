from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    telecom_bookings = fields.Integer(
        string="Appointments Booked",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Counted up with each booking, so that two at once cannot both succeed.",
    )
