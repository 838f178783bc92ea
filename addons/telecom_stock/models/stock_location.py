from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    # The search for the nearest boutique asks shop by shop what is in stock there
    _telecom_warehouse_idx = models.Index("(warehouse_id) WHERE usage = 'internal'")


class StockQuant(models.Model):
    _inherit = "stock.quant"

    _telecom_product_location_idx = models.Index("(location_id, product_id)")
