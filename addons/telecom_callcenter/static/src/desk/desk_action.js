import { Component, onMounted, onWillStart, onWillUnmount, useEffect, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { CustomerCard } from "../card/customer_card";
import { useCallControl } from "../core/hooks";
import { ContactPanel } from "../outbound/contact_panel";
import { ScriptPanel } from "../script/script_panel";
import { WrapupPanel } from "../wrapup/wrapup_panel";
import { IdlePanel } from "./idle_panel";
import { PhonePanel } from "./phone_panel";
import { QueuesPanel } from "./queues_panel";

/** The agent's page: telephone, caller, wrap-up. */
export class DeskAction extends Component {
    static template = "telecom_callcenter.DeskAction";
    static components = {
        ContactPanel,
        CustomerCard,
        IdlePanel,
        PhonePanel,
        QueuesPanel,
        ScriptPanel,
        WrapupPanel,
    };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Agent desk");

    setup() {
        Object.assign(this, useCallControl());
        this.state = useState({ tab: "main", view: "script" });
        this.env.config.setDisplayName(_t("Agent desk"));
        onWillStart(() => this.desk.start());
        onMounted(() => {
            this.desk.deskOpen = true;
        });
        onWillUnmount(() => {
            this.desk.deskOpen = false;
        });
        // On a small screen, the tab that matters comes to the front.
        useEffect(
            (wrapup) => {
                this.state.tab = wrapup ? "wrapup" : "main";
            },
            () => [Boolean(this.desk.state.wrapup), this.desk.state.call && this.desk.state.call.id]
        );
        useEffect(
            (panel, transferable) => {
                if (panel === "transfer" && transferable) {
                    this.state.tab = "phone";
                }
            },
            () => [this.desk.panel, this.control.can.transfer]
        );
    }

    get working() {
        return Boolean(this.desk.focus);
    }

    /** Script and record share the middle of the desk. */
    get views() {
        return [
            { name: "script", icon: "fa-list-alt", label: _t("Script") },
            { name: "card", icon: "fa-address-card-o", label: _t("Customer") },
        ];
    }

    get view() {
        return this.desk.script ? this.state.view : "card";
    }

    get tabs() {
        return [
            { name: "phone", icon: "fa-phone", label: _t("Phone") },
            this.working
                ? { name: "main", icon: "fa-address-card-o", label: _t("Customer") }
                : { name: "main", icon: "fa-home", label: _t("My day") },
            this.working
                ? { name: "wrapup", icon: "fa-pencil-square-o", label: _t("Wrap-up") }
                : { name: "wrapup", icon: "fa-users", label: _t("Queues") },
        ];
    }

    onLink(partnerId) {
        return this.desk.linkPartner(this.desk.card.call, partnerId);
    }

    onCreate(kind, vals) {
        return this.desk.createPartner(this.desk.card.call, kind, vals);
    }
}

registry.category("actions").add("telecom_callcenter.desk", DeskAction);
