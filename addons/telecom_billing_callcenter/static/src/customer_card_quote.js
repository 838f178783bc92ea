import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { patch } from "@web/core/utils/patch";
import { CustomerCard } from "@telecom_callcenter/card/customer_card";

patch(CustomerCard.prototype, {
    /** What this customer wants quoted, over the desk: the call goes on. */
    newQuoteRequest() {
        const { call, company } = this.card;
        const partnerId = this.match.id;
        this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("Quote request"),
                res_model: "telecom.quote.request",
                target: "new",
                views: [[false, "form"]],
            },
            {
                additionalContext: {
                    ...user.context,
                    allowed_company_ids: [company.id],
                    default_company_id: company.id,
                    default_partner_id: partnerId,
                    default_channel: "call",
                    default_telecom_call_id: call?.id || false,
                },
            }
        );
    },
});
