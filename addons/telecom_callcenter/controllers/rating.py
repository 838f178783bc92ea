from odoo import http
from odoo.http import request

from odoo.addons.rating.controllers.main import Rating
from odoo.addons.telecom_crm.tools.typed import typed

from ..models.telecom_campaign_followup_sent import SURVEYED_MODELS


class CallRating(Rating):
    """The survey of a call: one click on a light page in the operator's name.

    Odoo's page asks for a choice and a confirmation; ours counts the click on a
    face. The link alone counts for nothing, since messengers fetch links to show a
    preview.
    """

    @http.route()
    def action_open_rating(self, token, rate, **kwargs):
        rating, asked = self._get_rating_and_record(token)
        if asked._name not in SURVEYED_MODELS:
            return super().action_open_rating(token, rate, **kwargs)
        return self._render_survey(rating, asked, done=False)

    @http.route()
    def action_submit_rating(self, token, rate=0, **kwargs):
        rating, asked = self._get_rating_and_record(token)
        if asked._name not in SURVEYED_MODELS:
            return super().action_submit_rating(token, rate=rate, **kwargs)
        done = request.httprequest.method == "POST"
        if done:
            if str(rate) not in ("1", "3", "5"):
                raise request.not_found()
            feedback = typed(kwargs.get("feedback"), 2000)
            asked.rating_apply(
                int(rate), rating=rating, feedback=feedback or rating.feedback or False
            )
        return self._render_survey(rating, asked, done=done or rating.consumed)

    def _render_survey(self, rating, asked, done):
        """Return the survey's page.

        :param rating: the answer, as sudo
        :param asked: the conversation, or the message to somebody called in vain, as
            sudo
        :param bool done: whether a face was chosen
        """
        company = asked.company_id
        lang = company._telecom_get_lang(
            asked.call_id.language,
            rating.partner_id.lang,
            request.env.lang,
            company.partner_id.lang,
        )
        view = request.env["ir.ui.view"].with_context(lang=lang)
        content = view._render_template(
            "telecom_callcenter.survey_page",
            {
                "company": company,
                "done": done,
                "feedback": bool(rating.feedback),
                "html_lang": lang.replace("_", "-"),
                "rate": int(rating.rating),
                "token": rating.access_token,
            },
        )
        response = request.make_response(content)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Cache-Control"] = "no-store"
        return response
