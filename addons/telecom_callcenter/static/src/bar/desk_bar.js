import { Component, onMounted, useEffect, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { CustomerCard } from "../card/customer_card";
import { chosenMatch } from "../core/desk_model";
import { useCallControl, useTimer } from "../core/hooks";
import { HOTKEYS, withHotkey } from "../core/labels";
import { phoneMessage } from "../softphone/phone_messages";

export const DESK_ACTION = "telecom_callcenter.desk";

/**
 * The telephone on every screen of an agent: presence, what happens, who calls, and
 * the buttons of the call. Nothing is mounted for other users.
 */
export class DeskBar extends Component {
    static template = "telecom_callcenter.DeskBar";
    static components = { CustomerCard, Dropdown, DropdownItem };
    static props = {};

    setup() {
        Object.assign(this, useCallControl());
        this.action = useService("action");
        this.title = useService("title");
        this.timer = useTimer(this.desk);
        this.presenceMenu = useDropdownState();
        this.state = useState({ cardHidden: false });
        onMounted(() => this.start());

        // The telephone follows the agent's presence and what the PBX knows.
        useEffect(
            () => {
                this.phone.update();
            },
            () => [
                this.desk.agent,
                this.desk.state.presence,
                this.desk.state.activity,
                this.desk.state.call && this.desk.state.call.id,
            ]
        );
        useEffect(
            (ringing) => (ringing ? this.ring() : undefined),
            () => [this.ringing]
        );

        const hotkey = (name, callback, isAvailable) =>
            useHotkey(HOTKEYS[name], callback, {
                bypassEditableProtection: true,
                // A call does not wait until a dialog is closed.
                global: true,
                isAvailable: () => Boolean(this.desk.agent) && isAvailable(),
            });
        hotkey(
            "answer",
            () => this.onAnswer(),
            () => this.can.answer
        );
        hotkey(
            "hangup",
            () => this.control.hangup(),
            () => this.can.hangup
        );
        hotkey(
            "hold",
            () => this.control.toggleHold(),
            () => this.can.hold || this.can.resume
        );
        hotkey(
            "mute",
            () => this.control.toggleMute(),
            () => this.can.mute || this.can.unmute
        );
        hotkey(
            "transfer",
            () => this.openDesk("transfer"),
            () => this.can.transfer
        );
        hotkey(
            "keypad",
            () => this.openDesk("keypad"),
            () => true
        );
        hotkey(
            "ready",
            () => this.control.ready(),
            () => true
        );
        hotkey(
            "pause",
            () => this.presenceMenu.open(),
            () => true
        );
        hotkey(
            "desk",
            () => this.openDesk(),
            () => true
        );
    }

    async start() {
        await this.desk.start();
        if (this.desk.agent) {
            this.phone.start();
        }
    }

    // ------------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------------

    get can() {
        return this.control.can;
    }

    get status() {
        return this.control.status;
    }

    get ringing() {
        return this.status.key === "ringing";
    }

    get since() {
        return this.status.since ? this.timer.since(this.status.since) : "";
    }

    get presenceTitle() {
        return withHotkey(_t("Change your presence"), "pause");
    }

    get deskTitle() {
        return withHotkey(_t("Open the desk"), "desk");
    }

    /** Pauses an agent may choose; the others are set by the system. */
    get pauses() {
        return this.desk.pauseReasons.filter((reason) => ["break", "work"].includes(reason.kind));
    }

    get caller() {
        const { card, state } = this.desk;
        const { session } = this.phone;
        const call = state.call || (state.wrapup && card?.call) || false;
        if (!call && !session) {
            return false;
        }
        // Customers by their number; people of a campaign by its file
        const match = chosenMatch(card, this.desk.partnerId) || card?.contact;
        const number =
            card?.number_display || call?.caller_number || session?.number || _t("Withheld number");
        return {
            name: match ? match.name : card?.withheld ? _t("Withheld number") : number,
            number: match ? number : "",
            operator: card?.company?.name || "",
            color: card?.company?.color || "",
            queue: card?.queue?.name || card?.queue || call?.queue?.name || call?.queue || "",
        };
    }

    get problem() {
        if (this.phone.error) {
            return phoneMessage(this.phone.error);
        }
        return false;
    }

    get linkProblem() {
        const { link } = this.desk.state;
        if (!this.desk.live) {
            return _t("The page is not connected: what you see may be old. Coming back by itself.");
        }
        if (link && link.state !== "up" && this.phoneOk) {
            return _t(
                "The link to the telephone exchange is down: calls still arrive, without their card."
            );
        }
        return "";
    }

    get elsewhere() {
        return this.control.browserPhone && this.phone.role === "follower";
    }

    get phoneIcon() {
        if (!this.control.browserPhone) {
            return "fa-phone";
        }
        if (["starting", "connecting"].includes(this.phone.status)) {
            return "fa-circle-o-notch fa-spin";
        }
        return this.phone.status === "registered" ? "fa-headphones" : "fa-plug";
    }

    get phoneTitle() {
        if (!this.control.browserPhone) {
            return this.desk.state.registered
                ? _t("Desk phone connected")
                : _t("Desk phone not connected");
        }
        return this.phone.statusText;
    }

    get phoneStatus() {
        if (this.control.browserPhone) {
            return this.phone.status;
        }
        return this.desk.state.registered ? "registered" : "off";
    }

    get phoneOk() {
        return ["registered", "starting", "connecting"].includes(this.phoneStatus);
    }

    /** On another screen than the desk, the card shows under the bar. */
    get popCard() {
        return (
            this.ringing &&
            this.desk.card &&
            !this.desk.deskOpen &&
            this.state.cardHidden !== this.desk.card.call?.id
        );
    }

    hotkeyTitle(label, name) {
        return withHotkey(label, name);
    }

    get labels() {
        return {
            answer: _t("Answer"),
            hangup: _t("Hang up"),
            hold: _t("Hold"),
            resume: _t("Resume"),
            mute: _t("Mute"),
            unmute: _t("Unmute"),
            transfer: _t("Transfer"),
        };
    }

    // ------------------------------------------------------------------------
    // What is done
    // ------------------------------------------------------------------------

    async onAnswer() {
        await this.control.answer();
        if (!this.phone.microphoneError) {
            this.openDesk();
        }
    }

    /** @param {"transfer"|"keypad"} [panel] shown in the desk's telephone zone */
    async openDesk(panel) {
        if (panel) {
            this.desk.panel = panel;
        }
        if (!this.desk.deskOpen) {
            await this.action.doAction(DESK_ACTION);
        }
    }

    onLink(partnerId) {
        return this.desk.linkPartner(this.desk.card.call, partnerId);
    }

    onCreate(kind, vals) {
        return this.desk.createPartner(this.desk.card.call, kind, vals);
    }

    /**
     * Make the tab notice-able while it rings.
     *
     * @returns {() => void} the end of it
     */
    ring() {
        const name = this.caller?.name || "";
        const text = _t("Incoming call: %s", name);
        let on = true;
        const blink = () => {
            this.title.setParts({ telecom: on ? `☎ ${text}` : "" });
            on = !on;
        };
        blink();
        const timer = browser.setInterval(blink, 1000);
        let notice = null;
        if (document.hidden && window.Notification?.permission === "granted") {
            try {
                notice = new Notification(text, { tag: "telecom-call" });
                notice.onclick = () => window.focus();
            } catch {
                // Phones allow notifications of service workers only.
            }
        }
        return () => {
            browser.clearInterval(timer);
            this.title.setParts({ telecom: "" });
            notice?.close();
        };
    }
}

registry.category("main_components").add("telecom_callcenter.DeskBar", {
    Component: DeskBar,
});
