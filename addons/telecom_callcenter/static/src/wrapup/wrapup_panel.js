import { Component, useExternalListener, useRef, useState } from "@odoo/owl";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { isCallable, leafOfKey } from "../core/desk_model";
import { useDesk, useTimer } from "../core/hooks";
import { HOTKEYS, formatMoment, withHotkey } from "../core/labels";
import { TreeChoice } from "./tree_choice";

const { DateTime } = luxon;

/** Notes during the call; disposition, qualification and callback to close it. */
export class WrapupPanel extends Component {
    static template = "telecom_callcenter.WrapupPanel";
    static components = { DateTimeInput, TreeChoice };
    static props = {};

    setup() {
        Object.assign(this, useDesk());
        this.timer = useTimer(this.desk);
        this.root = useRef("root");
        this.notes = useRef("notes");
        this.state = useState({ tried: false });
        useHotkey(HOTKEYS.finish, () => this.onFinish(), {
            bypassEditableProtection: true,
            isAvailable: () => this.open,
        });
        useHotkey(HOTKEYS.notes, () => this.notes.el?.focus(), {
            bypassEditableProtection: true,
            withOverlay: () => this.notes.el?.parentElement,
        });
        useExternalListener(window, "keydown", (ev) => this.onKey(ev));
    }

    /** One key for the common statuses, while nobody is typing. */
    onKey(ev) {
        const typing = ev.target?.closest?.("input, textarea, select, [contenteditable=true]");
        const modified = ev.ctrlKey || ev.altKey || ev.metaKey;
        if (!this.open || typing || modified || document.querySelector(".modal")) {
            return;
        }
        // Digits need Shift on some keyboards: the key counts, not what it writes
        const digit = /^(?:Digit|Numpad)(\d)$/.exec(ev.code || "")?.[1];
        const leaf =
            leafOfKey(this.form?.dispositions, ev.key) || leafOfKey(this.form?.dispositions, digit);
        if (leaf) {
            ev.preventDefault();
            this.desk.chooseDisposition(leaf);
        }
    }

    get draft() {
        return this.desk.draft;
    }

    get form() {
        return this.desk.form;
    }

    /** The call is over and its wrap-up is waited for. */
    get open() {
        return Boolean(this.desk.state.wrapup && this.draft.wrapup_id);
    }

    get seconds() {
        return this.timer.seconds(this.desk.state.wrapup?.started_at);
    }

    get limit() {
        return this.form?.limit_seconds || 0;
    }

    /** There is a number to call back. */
    get callable() {
        const { call, wrapup } = this.desk.state;
        return Boolean(call?.caller_number || wrapup?.caller_number);
    }

    get late() {
        return this.open && this.limit > 0 && this.seconds > this.limit;
    }

    get progress() {
        return this.limit ? Math.min(100, (100 * this.seconds) / this.limit) : 0;
    }

    get elapsed() {
        return this.timer.since(this.desk.state.wrapup?.started_at);
    }

    get savingLabel() {
        switch (this.desk.saving) {
            case "saved":
                return this.draft.note ? _t("Saved") : "";
            case "failed":
                return _t("Not saved yet: the server does not answer");
            default:
                return _t("Saving…");
        }
    }

    get missingLabel() {
        const names = {
            disposition: _t("how the call ended"),
            qualification: _t("why the customer called"),
            callback: _t("a time to come for the callback"),
        };
        const missing = this.desk.missing.map((name) => names[name]);
        return missing.length ? _t("Still to choose: %s.", missing.join(", ")) : "";
    }

    get finishTitle() {
        return withHotkey(_t("Close this call and be free for the next one"), "finish");
    }

    get notesTitle() {
        return withHotkey(_t("Notes"), "notes");
    }

    isMissing(name) {
        return this.state.tried && this.desk.missing.includes(name);
    }

    async onFinish() {
        if (!this.open) {
            return;
        }
        if (this.desk.missing.length) {
            this.state.tried = true;
            const group = this.root.el.querySelector(`[data-telecom="${this.desk.missing[0]}"]`);
            group?.scrollIntoView({ block: "center" });
            group?.querySelector("input, [tabindex='0']")?.focus();
            return;
        }
        if (await this.desk.finish()) {
            this.state.tried = false;
        }
    }

    // ------------------------------------------------------------------------
    // Callback
    // ------------------------------------------------------------------------

    get callbackAt() {
        const dueAt = this.draft.callback?.due_at;
        return dueAt ? DateTime.fromSeconds(dueAt) : false;
    }

    /** Promises are not kept to the second. */
    get dateTimeFormat() {
        return `${localization.dateFormat} ${localization.timeFormat.replace(/[^a-zA-Z]ss/, "")}`;
    }

    get suggestions() {
        const labels = {
            hour: () => _t("in 1 hour"),
            hours: () => _t("in 3 hours"),
            morning: (day) =>
                [_t("this morning"), _t("tomorrow morning")][day.ahead] ||
                _t("%s morning", day.name),
            afternoon: (day) =>
                [_t("this afternoon"), _t("tomorrow afternoon")][day.ahead] ||
                _t("%s afternoon", day.name),
        };
        const today = DateTime.fromSeconds(this.desk.now).startOf("day");
        return this.desk.callbackTimes.map(({ name, at }) => {
            const moment = DateTime.fromSeconds(at);
            const ahead = Math.round(moment.startOf("day").diff(today, "days").days);
            // From the same weekday on, its name alone would say the wrong one
            const day = { ahead, name: moment.toFormat(ahead < 7 ? "cccc" : "cccc d LLL") };
            return { name, at, label: labels[name](day), title: formatMoment(at, true) };
        });
    }

    /** Nobody is called at the time that is written. */
    get closedThen() {
        const dueAt = this.draft.callback?.due_at;
        return Boolean(dueAt) && !isCallable(this.form?.calling, dueAt);
    }

    toggleCallback() {
        if (this.draft.callback) {
            this.desk.edit({ callback: false });
        } else {
            this.desk.promiseCallback();
        }
    }

    editCallback(changes) {
        this.desk.edit({ callback: { ...this.draft.callback, ...changes } });
    }

    onCallbackDate(at) {
        if (at) {
            this.editCallback({ due_at: at.toSeconds() });
        }
    }
}
