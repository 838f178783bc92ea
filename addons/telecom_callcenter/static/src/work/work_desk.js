import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { unansweredPage } from "../script/script_model";
import { ScriptRunner } from "../script/script_runner";
import { TreeChoice } from "../wrapup/tree_choice";

const KEEP_ALIVE = 30_000;
const { DateTime } = luxon;

/** @returns {string} minutes and seconds, with hours only when there are any */
export function workTime(seconds) {
    const total = Math.max(0, Math.floor(seconds));
    const parts = [Math.floor(total / 60) % 60, total % 60].map((n) => String(n).padStart(2, "0"));
    const hours = Math.floor(total / 3600);
    return (hours ? `${hours}:` : "") + parts.join(":");
}

/**
 * Back-office work: one item after the other, with its script, until it has a status.
 */
export class WorkDesk extends Component {
    static template = "telecom_callcenter.WorkDesk";
    static components = { ScriptRunner, TreeChoice };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Back Office");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.state = useState({
            campaigns: [],
            item: false,
            nothing: false,
            pending: false,
            tried: false,
            disposition: false,
            note: "",
            answers: {},
            place: { page: "", trail: [], over: false },
            now: DateTime.now(),
            run: 0,
        });
        this.kept = Promise.resolve();
        this.env.config.setDisplayName(_t("Back Office"));
        onWillStart(() => this.start());
        const tick = setInterval(() => {
            this.state.now = DateTime.now();
        }, 1000);
        const alive = setInterval(() => this.keepAlive(), KEEP_ALIVE);
        onWillDestroy(() => {
            clearInterval(tick);
            clearInterval(alive);
        });
        useHotkey("control+enter", () => this.close(true), {
            bypassEditableProtection: true,
            global: true,
            isAvailable: () => Boolean(this.item),
        });
        for (const key of "123456789") {
            useHotkey(key, () => this.chooseByKey(key), {
                isAvailable: () => Boolean(this.item),
            });
        }
        // What the buttons of scripts take for the agent's desk
        this.scriptDesk = {
            warn: (message) => this.warn(message),
            chooseDisposition: (id) => this.choose(id),
            promiseCallback: () => this.warn(_t("Callbacks are promised in calls.")),
            refresh: () => this.refresh(),
            sendScriptMessage: () => this.warn(_t("Text messages are sent in calls.")),
        };
    }

    // ------------------------------------------------------------------------
    // Server
    // ------------------------------------------------------------------------

    async rpc(method, args = [], { silent = false } = {}) {
        try {
            return await this.orm.silent.call("telecom.work.desk", method, args);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            if (!silent) {
                this.notification.add(error.data?.message || error.message, { type: "danger" });
            }
            return undefined;
        }
    }

    /** One wish at a time: nobody takes two items by a double click. */
    async once(task) {
        if (this.state.pending) {
            return undefined;
        }
        this.state.pending = true;
        try {
            return await task();
        } finally {
            this.state.pending = false;
        }
    }

    async start() {
        const wanted = this.props.action.params?.item_id;
        if (wanted) {
            const item = await this.rpc("open_item", [wanted]);
            this.show(item || false);
        }
        await this.load();
    }

    async load(lang = false) {
        const work = await this.rpc("get_work", [lang]);
        if (work) {
            this.state.campaigns = work.campaigns;
            if (work.item?.id !== this.item?.id || lang) {
                this.show(work.item, Boolean(lang));
            }
        }
    }

    /** The item as it is now, where the agent is in it: a query has written to it. */
    async refresh() {
        const work = await this.rpc("get_work", [this.script?.lang || false]);
        if (work?.item && work.item.id === this.item?.id) {
            Object.assign(this.state.item, work.item);
            this.scriptDesk.script = work.item.script;
        }
    }

    async keepAlive() {
        // Also while another tab is in front: often it is where the work is done
        if (!this.item) {
            return;
        }
        const { id } = this.item;
        const since = await this.rpc("keep_alive", [id], { silent: true });
        if (since && this.item?.id === id) {
            // Anew, when the page was asleep for long
            this.item.started_at = since;
        } else if (since === false && this.item?.id === id) {
            this.warn(_t("This item was given to others: nothing was done on it for a while."));
            this.show(false);
            await this.load();
        }
    }

    show(item, keep = false) {
        this.state.item = item;
        this.state.nothing = false;
        this.state.tried = false;
        this.state.answers = { ...(item?.answers || {}) };
        if (!keep) {
            this.state.disposition = false;
            this.state.note = "";
            this.state.place = { page: "", trail: [], over: false };
        }
        this.state.run += 1;
        this.scriptDesk.form = { dispositions: item?.dispositions || [] };
        this.scriptDesk.script = item?.script;
    }

    // ------------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------------

    get item() {
        return this.state.item;
    }

    get script() {
        return this.item.script;
    }

    get languages() {
        return this.script?.languages || [];
    }

    get elapsed() {
        const since = deserializeDateTime(this.item.started_at);
        return workTime(this.state.now.diff(since, "seconds").seconds);
    }

    get due() {
        return toLocaleDateTimeString(this.item.due_at && deserializeDateTime(this.item.due_at));
    }

    get facts() {
        const { item } = this;
        return [
            { name: "reference", label: _t("Reference"), value: item.reference },
            { name: "number", label: _t("Telephone"), value: item.number_display },
            { name: "email", label: _t("E-mail"), value: item.email },
            { name: "city", label: _t("Town"), value: item.city },
            ...item.properties,
        ].filter((fact) => fact.value);
    }

    get waiting() {
        return this.state.campaigns.reduce((sum, one) => sum + one.waiting + one.own, 0);
    }

    // ------------------------------------------------------------------------
    // What the user does
    // ------------------------------------------------------------------------

    warn(message) {
        this.notification.add(message, { type: "warning" });
    }

    next(campaignId = false) {
        return this.once(async () => {
            const item = await this.rpc("next_item", [campaignId]);
            if (item) {
                this.show(item);
            } else if (item === false) {
                this.show(false);
                this.state.nothing = true;
                await this.load();
            }
        });
    }

    choose(id) {
        this.state.disposition = id;
        return true;
    }

    chooseByKey(key) {
        const leaf = this.item.dispositions.find((node) => node.leaf && node.shortcut === key);
        if (leaf) {
            this.choose(leaf.id);
        }
    }

    /** Answers arrive in the order they were given, and before what builds on them. */
    keep(...answer) {
        this.kept = this.settled().then(() => this.rpc("answer", answer));
        return this.kept;
    }

    /** Until all answers have arrived, or could not. */
    settled() {
        return this.kept.catch(() => {});
    }

    async onAnswer(block, value) {
        const before = this.state.answers[block.key];
        const { id } = this.item;
        this.state.answers[block.key] = value;
        const kept = await this.keep(id, Number(block.key), value);
        if (this.item?.id !== id) {
            return;
        }
        if (kept) {
            Object.assign(this.script.values, kept.values);
        } else if (this.state.answers[block.key] === value) {
            this.state.answers[block.key] = before;
        }
    }

    async onAction(block, { action, goto }) {
        if (!action.work) {
            this.warn(_t("This works during a call only."));
            return false;
        }
        await this.settled();
        const { item } = this;
        if (!item) {
            return false;
        }
        const done = await action.run({
            action: this.action,
            dialog: this.dialog,
            desk: this.scriptDesk,
            orm: this.orm,
            call: false,
            item,
            company: { id: item.company_id },
            contact: item,
            partnerId: item.partner_id,
            block,
            goto,
        });
        return done !== false && block.action !== "page";
    }

    onLanguage(ev) {
        return this.load(ev.target.value);
    }

    /** @param {boolean} further whether the next item is taken at once */
    close(further) {
        if (!this.state.disposition) {
            this.state.tried = true;
            return undefined;
        }
        return this.once(async () => {
            await this.settled();
            const { id, campaign_id } = this.item;
            const closed = await this.rpc("close_item", [
                id,
                this.state.disposition,
                this.state.note,
            ]);
            if (closed === undefined) {
                this.showUnanswered();
                return;
            }
            const item = further ? await this.rpc("next_item", [campaign_id]) : false;
            this.show(item || false);
            this.state.nothing = further && item === false;
            await this.load();
        });
    }

    /** Where the script still asks for an answer, if this is why nothing was closed. */
    showUnanswered() {
        const { place, answers } = this.state;
        const page = this.script && unansweredPage(this.script.script, answers);
        if (!page) {
            return;
        }
        const here = place.page || this.script.script.pages[0].key;
        if (here !== page) {
            place.trail.push(here);
            place.page = page;
        }
        Object.assign(place, { over: false, tried: true });
    }

    leave() {
        return this.once(async () => {
            if (await this.rpc("leave_item", [this.item.id])) {
                this.show(false);
                await this.load();
            }
        });
    }

    open(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
            target: "new",
            context: { ...user.context, allowed_company_ids: [this.item.company_id] },
        });
    }
}

registry.category("actions").add("telecom_callcenter.work_desk", WorkDesk);
