import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { session } from "@web/session";
import {
    BUSY,
    EMPTY_STATE,
    IN_CALL,
    callbackTimes,
    chosenMatch,
    clockOffset,
    elapsedSeconds,
    isNewer,
    missingInWrapup,
} from "./desk_model";
import { commandError } from "./labels";

/** Asked for by the server itself: nobody clicked. */
const SILENT_COMMANDS = ["apply_status", "apply_credentials"];
const SAVE_DELAY_MS = 800;
const STALE_MS = 30000;
// The gateway shows no card later than this.
const STALE_POP_S = 3;
const NEWS_PATIENCE_MS = 1500;
/** What the server takes at once. */
const MOST_DIGITS = 32;
const PLACE_KEY = "telecom_callcenter.place";
const DRAFT_KEY = "telecom_callcenter.draft";

/**
 * The agent desk's state, shared by the bar, the desk and the card.
 *
 * Everything readable is a plain property of this reactive object; everything that
 * changes something is a method. The server decides: methods ask, and the answer or
 * the bus brings the new state.
 */
export class Desk {
    constructor(env, { bus_service, notification, orm }) {
        this.env = env;
        this.bus = bus_service;
        this.notification = notification;
        this.orm = orm;

        /** @type {Object|false} who the user is on the telephone */
        this.agent = false;
        /** Whether the question "is this user an agent?" is answered. */
        this.loaded = false;
        this.pauseReasons = [];
        this.queues = [];
        this.operators = [];
        this.state = { ...EMPTY_STATE };
        this.offset = 0;
        /** The browser's clock, once a second: every timer shows the same second. */
        this.tick = Date.now();
        /** The bus is connected: what is shown is live. */
        this.live = true;
        this.card = false;
        /** The match the agent chose on the card. */
        this.partnerId = false;
        /** The call on whose card the agent has said who it is. */
        this.identifiedCall = false;
        this.form = false;
        this.draft = this.emptyDraft();
        this.saving = "saved";
        this.finishing = false;
        this.queueSnapshots = {};
        /** Muted on a desk phone; browsers know by themselves. */
        this.phoneMuted = false;
        /** The desk is on the screen: no card under the bar. */
        this.deskOpen = false;
        /** Whom the agent consults, as it was called when chosen. */
        this.consultName = "";
        /** Panel of the telephone zone: keypad, transfer or settings. */
        this.panel = "keypad";
        /** What `get_script` or a contact gave; false without a script. */
        this.script = false;
        this.scriptAnswers = {};
        this.scriptPlace = { page: "", trail: [], over: false };
        /** The last answer under way. */
        this.kept = Promise.resolve();
        /** Campaigns the agent calls for by hand. */
        this.campaigns = [];
        /** Campaigns whose calls the dialer makes. */
        this.dialed = [];
        /** What the agent's list of a manual campaign shows; it outlives each call. */
        this.listing = {
            campaign_id: false,
            search: "",
            kind: "all",
            order: "priority",
            dialed: false,
        };
        /** The contact that is shown, before the call. */
        this.contact = false;
        /** Nobody was to be called when last asked. */
        this.nobodyDue = false;
        /** Names of actions waiting for the server. */
        this.pending = {};
        this.digits = "";
        this.sendingDigits = false;
    }

    // ------------------------------------------------------------------------
    // Start
    // ------------------------------------------------------------------------

    /** Ask once whether this user is an agent; called by the bar. */
    start() {
        // `this` is the reactive proxy: the service hands out nothing else.
        this.started ||= this.load();
        return this.started;
    }

    async load() {
        try {
            // Nobody but agents asks the server anything.
            if (!session.telecom_agent) {
                return;
            }
            const answer = await this.rpc("get_session");
            if (!answer.agent) {
                return;
            }
            this.agent = answer.agent;
            this.pauseReasons = answer.pause_reasons || [];
            this.queues = answer.queues || [];
            this.operators = answer.operators || [];
            this.listen();
            this.apply(answer.state);
            this.loadContactWork();
        } finally {
            this.loaded = true;
        }
    }

