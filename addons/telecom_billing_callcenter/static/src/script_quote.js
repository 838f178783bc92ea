import { _t } from "@web/core/l10n/translation";
import { openForm, scriptActions } from "@telecom_callcenter/script/script_actions";

/** What the customer wants quoted, from a script's button. */
scriptActions.add("quote", {
    label: _t("Ask for a quote"),
    icon: "fa-file-text-o",
    run: (context) => {
        if (!context.partnerId) {
            context.desk.warn(_t("Say first which customer this is."));
            return false;
        }
        return openForm(context, "telecom.quote.request", _t("Quote request"), {
            partner_id: context.partnerId,
            channel: "call",
            telecom_call_id: context.call.id,
        });
    },
});
