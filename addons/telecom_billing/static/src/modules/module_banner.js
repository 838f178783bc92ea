import { Component, onWillStart, useState } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** A bar below the page: what a manager has to know about what the modules cost. */
export class ModuleBanner extends Component {
    static template = "telecom_billing.ModuleBanner";
    static props = [];

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({ banner: false });
        onWillStart(() => {
            // Not awaited: nothing waits for a bar
            this.load();
        });
    }

    async load() {
        this.state.banner = await this.orm.silent.call(
            "telecom.module.subscription",
            "get_banner",
            []
        );
    }

    get tone() {
        return { trial: "info", past_due: "warning" }[this.state.banner.state] || "danger";
    }

    open() {
        this.action.doAction("telecom_billing.action_telecom_module_mine", {
            clearBreadcrumbs: true,
        });
    }
}

registry.category("main_components").add("telecom_billing.ModuleBanner", {
    Component: ModuleBanner,
});
