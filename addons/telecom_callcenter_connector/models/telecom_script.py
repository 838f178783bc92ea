from odoo import api, models


class TelecomScript(models.Model):
    _inherit = "telecom.script"

    @api.model
    def _block_fields(self):
        return [*super()._block_fields(), "query_code"]

    def get_builder(self, lang=False):
        """With the queries that a button may run."""
        # sudo: telecom.connector.query - names only, of the script's own operator
        queries = (
            self.env["telecom.connector.query"]
            .sudo()
            .search(
                [("company_id", "=", self.company_id.id), ("in_scripts", "=", True)]
            )
        )
        return {
            **super().get_builder(lang),
            "queries": [
                {"code": query.code, "name": query.name, "operation": query.operation}
                for query in queries
            ],
        }
