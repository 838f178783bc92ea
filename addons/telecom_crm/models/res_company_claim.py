from babel.languages import get_official_languages

from odoo import api, fields, models

from .helpdesk_ticket_similar import CONFIGURATIONS, TEXT_LANGUAGES
from .helpdesk_ticket_stage import CLOSED_STATES

CLAIM_SEQUENCE = "helpdesk.ticket.sequence"
#: Hours of the usual service levels: branch, priority, first answer, end
USUAL_LEVELS = [
    (False, False, 8, 40),
    (False, "3", 1, 8),
    ("technical", False, 4, 24),
    ("financial", False, 8, 40),
    ("relational", False, 8, 40),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_text_language = fields.Selection(
        TEXT_LANGUAGES,
        string="Language of Claims",
        compute="_compute_telecom_text_language",
        store=True,
        readonly=False,
        help="In which claims are written; similar ones are found by its words.",
    )

    @api.depends("partner_id.lang", "country_id")
    def _compute_telecom_text_language(self):
        for company in self:
            own = (company.partner_id.lang or "")[:2]
            official = get_official_languages(
                company.country_id.code or "", de_facto=True
            )
            codes = [code for code in CONFIGURATIONS if code in official]
            if own in codes or not codes:
                codes = [own]
            company.telecom_text_language = CONFIGURATIONS.get(codes[0], "simple")

    def _telecom_become_operator(self):
        result = super()._telecom_become_operator()
        self._telecom_create_claim_numbers()
        self._telecom_create_claim_stages()
        self._telecom_create_claim_levels()
        return result

    def _telecom_create_claim_numbers(self):
        for company in self:
            company._telecom_sequence(
                CLAIM_SEQUENCE, self.env._("Claim number (%s)", company.name), "R", 6
            )

    def _telecom_create_claim_stages(self):
        """Give each operator stages of its own, to be renamed as it likes."""
        # sudo: helpdesk.ticket.stage - those of companies that are new
        Stage = self.env["helpdesk.ticket.stage"].sudo()
        known = Stage.with_context(active_test=False).search(
            [("company_id", "in", self.ids)]
        )
        template = self.env.ref(
            "telecom_crm.mail_template_claim_state", raise_if_not_found=False
        )
        sources = self.with_context(lang="en_US")._telecom_claim_stages()
        stages = Stage.with_context(lang="en_US").create(
            [
                {
                    "name": name,
                    "telecom_customer_text": text,
                    "telecom_state": state,
                    "company_id": company.id,
                    # After the shared ones, which stay others' first choice
                    "sequence": 100 + number,
                    "fold": state in CLOSED_STATES,
                    "close_from_portal": state == "treated",
                    "mail_template_id": template.id if template and text else False,
                }
                for company in self - known.company_id
                for number, (state, name, text) in enumerate(sources)
            ]
        )
        for code, _name in self.env["res.lang"].get_installed():
            texts = {
                state: {"name": name, "telecom_customer_text": text}
                for state, name, text in self.with_context(
                    lang=code
                )._telecom_claim_stages()
            }
            for stage in stages:
                stage.with_context(lang=code).write(texts[stage.telecom_state])

    def _telecom_claim_stages(self):
        """Return (state, name, what the customer is told) in the context's language.

        Terms of the code: those of records are not loaded yet during installation.
        """
        return [
            (
                "open",
                self.env._("New"),
                self.env._("We have received it and will come back to you."),
            ),
            (
                "progress",
                self.env._("In Progress"),
                self.env._("One of us is working on it."),
            ),
            (
                "waiting_customer",
                self.env._("Waiting for the Customer"),
                self.env._("We need something from you: please answer this e-mail."),
            ),
            ("waiting_third", self.env._("Waiting for a Third Party"), False),
            (
                "reopened",
                self.env._("Reopened"),
                self.env._("We take it up again and will come back to you."),
            ),
            (
                "treated",
                self.env._("Treated"),
                self.env._(
                    "It is settled. If it is not, answer this e-mail: your claim is "
                    "opened again."
                ),
            ),
            (
                "unsolved",
                self.env._("Closed without Solution"),
                self.env._("We are sorry: we could not settle it."),
            ),
        ]

    def _telecom_create_claim_levels(self):
        # sudo: telecom.claim.level - those of companies that are new
        Level = self.env["telecom.claim.level"].sudo()
        known = Level.with_context(active_test=False).search(
            [("company_id", "in", self.ids)]
        )
        names = self.with_context(lang="en_US")._telecom_claim_level_names()
        levels = Level.with_context(lang="en_US").create(
            [
                {
                    "name": names[branch, priority],
                    "company_id": company.id,
                    "branch": branch,
                    "priority": priority,
                    "calendar_id": company.resource_calendar_id.id,
                    "response_hours": response,
                    "resolution_hours": resolution,
                }
                for company in self - known.company_id
                for branch, priority, response, resolution in USUAL_LEVELS
            ]
        )
        for code, _name in self.env["res.lang"].get_installed():
            names = self.with_context(lang=code)._telecom_claim_level_names()
            for level in levels.with_context(lang=code):
                level.name = names[level.branch, level.priority]

    def _telecom_claim_level_names(self):
        """Return {(branch, priority): name} in the context's language."""
        return {
            (False, False): self.env._("All claims"),
            (False, "3"): self.env._("Very urgent claims"),
            ("technical", False): self.env._("Technical claims"),
            ("financial", False): self.env._("Financial claims"),
            ("relational", False): self.env._("Relational claims"),
        }
