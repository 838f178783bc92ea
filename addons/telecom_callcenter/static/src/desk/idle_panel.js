import { Component, onWillStart, useState } from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatDuration } from "../core/desk_model";
import { useCallControl, useTimer } from "../core/hooks";
import { ContactList } from "../outbound/contact_list";
import { HOTKEYS, formatMoment, joined, outcomeLabel, withHotkey } from "../core/labels";

/** What the server counts at most. */
const MOST_COUNTED = 1000;

/** What an agent looks at between two calls. */
export class IdlePanel extends Component {
    static template = "telecom_callcenter.IdlePanel";
    static components = { ContactList };
    static props = {};

    setup() {
        this.joined = joined;
        Object.assign(this, useCallControl());
        this.orm = useService("orm");
        this.action = useService("action");
        this.timer = useTimer(this.desk);
        this.state = useState({ callbacks: [], calls: [], loading: true });
        useHotkey(HOTKEYS.next, () => this.desk.nextContact(), {
            bypassEditableProtection: true,
            isAvailable: () => this.desk.campaigns.length && !this.desk.contact,
        });
        onWillStart(() => {
            // The screen does not wait for lists.
            this.load();
        });
    }

    async load() {
        try {
            const [callbacks, calls] = await Promise.all([
                this.desk.getCallbacks(),
                this.orm.silent.searchRead(
                    "telecom.call",
                    [["agent_id", "=", this.desk.agent.id]],
                    [
                        "caller_number",
                        "partner_id",
                        "company_id",
                        "queue_id",
                        "direction",
                        "outcome",
                        "start_at",
                        "talk_seconds",
                    ],
                    { limit: 8, context: this.desk.agentContext }
                ),
            ]);
            Object.assign(this.state, { callbacks, calls });
        } finally {
            this.state.loading = false;
        }
    }

    get figures() {
        const { state } = this.desk;
        return [
            { name: "answered", label: _t("Calls answered"), value: state.answered_today },
            { name: "missed", label: _t("Calls missed"), value: state.missed_today },
            {
                name: "logged",
                label: _t("Logged in for"),
                value: state.login_at ? this.timer.since(state.login_at) : "–",
            },
        ];
    }

    waiting({ waiting, why, next_at }) {
        if (!waiting) {
            const words = {
                stopped: _t("dialing is stopped"),
                closed: _t("outside the hours of calling"),
                later: _t("all wait for their hour"),
                daily: _t("called as often as a day allows"),
                promised: _t("callbacks only"),
                paused: _t("the files are paused"),
                others: _t("all are with colleagues"),
                done: _t("the files are through"),
                empty: _t("no number file yet"),
            }[why];
            return joined(
                _t("Nobody to be called now"),
                words,
                next_at && _t("next: %s", formatMoment(next_at, true))
            );
        }
        return waiting >= MOST_COUNTED
            ? _t("%s and more to be called", MOST_COUNTED)
            : _t("%s to be called", waiting);
    }

    /** Campaigns in which the agent chooses herself whom she calls. */
    get manualCampaigns() {
        return this.desk.campaigns.filter(({ mode }) => mode === "manual");
    }

    get nextTitle() {
        return withHotkey(_t("Show whom to call next"), "next");
    }

    get hint() {
        const { presence } = this.desk.state;
        if (this.connecting) {
            return _t("The phone is connecting…");
        }
        if (presence === "ready" && !this.connected) {
            return _t("The phone is not connected: no call can ring here.");
        }
        if (presence === "ready") {
            return _t("You are ready: the next call rings here.");
        }
        if (presence === "offline") {
            return _t("You are logged off. Choose Ready to take calls.");
        }
        return _t("You are on a pause. Choose Ready to take calls again.");
    }

    get isReady() {
        return this.desk.state.presence === "ready";
    }

    get connecting() {
        return this.control.browserPhone && ["starting", "connecting"].includes(this.phone.status);
    }

    get connected() {
        return this.control.browserPhone ? this.phone.usable : this.desk.state.registered;
    }

    get hintIcon() {
        if (this.connecting) {
            return "fa-circle-o-notch fa-spin";
        }
        if (!this.isReady) {
            return "fa-coffee";
        }
        return this.connected ? "fa-check-circle" : "fa-plug";
    }

    moment(seconds) {
        return formatMoment(seconds, true);
    }

    /** Dates of records come as UTC strings. */
    recordMoment(text) {
        const at = luxon.DateTime.fromSQL(text, { zone: "utc" });
        return formatMoment(at.toSeconds(), true);
    }

    duration(seconds) {
        return formatDuration(seconds);
    }

    outcome(call) {
        return outcomeLabel(call.outcome);
    }

    callerName(call) {
        return call.partner_id?.[1] || call.caller_number || _t("Withheld number");
    }

    late(callback) {
        return callback.due_at < this.desk.now;
    }

    call(callback) {
        return this.desk.dial(callback.number, callback.company_id, {
            campaignId: callback.campaign_id || false,
            callbackId: callback.id,
        });
    }

    openCall(call) {
        this.action.doAction("telecom_callcenter.call_card", {
            additionalContext: {
                active_id: call.id,
                telecom_company_id: call.company_id[0],
            },
        });
    }
}
