import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { uuid } from "@web/core/utils/strings";
import { scriptActions } from "@telecom_callcenter/script/script_actions";

/** What a client's system answered, as a table. */
export class QueryAnswer extends Component {
    static template = "telecom_callcenter_connector.QueryAnswer";
    static props = { answer: Object };

    get count() {
        const { operation, count } = this.props.answer;
        if (operation === "write") {
            if (count === null) {
                return _t("Done.");
            }
            return count === 1
                ? _t("One record was changed.")
                : _t("%s records were changed.", count);
        }
        return count ? "" : _t("Nothing was found.");
    }

    shown(value) {
        if (value === true || value === false) {
            return value ? _t("Yes") : _t("No");
        }
        return value === null || value === undefined ? "" : value;
    }
}

export class QueryAnswerDialog extends Component {
    static template = "telecom_callcenter_connector.QueryAnswerDialog";
    static components = { Dialog, QueryAnswer };
    static props = { answer: Object, close: Function };
}

/** The administrator's trial. */
export class QueryAnswerAction extends Component {
    static template = "telecom_callcenter_connector.QueryAnswerAction";
    static components = { QueryAnswer };
    static props = ["*"];

    get answer() {
        return this.props.action.params;
    }
}

registry.category("actions").add("telecom_callcenter_connector.answer", QueryAnswerAction);

scriptActions.add("query", {
    label: _t("Ask a client's system"),
    icon: "fa-database",
    work: true,
    async run({ dialog, desk, orm, call, item, block }) {
        const [model, id] = item ? ["telecom.work.desk", item.id] : ["telecom.desk", call.id];
        // What a click changes is changed once, however often it is sent
        const answer = await orm.call(model, "run_script_query", [id, Number(block.key), uuid()], {
            context: { allowed_company_ids: [item ? item.company_id : call.company_id] },
        });
        if (desk.script?.values) {
            Object.assign(desk.script.values, answer.values);
            desk.script.held = answer.held;
        }
        await desk.refresh?.();
        dialog.add(QueryAnswerDialog, { answer });
        return true;
    },
});
