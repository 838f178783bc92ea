from odoo import api, fields, models

BATCH = 100


class TelecomPasswordRequest(models.Model):
    """Somebody forgot a password; the link is sent by the scheduler.

    A model, so that the page answers alike and as fast for whoever asks: with an
    account, without one, with one at another operator.
    """

    _name = "telecom.password.request"
    _description = "Request for a New Password"
    _order = "id"

    login = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", ondelete="cascade"
    )
    lang = fields.Char()

    @api.model
    def _enqueue(self, login):
        """Remember who asked, on whose host."""
        company = self.env["telecom.host"]._company_of_request()
        # sudo: telecom.password.request - anybody may ask; nobody reads
        self.sudo().create(
            {"login": login, "company_id": company.id, "lang": self.env.lang}
        )
        # sudo: ir.cron - started now, or within the minute
        self.env.ref("telecom_crm.ir_cron_password_request").sudo()._trigger()

    @api.model
    def _cron_send(self):
        requests = self.search([], limit=BATCH)
        remaining = max(self.search_count([]) - len(requests), 0)
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(requests) + remaining)
        for record in requests:
            users = self.env["res.users"].with_context(lang=record.lang or None)
            login, company = record.login, record.company_id
            record.unlink()
            users._telecom_reset_passwords(login, company)
            Cron._commit_progress(1)
