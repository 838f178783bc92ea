import { Component, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useDebounced } from "@web/core/utils/timing";
import { cleanNumber } from "../core/desk_model";
import { useCallControl, useTimer } from "../core/hooks";
import { directionLabel, withHotkey } from "../core/labels";

const KEYS = [
    ["1", ""],
    ["2", "ABC"],
    ["3", "DEF"],
    ["4", "GHI"],
    ["5", "JKL"],
    ["6", "MNO"],
    ["7", "PQRS"],
    ["8", "TUV"],
    ["9", "WXYZ"],
    ["*", ""],
    ["0", "+"],
    ["#", ""],
];

/** Dial a number, or send digits during a call. */
export class Keypad extends Component {
    static template = "telecom_callcenter.Keypad";
    static props = {};

    setup() {
        Object.assign(this, useCallControl());
        this.input = useRef("number");
        this.keys = KEYS;
        this.state = useState({ number: "", companyId: false });
        // A number dialled before, or a PIN typed during the call, is not left standing.
        useEffect(
            () => {
                this.state.number = "";
            },
            () => [this.can.dtmf]
        );
    }

    get can() {
        return this.control.can;
    }

    get number() {
        return cleanNumber(this.state.number);
    }

    /** The operator she chose, else that of the call she has or just had. */
    get companyId() {
        const last = this.desk.state.call?.company_id || this.desk.card?.company?.id;
        const known = this.desk.operators.some((operator) => operator.id === last);
        return this.state.companyId || (known ? last : this.desk.operators[0]?.id);
    }

    get disabledReason() {
        if (this.can.dial || this.can.dtmf) {
            return "";
        }
        if (this.desk.state.presence === "offline") {
            return _t("Log in to call: choose Ready or a pause.");
        }
        if (this.control.browserPhone && !this.phone.usable) {
            return _t("The phone is not connected.");
        }
        if (this.desk.state.link?.state !== "up") {
            return _t("The telephone exchange is not reachable.");
        }
        return "";
    }

    press(key) {
        if (this.can.dtmf) {
            this.control.digits(key);
        }
        this.state.number += key;
    }

    /** Typed during a call: each new digit goes to the other side. */
    onInput(ev) {
        const value = ev.target.value;
        if (this.can.dtmf && value.startsWith(this.state.number)) {
            const digits = value.slice(this.state.number.length).replace(/[^\d*#]/g, "");
            if (digits) {
                this.control.digits(digits);
            }
        }
        this.state.number = value;
    }

    async onSubmit() {
        if (!this.can.dial || !this.number || !this.companyId) {
            return;
        }
        if (await this.desk.dial(this.number, this.companyId)) {
            Object.assign(this.state, { number: "", companyId: false });
        }
    }

    onCompany(ev) {
        this.state.companyId = Number(ev.target.value);
    }
}

/** Hand the caller over: search somebody, blind or after a word with them. */
export class TransferPanel extends Component {
    static template = "telecom_callcenter.TransferPanel";
    static props = {};

    setup() {
        Object.assign(this, useCallControl());
        this.input = useRef("query");
        this.state = useState({ query: "", targets: [], searched: false, selected: 0 });
        this.search = useDebounced(() => this.load(), 200);
        useEffect(
            () => {
                this.input.el?.focus();
                this.load();
            },
            () => []
        );
        onWillUnmount(() => this.search.cancel());
    }

    get can() {
        return this.control.can;
    }

    get consult() {
        return this.desk.state.consult;
    }

    get consultName() {
        return this.consult?.name || this.desk.consultName || this.consult?.target || "";
    }

    /** What was typed, when it can be dialled. */
    get typed() {
        const number = cleanNumber(this.state.query);
        return number.length >= 3 ? number : "";
    }

    async load() {
        const query = this.state.query.trim();
        const targets = await this.desk.searchTargets(query);
        if (query === this.state.query.trim()) {
            this.state.targets = targets;
            this.state.searched = true;
            this.state.selected = 0;
        }
    }

    onInput(ev) {
        this.state.query = ev.target.value;
        this.search();
    }

    onKeydown(ev) {
        const last = this.state.targets.length - 1;
        if (ev.key === "ArrowDown") {
            ev.preventDefault();
            this.state.selected = Math.min(last, this.state.selected + 1);
        } else if (ev.key === "ArrowUp") {
            ev.preventDefault();
            this.state.selected = Math.max(0, this.state.selected - 1);
        } else if (ev.key === "Escape") {
            this.desk.panel = "keypad";
        } else if (ev.key === "Enter") {
            ev.preventDefault();
            const target = this.state.targets[this.state.selected];
            const value = target ? target.target : this.typed;
            if (value) {
                // Enter consults first: the caller is never thrown by a slip.
                this.transfer(value, !ev.shiftKey, target?.name);
            }
        }
    }

    async transfer(target, attended, name) {
        if (await this.control.transfer(target, attended, name)) {
            this.state.query = "";
        }
    }

    icon(kind) {
        return { agent: "fa-user", queue: "fa-users" }[kind] || "fa-address-book-o";
    }
}

/** Which microphone, loudspeaker and bell this browser uses. */
export class AudioSettings extends Component {
    static template = "telecom_callcenter.AudioSettings";
    static props = {};

    setup() {
        Object.assign(this, useCallControl());
        this.switches = [
            { name: "echoCancellation", label: _t("Echo cancellation") },
            { name: "noiseSuppression", label: _t("Noise suppression") },
            { name: "autoGainControl", label: _t("Automatic volume") },
        ];
        this.phone.refreshDevices();
    }

    get choices() {
        const { microphones, speakers } = this.phone.devices;
        return [
            { name: "microphone", label: _t("Microphone"), devices: microphones },
            { name: "speaker", label: _t("Loudspeaker"), devices: speakers },
            { name: "ringer", label: _t("Ringtone"), devices: speakers },
        ];
    }

    deviceLabel(device, index) {
        return device.label || _t("Device %s", index + 1);
    }
}

/** The telephone zone of the desk. */
export class PhonePanel extends Component {
    static template = "telecom_callcenter.PhonePanel";
    static components = { AudioSettings, Keypad, TransferPanel };
    static props = {};

    setup() {
        Object.assign(this, useCallControl());
        this.timer = useTimer(this.desk);
    }

    get status() {
        return this.control.status;
    }

    get since() {
        return this.status.since ? this.timer.since(this.status.since) : "";
    }

    get callTime() {
        const { activity, call } = this.desk.state;
        // The big timer shows it already while they simply talk.
        return call?.answered_at && activity !== "talking"
            ? this.timer.since(call.answered_at)
            : "";
    }

    get answerTitle() {
        return withHotkey(_t("Answer"), "answer");
    }

    get callText() {
        const { call } = this.desk.state;
        return call ? directionLabel(call.direction) : "";
    }

    /** A consultation is about the transfer, whatever tab was open. */
    get panel() {
        const { can } = this.control;
        if (can.cancel) {
            return "transfer";
        }
        return this.desk.panel === "transfer" && !can.transfer ? "keypad" : this.desk.panel;
    }

    get tabs() {
        return [
            {
                name: "keypad",
                icon: "fa-th",
                label: withHotkey(_t("Keypad"), "keypad"),
                available: true,
            },
            {
                name: "transfer",
                icon: "fa-share",
                label: withHotkey(_t("Transfer"), "transfer"),
                available: this.control.can.transfer || this.control.can.cancel,
            },
            {
                name: "settings",
                icon: "fa-cog",
                label: _t("Sound"),
                available: this.control.browserPhone,
            },
        ].filter((tab) => tab.available);
    }
}
