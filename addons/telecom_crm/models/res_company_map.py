from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_tile_url = fields.Char(
        string="Map Tiles",
        help="Address of a tile server with {z}, {x} and {y}. Without one, maps show "
        "places on an empty ground.",
    )
    telecom_tile_attribution = fields.Char(
        string="Map Attribution", help="What the tile server's owner asks to be shown."
    )