    listen() {
        this.bus.subscribe("telecom.desk/pop", (payload) => this.onPop(payload));
        this.bus.subscribe("telecom.desk/state", (payload) => this.apply(payload));
        this.bus.subscribe("telecom.desk/command", (payload) => this.onCommand(payload));
        this.bus.subscribe("telecom.queue/snapshot", (payload) => {
            this.queueSnapshots[payload.queue_id] = payload;
        });
        this.bus.addEventListener("BUS:DISCONNECT", () => {
            this.live = false;
        });
        for (const event of ["BUS:CONNECT", "BUS:RECONNECT"]) {
            this.bus.addEventListener(event, () => {
                const missed = !this.live || event === "BUS:RECONNECT";
                this.live = true;
                if (missed) {
                    this.refresh();
                }
            });
        }
        this.bus.start();
        browser.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "visible" && Date.now() - this.receivedAt > STALE_MS) {
                this.refresh();
            }
        });
        browser.setInterval(() => {
            this.tick = Date.now();
        }, 1000);
        // Typed in the last instant: the draft outlives the page.
        browser.addEventListener("pagehide", () => {
            this.keepDraft();
            this.keepPlace();
        });
    }

    // ------------------------------------------------------------------------
    // RPC
    // ------------------------------------------------------------------------

    /**
     * The agent's own affairs concern the provider and every operator served,
     * whatever companies this tab happens to show.
     */
    get agentContext() {
        const companies = user.allowedCompanies || [];
        return companies.length
            ? { allowed_company_ids: companies.map((company) => company.id) }
            : {};
    }

    /** A call is worked on in its operator's company and in no other. */
    callContext(companyId) {
        return companyId ? { allowed_company_ids: [companyId] } : this.agentContext;
    }

    rpc(method, args = [], { companyId = false, silent = false, ...kwargs } = {}) {
        const orm = silent ? this.orm.silent : this.orm;
        return orm.call("telecom.desk", method, args, {
            ...kwargs,
            context: this.callContext(companyId),
        });
    }

    /** Ask for the state again: after a reconnection, or when in doubt. */
    async refresh() {
        try {
            this.apply(await this.rpc("get_state", [], { silent: true }));
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        }
    }

    /**
     * Run an action that waits for the server, once at a time.
     *
     * @param {string} name
     * @param {() => Promise} callback
     * @returns {Promise<any|false>} false when it failed; the agent was told
     */
    async run(name, callback) {
        if (this.pending[name]) {
            return false;
        }
        this.pending[name] = true;
        try {
            return await callback();
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                this.warn(_t("The server does not answer: nothing was done."));
            } else if (error instanceof RPCError) {
                this.warn(error.data?.message || error.message);
            } else {
                throw error;
            }
            return false;
        } finally {
            delete this.pending[name];
        }
    }

    warn(message) {
        this.notification.add(message, { type: "danger" });
    }

    // ------------------------------------------------------------------------
    // State
    // ------------------------------------------------------------------------

    /** The call the desk is about: on the line, or being wrapped up. */
    get focus() {
        const { call, wrapup } = this.state;
        if (call) {
            return { call_id: call.id, company_id: call.company_id };
        }
        if (wrapup) {
            return { call_id: wrapup.call_id, company_id: wrapup.company_id };
        }
        return false;
    }

    get inCall() {
        return IN_CALL.includes(this.state.activity);
    }

    get busy() {
        return BUSY.includes(this.state.activity);
    }

    /** Epoch seconds of the server's clock. */
    get now() {
        return Date.now() / 1000 + this.offset;
    }

    elapsed(since) {
        return elapsedSeconds(since, this.offset, this.tick);
    }

    /** @param {Object} state what `telecom.desk.get_state()` returns */
    apply(state) {
        if (!state || !isNewer(this.state, state)) {
            return;
        }
        this.receivedAt = this.tick = Date.now();
        this.offset = clockOffset(state.now, this.receivedAt);
        const before = this.focus;
        this.state = { ...EMPTY_STATE, ...state };
        if (!this.inCall) {
            this.phoneMuted = false;
        }
        const focus = this.focus;
        if (focus.call_id !== before.call_id) {
            this.onFocus(focus);
        }
        // Calls out are made to get a status: the choices are there while it rings.
        const outbound = this.state.call && this.state.call.direction === "outbound";
        if (focus && (this.inCall || this.state.wrapup || outbound)) {
            this.loadForm(focus);
        }
        if (focus && this.scriptCall !== focus.call_id) {
            this.loadScript(focus);
        }
    }

    /** Another call, or none: forget what belonged to the last one. */
    onFocus(focus) {
        this.identifiedCall = false;
        if (!focus) {
            this.card = false;
            this.partnerId = false;
            this.forgetScript();
            this.loadContactWork();
        }
        if (this.draft.call_id && this.draft.call_id !== focus.call_id) {
            if (this.saving === "pending") {
                // The last words typed about the former call.
                this.save();
            }
            this.form = false;
            this.draft = this.emptyDraft();
            this.saving = "saved";
        }
        if (focus && this.card?.call?.id !== focus.call_id) {
            this.card = false;
            this.partnerId = false;
            this.loadCard(focus);
        }
    }

    /** Asterisk rings this agent: the card comes with the news. */
    onPop({ call_id, card, at, agent_id }) {
        if (agent_id && agent_id !== this.agent.id) {
            return;
        }
        if (at < this.state.now - STALE_POP_S) {
            // The bus gives a new page what it missed: the state knows better.
            return;
        }
        this.takeCard(call_id, card);
        if (!this.busy) {
            // The state follows on the bus; the screen does not wait for it.
            this.state = {
                ...this.state,
                activity: "ringing",
                activity_since: at,
                call: { ...card.call, id: call_id },
            };
        }
    }

    /** Something the agent asked for could not be done. */
    onCommand({ name, error }) {
        if (!SILENT_COMMANDS.includes(name)) {
            this.warn(commandError(error));
        }
        if (name === "dial" && this.contact) {
            // It was not called: it can be called again.
            this.loadContactWork();
        }
    }

    async loadCard({ call_id, company_id }) {
        const card = await this.run("card", () =>
            this.rpc("get_card", [call_id], { companyId: company_id })
        );
        if (card && this.focus.call_id === call_id) {
            this.takeCard(call_id, card);
        }
    }

    /** Show a card nobody chose on; one that comes late undoes no choice. */
    takeCard(callId, card) {
        if (this.identifiedCall === callId) {
            return;
        }
        this.card = card;
        this.partnerId = card.partner_id || false;
    }

    /** Snapshots of the agent's queues, while somebody looks at them. */
    watchQueues() {
        const channels = this.queues.map((queue) => `telecom.queue_${queue.id}`);
        channels.forEach((channel) => this.bus.addChannel(channel));
        return () => channels.forEach((channel) => this.bus.deleteChannel(channel));
    }

    // ------------------------------------------------------------------------
    // Presence and calls
    // ------------------------------------------------------------------------

    /**
     * @param {"ready"|"not_ready"|"offline"} presence
     * @param {number|false} [reasonId]
     */
    setPresence(presence, reasonId = false) {
        return this.run("presence", async () => {
            this.apply(await this.rpc("set_presence", [presence, reasonId]));
            return true;
        });
    }

    /**
     * Ask the PBX for something about the current call.
     *
     * @param {string} name of `telecom.pbx.command`
     * @param {Object} [payload]
     */
    command(name, payload = {}) {
        return this.run(name, async () => {
            const answer = await this.rpc("command", [name], {
                ...payload,
                companyId: this.focus.company_id,
            });
            this.expectNews();
            return answer;
        });
    }

    /**
     * Digits for a desk phone, in order and none lost, however fast they are typed.
     *
     * @param {string} digits
     */
    async sendDigits(digits) {
        this.digits += digits;
        if (this.sendingDigits) {
            return;
        }
        this.sendingDigits = true;
        try {
            while (this.digits) {
                const batch = this.digits.slice(0, MOST_DIGITS);
                this.digits = this.digits.slice(batch.length);
                if (!(await this.command("dtmf", { digits: batch }))) {
                    this.digits = "";
                }
            }
        } finally {
            this.sendingDigits = false;
        }
    }

    /** What was asked for changes something; ask whether, should the bus be silent. */
    expectNews() {
        const before = this.receivedAt;
        browser.setTimeout(() => {
            if (this.receivedAt === before) {
                this.refresh();
            }
        }, NEWS_PATIENCE_MS);
    }

    /**
     * @param {string} number
     * @param {number} companyId the operator the call is made for
     * @param {{campaignId?: number, callbackId?: number}} [options]
     */
    dial(number, companyId, { campaignId = false, callbackId = false } = {}) {
        return this.run("dial", async () => {
            const answer = await this.rpc("dial", [number, companyId], {
                campaign_id: campaignId,
                callback_id: callbackId,
                companyId,
            });
            this.expectNews();
            return answer;
        });
    }

    searchTargets(query) {
        return this.rpc("search_targets", [query], {
            companyId: this.focus.company_id,
            silent: true,
        });
    }

    getCallbacks() {
        return this.rpc("get_callbacks", [], { silent: true });
    }

    // ------------------------------------------------------------------------
    // Card
    // ------------------------------------------------------------------------

    linkPartner(call, partnerId) {
        return this.run("link", async () => {
            await this.formAsked;
            const card = await this.rpc("link_partner", [call.id, partnerId], {
                companyId: call.company_id,
            });
            this.keepCard(call, card, partnerId);
            return true;
        });
    }

    /**
     * @param {Object} call
     * @param {"customer"|"prospect"} kind
     * @param {Object} vals
     */
    createPartner(call, kind, vals) {
        const method = kind === "prospect" ? "create_prospect" : "create_customer";
        return this.run("create", async () => {
            await this.formAsked;
            const card = await this.rpc(method, [call.id, vals], {
                companyId: call.company_id,
            });
            this.keepCard(call, card, card?.partner_id);
            return card;
        });
    }

    /** @param {number|false} partnerId whom the agent has said it is */
    keepCard(call, card, partnerId) {
        if (card?.call && this.focus.call_id === call.id) {
            this.card = card;
            this.partnerId = partnerId || false;
            this.identifiedCall = partnerId ? call.id : false;
        }
    }

    // ------------------------------------------------------------------------
    // Script
    // ------------------------------------------------------------------------

    /** The customer the call is about, as far as it is known. */
    get customerId() {
        return (
            chosenMatch(this.card, this.partnerId).id || this.script.contact?.partner_id || false
        );
    }

    /** Another script, or for another person: the runner begins anew. */
    get scriptKey() {
        const { script, lang, contact } = this.script;
        return `${script.id}-${lang}-${contact?.id || this.focus.call_id || ""}`;
    }

    forgetScript() {
        this.script = false;
        this.scriptCall = false;
        this.scriptAnswers = {};
        this.scriptPlace = { page: "", trail: [], over: false };
    }

    /**
     * @param {Object} script what `get_script` or a contact's `script` is
     * @param {Object} [keep] the place of somebody who read ahead
     */
    showScript(script, keep = false) {
        const before = this.script;
        this.script = script?.script ? script : false;
        this.scriptAnswers = { ...(script?.answers || {}) };
        if (!keep || before?.script?.id !== this.script?.script?.id) {
            this.scriptPlace = { page: "", trail: [], over: false };
        }
    }

    async loadScript({ call_id, company_id }, lang = false) {
        this.scriptCall = call_id;
        const script = await this.run("script", () =>
            this.rpc("get_script", [call_id], { lang, companyId: company_id, silent: true })
        );
        if (script && this.focus.call_id === call_id) {
            // The agent may have read ahead before the call, or chosen a language.
            const same = this.contact && script.contact?.id === this.contact.id;
            this.showScript(script, Boolean(lang) || same);
            this.restorePlace(call_id);
        }
    }

    /** Where the agent is in the script survives a reload of this tab. */
    keepPlace() {
        const { call_id } = this.focus;
        if (call_id && this.script) {
            browser.sessionStorage.setItem(
                PLACE_KEY,
                JSON.stringify({ call_id, ...this.scriptPlace })
            );
        }
    }

    restorePlace(callId) {
        try {
            const kept = JSON.parse(browser.sessionStorage.getItem(PLACE_KEY) || "null");
            if (kept?.call_id === callId && !this.scriptPlace.page) {
                const { page, trail, over } = kept;
                this.scriptPlace = { page, trail, over };
            }
        } catch {
            // Not ours, or damaged: the script begins at its first page.
        }
    }

    changeScriptLanguage(lang) {
        if (this.focus) {
            return this.loadScript(this.focus, lang);
        }
        return this.loadContactWork(lang);
    }

    /** Until all answers of scripts have arrived, or could not. */
    settled() {
        return this.kept.catch(() => {});
    }

    /**
     * Keep an answer; what the server does not take is taken back. Answers arrive in the
     * order they were given.
     */
    async answerScript(block, value) {
        const { call_id, company_id } = this.focus;
        const before = this.scriptAnswers[block.key];
        this.scriptAnswers[block.key] = value;
        if (!call_id) {
            return false;
        }
        this.kept = this.settled().then(() =>
            this.run(`answer-${block.key}`, () =>
                this.rpc("answer_script", [call_id, Number(block.key), value], {
                    companyId: company_id,
                    silent: true,
                })
            )
        );
        const kept = await this.kept;
        if (!kept && this.focus.call_id === call_id && this.scriptAnswers[block.key] === value) {
            this.scriptAnswers[block.key] = before;
        }
        return kept;
    }

    sendScriptMessage(call, block) {
        return this.run("message", async () => {
            await this.rpc("send_script_message", [call.id, Number(block.key)], {
                companyId: call.company_id,
            });
            this.notification.add(_t("The text message is on its way."), { type: "success" });
            return true;
        });
    }

    // ------------------------------------------------------------------------
    // Contacts of manual and preview campaigns
    // ------------------------------------------------------------------------

    /** Campaigns to call for, and the contact that is shown already. */
    async loadContactWork(lang = false) {
        if (!this.agent) {
            return;
        }
        const asked = (this.contactAsked = (this.contactAsked || 0) + 1);
        try {
            const work = await this.rpc("get_contact_work", [], { lang, silent: true });
            this.campaigns = work.campaigns;
            this.dialed = work.dialed || [];
            if (asked !== this.contactAsked) {
                // The agent has asked for the next one meanwhile.
                return;
            }
            if (!this.focus) {
                this.showContact(work.contact, Boolean(lang));
            } else {
                this.contact = work.contact;
            }
        } catch (error) {
            if (!(error instanceof ConnectionLostError || error instanceof RPCError)) {
                throw error;
            }
        }
    }

    showContact(contact, keep = false) {
        this.contact = contact;
        if (contact?.script) {
            this.showScript({ ...contact.script, contact }, keep);
        } else {
            this.forgetScript();
        }
    }

    /** @param {number|false} [campaignId] of this campaign only */
    nextContact(campaignId = false) {
        return this.run("contact", async () => {
            this.contactAsked = (this.contactAsked || 0) + 1;
            const contact = await this.rpc("next_contact", [campaignId]);
            this.contactAsked += 1;
            this.nobodyDue = !contact;
            this.showContact(contact);
            if (!contact) {
                // Why, and when somebody is next
                this.loadContactWork();
            }
            return contact;
        });
    }

    /** Whom the agent may call now in a manual campaign; false when nobody answers. */
    async getContactList(campaignId, limit) {
        const { search, kind, order } = this.listing;
        try {
            return await this.rpc("get_contact_list", [campaignId], {
                search,
                kind,
                order,
                limit,
                silent: true,
            });
        } catch (error) {
            if (error instanceof ConnectionLostError || error instanceof RPCError) {
                return false;
            }
            throw error;
        }
    }

    /** Take a contact out of the list: nobody else calls it any more. */
    takeContact(id) {
        return this.run("contact", async () => {
            this.contactAsked = (this.contactAsked || 0) + 1;
            const contact = await this.rpc("take_contact", [id]);
            this.contactAsked += 1;
            this.nobodyDue = false;
            this.showContact(contact);
            return contact;
        });
    }

    /** @param {string|false} [number] another number of the same person */
    dialContact(number = false) {
        const { id, company_id } = this.contact;
        return this.run("dial", async () => {
            const answer = await this.rpc("dial_contact", [id, number], {
                companyId: company_id,
            });
            if (answer.refused) {
                this.warn(answer.refused);
                this.showContact(false);
                return false;
            }
            this.contact.calling = true;
            this.expectNews();
            return answer;
        });
    }

    skipContact(reason) {
        const { id, company_id, campaign_id, mode } = this.contact;
        return this.run("contact", async () => {
            await this.rpc("skip_contact", [id, reason], { companyId: company_id });
            this.showContact(false);
            return { campaign_id, mode };
        });
    }

    // ------------------------------------------------------------------------
    // Wrap-up
    // ------------------------------------------------------------------------

    /** Choose a status; one that promises a callback asks when. */
    chooseDisposition(id) {
        const node = this.form?.dispositions?.find((leaf) => leaf.id === id);
        this.edit({ disposition_id: id });
        if (node?.callback && !this.draft.callback) {
            this.promiseCallback();
        }
    }

    /** Times at which the person of this call may be called back. */
    get callbackTimes() {
        return callbackTimes(this.form?.calling, this.now);
    }

    /** The next morning, by this agent, until she says otherwise. */
    promiseCallback() {
        const times = this.callbackTimes;
        const proposed = times.find(({ name }) => name === "morning") || times.at(-1);
        this.edit({
            callback: this.draft.callback || {
                due_at: proposed ? proposed.at : this.now + 86400,
                personal: true,
                note: "",
            },
        });
        return true;
    }

    emptyDraft() {
        return {
            call_id: false,
            company_id: false,
            wrapup_id: false,
            note: "",
            disposition_id: false,
            qualification_id: false,
            callback: false,
        };
    }

    /** Load what a call's wrap-up asks for, and what is written already. */
    async loadForm({ call_id, company_id }) {
        const wrapup = this.state.wrapup;
        if (this.draft.call_id === call_id) {
            // Notes were begun during the call; the wrap-up opened at its end.
            if (wrapup && !this.draft.wrapup_id) {
                this.draft.wrapup_id = wrapup.id;
                this.scheduleSave();
            }
            return;
        }
        if (this.loadingForm === call_id) {
            return;
        }
        this.loadingForm = call_id;
        let form = false;
        try {
            // It begins the wrap-up: what is written there waits, see `linkPartner`.
            this.formAsked = this.run("form", () =>
                this.rpc("get_wrapup_form", [call_id], { companyId: company_id })
            );
            form = await this.formAsked;
        } finally {
            this.loadingForm = false;
        }
        if (!form || this.focus.call_id !== call_id) {
            return;
        }
        const saved = form.wrapup || this.state.wrapup || {};
        this.form = form;
        this.draft = {
            ...this.emptyDraft(),
            call_id,
            company_id,
            wrapup_id: saved.id || false,
            note: saved.note || "",
            disposition_id: saved.disposition_id || false,
            qualification_id: saved.qualification_id || false,
            callback: saved.callback || false,
        };
        this.restoreDraft();
    }

    get missing() {
        return missingInWrapup(this.form, this.draft, this.now);
    }

    /** @param {Object} changes of the draft */
    edit(changes) {
        Object.assign(this.draft, changes);
        this.scheduleSave();
    }

    scheduleSave() {
        this.saving = "pending";
        browser.clearTimeout(this.saveTimer);
        this.saveTimer = browser.setTimeout(() => this.save(), SAVE_DELAY_MS);
    }

    get draftValues() {
        const { note, disposition_id, qualification_id, callback } = this.draft;
        return { note, disposition_id, qualification_id, callback };
    }

    async save() {
        browser.clearTimeout(this.saveTimer);
        const { wrapup_id, company_id } = this.draft;
        this.keepDraft();
        // While the wrap-up is being closed its values are on their way already; a save
        // that overtakes, or comes after, would be refused.
        if (!wrapup_id || this.finishing) {
            return;
        }
        this.saving = "saving";
        try {
            await this.rpc("save_wrapup", [wrapup_id, this.draftValues], {
                companyId: company_id,
                silent: true,
            });
            if (this.saving === "saving") {
                this.saving = "saved";
                browser.sessionStorage.removeItem(DRAFT_KEY);
            }
        } catch (error) {
            this.saving = "failed";
            if (!(error instanceof ConnectionLostError || error instanceof RPCError)) {
                throw error;
            }
        }
    }

    /** What the server does not have yet survives a reload of this tab. */
    keepDraft() {
        if (this.draft.call_id && this.saving !== "saved") {
            browser.sessionStorage.setItem(DRAFT_KEY, JSON.stringify(this.draft));
        }
    }

    restoreDraft() {
        let kept = null;
        try {
            kept = JSON.parse(browser.sessionStorage.getItem(DRAFT_KEY) || "null");
        } catch {
            // Not ours, or damaged: the server's copy is good.
        }
        if (kept?.call_id === this.draft.call_id) {
            const { note, disposition_id, qualification_id, callback } = kept;
            this.edit({ note, disposition_id, qualification_id, callback });
        } else {
            this.saving = "saved";
        }
    }

    /** Close the wrap-up; the next call may come. */
    finish() {
        if (!this.draft.wrapup_id || this.missing.length) {
            return Promise.resolve(false);
        }
        browser.clearTimeout(this.saveTimer);
        const { wrapup_id, company_id } = this.draft;
        const contact = this.contact;
        return this.run("finish", async () => {
            this.finishing = true;
            await this.settled();
            let state;
            try {
                state = await this.rpc("finish_wrapup", [wrapup_id, this.draftValues], {
                    companyId: company_id,
                });
            } finally {
                this.finishing = false;
            }
            browser.sessionStorage.removeItem(DRAFT_KEY);
            this.saving = "saved";
            this.form = false;
            this.draft = this.emptyDraft();
            this.contact = false;
            this.apply(state);
            if (contact?.mode === "preview" && this.state.presence === "ready" && !this.focus) {
                // The next record, without a click
                await this.nextContact(contact.campaign_id);
            }
            return true;
        });
    }
}

export const deskService = {
    dependencies: ["bus_service", "notification", "orm"],
    start(env, services) {
        return reactive(new Desk(env, services));
    },
};

registry.category("services").add("telecom_desk", deskService);
