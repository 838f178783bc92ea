import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { ScriptRunner } from "./script_runner";

/** A script as an agent will see it, with somebody made up; nothing is kept. */
export class TryOutDialog extends Component {
    static template = "telecom_callcenter.TryOutDialog";
    static components = { Dialog, ScriptRunner };
    static props = { script: Object, fields: Array, page: String, close: Function };

    setup() {
        this.notification = useService("notification");
        this.state = useState({
            answers: {},
            place: { page: this.props.page, trail: [], over: false },
            run: 1,
        });
        const examples = {
            first_name: "Afi",
            last_name: "Dossou",
            name: "Afi Dossou",
            number: "+229 01 97 00 00 01",
            email: "afi@example.com",
            city: "Cotonou",
            customer_number: "C-0001",
            operator: this.props.script.company,
            agent: _t("You"),
            campaign: this.props.script.name,
        };
        this.values = Object.fromEntries(
            this.props.fields.map(({ name, label }) => [name, examples[name] || `[${label}]`])
        );
    }

    onAnswer(block, value) {
        this.state.answers[block.key] = value;
    }

    onAction(block, { action, goto }) {
        if (block.action === "page" || block.action === "link") {
            return action.run({ block, goto });
        }
        this.notification.add(_t("In a call: %s", action.label), { type: "info" });
        return true;
    }

    restart() {
        this.state.answers = {};
        this.state.place = { page: "", trail: [], over: false };
        this.state.run += 1;
    }
}
