from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TelecomScriptBlock(models.Model):
    """A piece of a script's page: what to say, to know, to ask or to do."""

    _name = "telecom.script.block"
    _description = "Script Block"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "page_id, sequence, id"
    _rec_name = "text"

    sequence = fields.Integer(default=10)
    page_id = fields.Many2one(
        "telecom.script.page",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="page_id.company_id", store=True, index=True, precompute=True
    )
    kind = fields.Selection(
        [
            ("say", "Text to say"),
            ("hint", "Note for the agent"),
            ("question", "Question"),
            ("action", "Button"),
        ],
        required=True,
        default="say",
    )
    text = fields.Text(
        translate=True,
        help="{first_name} and other names in braces stand for the contact's fields.",
    )

    # Questions
    answer_type = fields.Selection(
        [
            ("choice", "One of several"),
            ("boolean", "Yes or no"),
            ("char", "Short text"),
            ("text", "Long text"),
            ("integer", "Whole number"),
            ("float", "Decimal Number"),
            ("date", "Date"),
        ]
    )
    required = fields.Boolean()
    target = fields.Char(
        help="Where the answer is written besides the call: contact.email, "
        "customer.city, property.<name>."
    )
    choice_ids = fields.One2many("telecom.script.choice", "block_id", copy=True)

    # Buttons
    action = fields.Selection(
        [
            ("page", "Go to a page"),
            ("status", "Choose a status"),
            ("callback", "Promise a callback"),
            ("message", "Send a text message"),
            ("claim", "Open a claim"),
            ("prospect", "Create a prospect"),
            ("quote", "Ask for a quote"),
            ("appointment", "Book an appointment"),
            ("link", "Open a web page"),
        ]
    )
    goto_page_id = fields.Many2one(
        "telecom.script.page", check_company=True, copy=False, ondelete="set null"
    )
    disposition_code = fields.Char(
        string="Disposition", help="Code of the status, in the call's campaign."
    )
    message = fields.Text(translate=True)
    url = fields.Char(string="Web Page")

    @api.constrains("target")
    def _check_target(self):
        for block in self:
            block.env["telecom.script"]._check_target(block.target)

    @api.constrains("kind", "answer_type", "action")
    def _check_kind(self):
        for block in self:
            if block.kind == "question" and not block.answer_type:
                raise ValidationError(self.env._("A question says what it asks for."))
            if block.kind == "action" and not block.action:
                raise ValidationError(self.env._("A button says what it does."))

    @api.constrains("url")
    def _check_url(self):
        for block in self:
            # The agent's browser opens it: no javascript:
            if block.url and urlsplit(block.url).scheme not in ("http", "https"):
                raise ValidationError(
                    self.env._("“%s” is no address of a web page.", block.url)
                )

    @api.constrains("goto_page_id", "page_id")
    def _check_goto(self):
        for block in self:
            script = block.page_id.script_id
            if block.goto_page_id and block.goto_page_id.script_id != script:
                raise ValidationError(
                    self.env._("A script leads to its own pages only.")
                )

    # -------------------------------------------------------------------------
    # Answers
    # -------------------------------------------------------------------------

    def _clean_answer(self, value):
        """An answer in the type of this question.

        :param value: of the browser; a choice by its key, a date in ISO format
        :return: the value, False for none; a choice as ``telecom.script.choice``
        :raises ValidationError: when it is no answer to this question
        """
        self.ensure_one()
        choices = self.env["telecom.script.choice"]
        none = choices if self.answer_type == "choice" else False
        if (
            value is None
            or value == ""
            or (value is False and self.answer_type != "boolean")
        ):
            return None if self.answer_type == "boolean" else none
        try:
            return self._typed_answer(value)
        except (TypeError, ValueError):
            raise ValidationError(
                self.env._("“%s” is no answer to this question.", str(value)[:80])
            ) from None

    def _typed_answer(self, value):
        if self.answer_type == "choice":
            choice = self.choice_ids.filtered(lambda one: str(one.id) == str(value))
            if not choice:
                raise ValueError
            return choice
        if self.answer_type == "boolean":
            if not isinstance(value, bool):
                raise TypeError
            return value
        if self.answer_type == "integer":
            return int(value)
        if self.answer_type == "float":
            number = float(value)
            if number != number or number in (float("inf"), float("-inf")):
                raise ValueError
            return number
        if self.answer_type == "date":
            return fields.Date.to_date(str(value)[:10])
        return str(value)[:5000]

    def _answer_values(self, clean):
        """What is stored of an answer: for people, and for the script."""
        self.ensure_one()
        if self.answer_type == "choice":
            return {"value": clean.name, "raw": str(clean.id) if clean else False}
        if self.answer_type == "boolean":
            words = {True: self.env._("Yes"), False: self.env._("No"), None: False}
            return {"value": words[clean], "raw": clean}
        if self.answer_type == "date":
            text = fields.Date.to_string(clean) if clean else False
            return {"value": text, "raw": text}
        if clean is False:
            return {"value": False, "raw": False}
        return {"value": str(clean), "raw": clean}

    def _held_answer(self, value, text):
        """What the field of this question holds, as the runner takes it.

        :param value: as it is stored
        :param str text: as people read it
        :return: dict ``text``, and ``raw``: the answer that says the same; None when
            there is none
        """
        self.ensure_one()
        if self.answer_type == "choice":
            same = self.choice_ids.filtered(lambda choice: choice.name == text)[:1]
            return {"text": str(text), "raw": str(same.id) if same else None}
        try:
            clean = self._clean_answer(
                text if self.answer_type in ("char", "text") else value
            )
        except ValidationError:
            clean = None
        raw = None if clean is None else self._answer_values(clean)["raw"]
        return {"text": str(text), "raw": raw}

    def _write_answer(self, clean, contact, partner):
        """Write an answer to the field that the question names.

        :param clean: of :meth:`_clean_answer`
        :param contact: ``telecom.campaign.contact`` or ``telecom.work.item``, with the
            rights to write it
        :param partner: the customer, may be empty
        :return: whether it was written
        """
        self.ensure_one()
        value = clean.name if self.answer_type == "choice" else clean
        return self.env["telecom.script"]._write_target(
            self.target, value, contact, partner
        )
