import base64

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..gateway.sound import SoundError, read


class TelecomPrompt(models.Model):
    """A recorded announcement."""

    _name = "telecom.prompt"
    _description = "Voice Prompt"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    language_id = fields.Many2one("telecom.language")
    text = fields.Text(help="What is said, for those who read rather than listen.")
    audio = fields.Binary(
        attachment=True, required=True, help="WAV, 16 bit, mono; 8 kHz is best."
    )
    audio_filename = fields.Char()

    @api.constrains("audio")
    def _check_audio(self):
        # What Asterisk cannot play would hold back the configuration of the whole PBX,
        # other operators' included
        for prompt in self.with_context(bin_size=False):
            try:
                read(base64.b64decode(prompt.audio or b""))
            except SoundError as error:
                raise ValidationError(
                    self.env._(
                        "“%(prompt)s” cannot be played: a message is a WAV recording "
                        "of 10 minutes and 16 MB at most.",
                        prompt=prompt.name,
                    )
                ) from error

    def _configuration_pbxs(self):
        kinds = ("welcome", "closed", "unavailable", "abandoned", "machine")
        campaigns = self.env["telecom.campaign"].search(
            Domain.OR([(f"{kind}_prompt_id", "in", self.ids)] for kind in kinds)
        )
        return campaigns._configuration_pbxs()

    def _configuration_operator(self):
        return self.company_id[:1]
