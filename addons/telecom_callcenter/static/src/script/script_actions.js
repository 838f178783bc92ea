import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { AppointmentDialog } from "../appointment/appointment_dialog";

/**
 * What the buttons of scripts do. Other apps add theirs: an entry has `label`, `icon`
 * and `run(context)`, with `context` = `{action, dialog, desk, orm, call, item, company,
 * partnerId, contact, block, goto}`; `call` is false in a try-out and before the
 * call, and `item` is there in back-office work. `available()` says whether what it opens
 * is there; `always` that it works before the call, `work` that it does without one.
 */
export const scriptActions = registry.category("telecom_script_actions");

/** @returns {Object|false} the entry, where what it needs is there */
export function scriptAction(name) {
    const entry = name ? scriptActions.get(name, false) : false;
    return entry && (!entry.available || entry.available()) ? entry : false;
}

/** Open a form over the desk: the call goes on. */
export function openForm({ action, company }, model, name, defaults) {
    const context = Object.fromEntries(
        Object.entries(defaults).map(([field, value]) => [`default_${field}`, value])
    );
    return action.doAction(
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
                ...context,
            },
        }
    );
}

scriptActions
    .add("page", {
        label: _t("Go to a page"),
        icon: "fa-arrow-right",
        always: true,
        work: true,
        run: ({ block, goto }) => goto(block.goto),
    })
    .add("status", {
        label: _t("Choose a status"),
        icon: "fa-flag-checkered",
        work: true,
        run: ({ desk, block }) => {
            const leaf = desk.form?.dispositions?.find(
                (node) => node.leaf && node.code === block.disposition_code
            );
            if (!leaf) {
                desk.warn(_t("This campaign has no such status."));
                return false;
            }
            desk.chooseDisposition(leaf.id);
            return true;
        },
    })
    .add("callback", {
        label: _t("Promise a callback"),
        icon: "fa-calendar-check-o",
        run: ({ desk }) => desk.promiseCallback(),
    })
    .add("message", {
        label: _t("Send a text message"),
        icon: "fa-comment-o",
        run: ({ desk, block, call }) => desk.sendScriptMessage(call, block),
    })
    .add("claim", {
        label: _t("Open a claim"),
        icon: "fa-exclamation-circle",
        work: true,
        run: (context) => {
            if (!context.partnerId) {
                context.desk.warn(_t("Say first which customer this is."));
                return false;
            }
            return openForm(context, "helpdesk.ticket", _t("New claim"), {
                partner_id: context.partnerId,
                telecom_call_id: context.call?.id || false,
            });
        },
    })
    .add("prospect", {
        label: _t("Create a prospect"),
        icon: "fa-bullseye",
        work: true,
        run: (context) => {
            const { contact } = context;
            return openForm(context, "crm.lead", _t("New prospect"), {
                name: contact?.name || context.call?.caller_number,
                contact_name: contact?.name || false,
                phone: contact?.number || context.call?.caller_number,
                email_from: contact?.email || false,
                city: contact?.city || false,
                partner_id: context.partnerId || false,
                user_id: user.userId,
            });
        },
    })
    .add("appointment", {
        label: _t("Book an appointment"),
        icon: "fa-calendar-plus-o",
        run: ({ dialog, call, company, contact, partnerId }) => {
            dialog.add(AppointmentDialog, {
                companyId: company.id,
                partnerId: partnerId || false,
                contactId: contact?.id || false,
                callId: call.id,
                values: { number: contact?.number || call.caller_number },
            });
            return true;
        },
    })
    .add("link", {
        label: _t("Open a web page"),
        icon: "fa-external-link",
        always: true,
        work: true,
        run: ({ block }) => {
            window.open(block.url, "_blank", "noopener,noreferrer");
            return true;
        },
    });
