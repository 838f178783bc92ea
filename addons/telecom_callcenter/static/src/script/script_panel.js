import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { useCallControl, useTimer } from "../core/hooks";
import { HOTKEYS, withHotkey } from "../core/labels";
import { ScriptRunner } from "./script_runner";

/**
 * The script of the present call, or of the contact who is shown before it, with the
 * buttons of the call above it.
 */
export class ScriptPanel extends Component {
    static template = "telecom_callcenter.ScriptPanel";
    static components = { ScriptRunner };
    static props = {};

    setup() {
        Object.assign(this, useCallControl());
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.timer = useTimer(this.desk);
        this.withHotkey = withHotkey;
        this.HOTKEYS = HOTKEYS;
    }

    get script() {
        return this.desk.script;
    }

    /** Answers belong to a call, and wait until its script has come: it begins anew then. */
    get readonly() {
        return !this.desk.focus || Boolean(this.desk.pending.script);
    }

    get status() {
        return this.control.status;
    }

    get since() {
        return this.timer.since(this.status.since);
    }

    get languages() {
        return this.script.languages;
    }

    onLanguage(ev) {
        this.desk.changeScriptLanguage(ev.target.value);
    }

    onAnswer(block, value) {
        return this.desk.answerScript(block, value);
    }

    async onAction(block, { action, goto }) {
        // Buttons build on the answers given before them
        await this.desk.settled();
        const { call, company } = this.desk.card || {};
        const done = await action.run({
            action: this.action,
            dialog: this.dialog,
            desk: this.desk,
            orm: this.orm,
            call: this.desk.focus && call,
            company: company || { id: this.script.script.company_id },
            contact: this.script.contact,
            partnerId: this.desk.customerId,
            block,
            goto,
        });
        return done !== false && block.action !== "page";
    }
}
