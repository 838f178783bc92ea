from odoo import api, models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    @api.model
    def _telecom_show_plain_logins(self):
        """Let templates about users show logins without the operator in them.

        Only the name of the field is replaced; wording and translations stay whoever's
        they are.
        """
        # sudo: mail.template - run when the addon is installed or updated
        templates = self.sudo().search([("model", "=", "res.users")])
        for template in templates.with_context(lang=None):
            body = str(template.body_html or "")
            if 'object.login"' in body:
                template.body_html = body.replace(
                    'object.login"', 'object.telecom_login"'
                )
