import { Component, onWillStart, useState } from "@odoo/owl";

import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { HelpDialog } from "./help_dialog";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { useService } from "@web/core/utils/hooks";

/** The bell of the web client: what the user was told, and a way to ask for help. */
export class NotificationMenu extends Component {
    static template = "telecom_crm.NotificationMenu";
    static components = { Dropdown, DropdownItem };
    static props = [];

    setup() {
        this.action = useService("action");
        this.bus = useService("bus_service");
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.dropdown = useDropdownState();
        this.state = useState({ unread: 0, notifications: [] });
        this.bus.subscribe("telecom.notification/new", ({ count }) => {
            this.state.unread += count;
        });
        onWillStart(() => {
            // Not awaited: the bar does not wait for the bell
            this.load();
        });
    }

    async load() {
        Object.assign(
            this.state,
            await this.orm.silent.call("telecom.notification", "get_menu", [])
        );
    }

    at(one) {
        return deserializeDateTime(one.at).toRelative();
    }

    async open(one) {
        const action = await this.orm.call("telecom.notification", "open_record", [one.id]);
        await this.load();
        if (action) {
            this.action.doAction(action);
        }
    }

    async readAll() {
        await this.orm.call("telecom.notification", "mark_all_read", []);
        await this.load();
    }

    showAll() {
        this.action.doAction("telecom_crm.action_telecom_notification");
    }

    askForHelp() {
        this.dropdown.close();
        this.dialog.add(HelpDialog, { page: window.location.href });
    }
}

registry
    .category("systray")
    .add("telecom_crm.NotificationMenu", { Component: NotificationMenu }, { sequence: 23 });
