import { Component, useRef } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { initials } from "../core/desk_model";
import { useCallControl } from "../core/hooks";
import {
    HOTKEYS,
    directionLabel,
    formatMoment,
    joined,
    outcomeLabel,
    skipReasons,
    withHotkey,
} from "../core/labels";
import { ScriptPanel } from "../script/script_panel";

/** Whom the agent is to call: the record, before she dials or skips. */
export class ContactPanel extends Component {
    static template = "telecom_callcenter.ContactPanel";
    static components = { Dropdown, DropdownItem, ScriptPanel };
    static props = {};

    setup() {
        Object.assign(this, useCallControl());
        this.action = useService("action");
        this.joined = joined;
        this.initials = initials;
        this.moment = formatMoment;
        this.direction = directionLabel;
        this.skipReasons = skipReasons();
        useHotkey(HOTKEYS.dial, () => this.dial(), {
            bypassEditableProtection: true,
            isAvailable: () => this.canDial,
        });
        this.skipButton = useRef("skip");
        useHotkey(HOTKEYS.skip, () => this.skipButton.el.click(), {
            bypassEditableProtection: true,
            isAvailable: () => !this.skipButton.el?.disabled,
        });
    }

    get skipTitle() {
        return withHotkey(_t("Do not call, and say why"), "skip");
    }

    get contact() {
        return this.desk.contact;
    }

    get canDial() {
        return this.control.can.dial && !this.contact.calling && !this.desk.pending.dial;
    }

    get disabledReason() {
        if (this.contact.calling) {
            return _t("Your telephone is dialling…");
        }
        if (!this.control.can.dial) {
            return _t("Your telephone is not ready to dial.");
        }
        return "";
    }

    get dialTitle() {
        return withHotkey(_t("Dial"), "dial");
    }

    get facts() {
        const { contact } = this;
        return [
            { name: "city", label: _t("City"), value: contact.city },
            { name: "email", label: _t("E-mail"), value: contact.email },
            ...contact.properties,
        ].filter((fact) => fact.value);
    }

    get attempts() {
        const { attempts, last_attempt_at, last_status } = this.contact;
        if (!attempts) {
            return _t("Never called in this campaign");
        }
        return joined(
            attempts === 1 ? _t("Called once") : _t("Called %s times", attempts),
            formatMoment(last_attempt_at),
            last_status
        );
    }

    reason(past) {
        return past.qualification || past.disposition || outcomeLabel(past.outcome);
    }

    dial(number = false) {
        return this.desk.dialContact(number);
    }

    async skip(reason) {
        const skipped = await this.desk.skipContact(reason);
        if (skipped && skipped.mode === "preview") {
            await this.desk.nextContact(skipped.campaign_id);
        } else if (skipped) {
            await this.desk.loadContactWork();
        }
    }

    openCustomer() {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: this.contact.partner_id,
            views: [[false, "form"]],
            context: { allowed_company_ids: [this.contact.company_id] },
        });
    }
}
