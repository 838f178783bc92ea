import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { patch } from "@web/core/utils/patch";
import { CustomerCard } from "@telecom_callcenter/card/customer_card";

patch(CustomerCard.prototype, {
    /** What this customer wants quoted, over the desk: the call goes on. */
    newQuoteRequest() {
        this.openRequest("telecom.quote.request", _t("Quote request"), {
            default_partner_id: this.match.id,
            default_channel: "call",
        });
    },

    /** What this customer wants of his invoices: a copy, the detail, a correction. */
    newInvoiceRequest() {
        this.openRequest("telecom.invoice.request", _t("Invoice request"), {
            telecom_partner_id: this.match.id,
            default_channel: "agent",
            default_kind: "copy",
        });
    },

    openRequest(model, name, context) {
        const { call, company } = this.card;
        this.action.doAction(
            {
                type: "ir.actions.act_window",
                name,
                res_model: model,
                target: "new",
                views: [[false, "form"]],
            },
            {
                additionalContext: {
                    ...user.context,
                    allowed_company_ids: [company.id],
                    default_company_id: company.id,
                    default_telecom_call_id: call?.id || false,
                    ...context,
                },
            }
        );
    },
});
