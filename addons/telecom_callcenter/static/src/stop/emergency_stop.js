import { Component, useState } from "@odoo/owl";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

/** One tap from wherever a supervisor is, on a telephone too. */
export class EmergencyStop extends Component {
    static template = "telecom_callcenter.EmergencyStop";
    static props = {};

    setup() {
        this.action = useService("action");
        this.state = useState({ shown: false });
        this.show();
    }

    /** The bar does not wait for it, and opens without the network too. */
    async show() {
        try {
            this.state.shown = await user.hasGroup(
                "telecom_callcenter.group_callcenter_supervisor"
            );
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        }
    }

    open() {
        return this.action.doAction("telecom_callcenter.action_telecom_dialing_stop");
    }
}

registry
    .category("systray")
    .add("telecom_callcenter.EmergencyStop", { Component: EmergencyStop }, { sequence: 5 });
