import os
from urllib.parse import unquote, urlsplit

from odoo import Command, api, models


class TelecomConnector(models.Model):
    _inherit = "telecom.connector"

    @api.model
    def _connect_demo(self):
        """Have the demonstration's connector reach the database that the stack made.

        ``TELECOM_DEMO_CLIENT`` says where it is; elsewhere the connector stays an
        example, and no button of a script needs it.
        """
        url = urlsplit(os.environ.get("TELECOM_DEMO_CLIENT", ""))
        if url.scheme != "postgresql":
            return
        self.env.ref("telecom_callcenter_connector.connector_benin_files").write(
            {
                "host": url.hostname,
                "port": url.port,
                "database": url.path.strip("/"),
                "login": url.username,
                "secret": unquote(url.password),
                # On loopback
                "tls": "off",
            }
        )
        first, last = self.env.ref("telecom_callcenter.script_benin_files").page_ids
        for page, text, code in (
            (first, "Lire le dossier chez Mono Télécom", "lire_dossier"),
            (last, "Noter le contrôle chez Mono Télécom", "noter_controle"),
        ):
            button = {
                "kind": "action",
                "action": "query",
                "text": text,
                "query_code": code,
                # Below the hint, and before what asks for the answer
                "sequence": 1,
            }
            if code not in page.block_ids.mapped("query_code"):
                page.block_ids = [Command.create(button)]
