import { reactive } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import {
    Ringer,
    Speaker,
    listDevices,
    loadAudioSettings,
    openMicrophone,
    saveAudioSettings,
} from "./audio";
import { PhoneLock } from "./phone_lock";
import { microphoneErrorCode } from "./phone_messages";
import { SipPhone } from "./sip_phone";

const CHANNEL = "telecom_callcenter.phone";
const RENEW_BEFORE_S = 60;
// A new secret takes a moment to reach the PBX; so do the first tries.
const REFUSALS_BEFORE_ERROR = 4;
const UNREACHABLE_AFTER_MS = 6000;
// A call the PBX does not know any more is dropped after this.
const ORPHAN_AFTER_MS = 4000;
const MAX_BACKOFF_MS = 15000;

/** What the tabs of a browser tell each other; plain data. */
const SHARED = ["status", "error", "session", "held", "muted"];

/** What another tab may ask of the one that has the telephone. */
const REMOTE_ACTIONS = ["answer", "hangup", "setHold", "setMute", "sendDigits"];

/**
 * The telephone in the browser: one tab holds it, the others show it and act through
 * that tab. Talks to the PBX by SIP; what the agent sees comes from `telecom_desk`.
 */
export class Softphone {
    constructor(env, { telecom_desk }) {
        this.desk = telecom_desk;
        /** off, starting, connecting, registered, lost */
        this.status = "off";
        /** Code of phone_messages.js, or false. */
        this.error = false;
        /** What SipPhone.describe() returns, or false. */
        this.session = false;
        this.held = false;
        this.muted = false;
        /** none, leader (this tab has the telephone), follower */
        this.role = "none";
        this.settings = loadAudioSettings();
        this.devices = { microphones: [], speakers: [] };
        this.refusals = 0;
        this.attempts = 0;
    }

    /** Whether calls can be made and taken. */
    get usable() {
        return this.status === "registered";
    }

    get wanted() {
        const { agent, state } = this.desk;
        return agent?.device === "browser" && state.presence !== "offline";
    }

    get microphoneError() {
        return this.error === "insecure" || `${this.error}`.startsWith("microphone");
    }

    // ------------------------------------------------------------------------
    // Which tab has the telephone
    // ------------------------------------------------------------------------

    /** Follow the desk: called by the bar once the agent is known. */
    start() {
        if (this.channel || this.desk.agent?.device !== "browser") {
            return;
        }
        this.speaker = new Speaker();
        this.ringer = new Ringer();
        this.lock = new PhoneLock(`${CHANNEL}.${this.desk.agent.id}`);
        this.lock.addEventListener("acquired", () => this.lead());
        this.lock.addEventListener("waiting", () => this.follow());
        this.lock.addEventListener("lost", () => {
            this.disconnect();
            this.follow();
            this.lock.request();
        });
        this.channel = new BroadcastChannel(this.lock.name);
        this.channel.onmessage = ({ data }) => this.onMessage(data);
        browser.addEventListener("online", () => this.phone?.register());
        browser.addEventListener("beforeunload", (ev) => {
            if (this.role === "leader" && this.session) {
                // The browser asks before it cuts the call.
                ev.preventDefault();
            }
        });
        browser.addEventListener("pagehide", () => this.phone?.leave());
        browser.navigator.mediaDevices?.addEventListener?.("devicechange", () =>
            this.refreshDevices()
        );
        this.refreshDevices();
        this.update();
    }

    /** Presence changed: take up or put down the telephone. */
    update() {
        if (!this.channel) {
            return;
        }
        if (this.wanted && this.role === "none") {
            this.lock.request();
        } else if (!this.wanted && this.role !== "none" && !this.session) {
            this.disconnect();
            this.lock.drop();
            this.role = "none";
            this.set({ status: "off", error: false });
        }
        if (this.role === "leader" && this.dialling) {
            // The call came before the news that it is her own.
            this.answer();
        }
        this.dropOrphan();
    }

    lead() {
        this.role = "leader";
        this.error = false;
        this.connect();
    }

    follow() {
        this.role = "follower";
        this.channel.postMessage({ type: "hello" });
    }

    /** Use the phone in this tab. */
    take() {
        if (this.role === "leader") {
            this.error = false;
            this.connect();
        } else {
            this.lock.steal();
        }
    }

    onMessage({ type, ...data }) {
        if (type === "hello" && this.role === "leader") {
            this.share();
        } else if (type === "state" && this.role === "follower") {
            Object.assign(this, data.state);
        } else if (type === "act" && this.role === "leader") {
            if (REMOTE_ACTIONS.includes(data.action)) {
                this[data.action](...data.args);
            }
        }
    }

    set(changes) {
        Object.assign(this, changes);
        this.share();
    }

    share() {
        if (this.role !== "leader") {
            return;
        }
        const state = Object.fromEntries(SHARED.map((name) => [name, this[name]]));
        this.channel.postMessage(JSON.parse(JSON.stringify({ type: "state", state })));
    }

    /** Do it here, or in the tab that has the telephone. */
    act(action, ...args) {
        if (this.role === "follower") {
            this.channel.postMessage({ type: "act", action, args });
            return undefined;
        }
        return this[action](...args);
    }

    // ------------------------------------------------------------------------
    // Registration
    // ------------------------------------------------------------------------

    async connect() {
        browser.clearTimeout(this.retryTimer);
        const turn = (this.turn = (this.turn || 0) + 1);
        this.disconnect();
        this.set({ status: "starting" });
        let account = null;
        try {
            const [answer] = await Promise.all([
                this.desk.rpc("get_softphone", [], { silent: true }),
                loadBundle("telecom_callcenter.assets_jssip"),
            ]);
            account = answer;
        } catch {
            // Odoo is away, or restarting: its own banner says so.
            this.retry(turn, "server");
            return;
        }
        if (turn !== this.turn || this.role !== "leader") {
            return;
        }
        if (!account) {
            this.set({ status: "off", error: "server" });
            return;
        }
        this.refusals = 0;
        this.hadRegistered = false;
        this.expiresAt = account.expires_at;
        this.set({ status: "connecting" });
        const phone = new SipPhone(window.JsSIP, account);
        this.phone = phone;
        // Events of a phone that was put down meanwhile are nobody's.
        const on = (event, callback) =>
            phone.addEventListener(event, ({ detail }) => {
                if (this.phone === phone) {
                    callback(detail || {});
                }
            });
        on("connected", () => browser.clearTimeout(this.unreachableTimer));
        on("disconnected", () => this.onDisconnected());
        on("registered", () => this.onRegistered());
        on("refused", (detail) => this.onRefused(detail));
        on("session", (detail) => this.onSession(detail));
        on("progress", () => this.onProgress());
        on("ended", () => this.onEnded());
        on("track", ({ stream }) => this.onTrack(stream));
        this.onDisconnected();
        phone.start();
        this.scheduleRenewal();
    }

    /** Put the telephone down. */
    disconnect() {
        for (const timer of ["renewTimer", "unreachableTimer", "refusedTimer"]) {
            browser.clearTimeout(this[timer]);
        }
        this.ringer?.stop();
        this.speaker?.stop();
        const phone = this.phone;
        this.phone = null;
        phone?.stop();
        this.set({ session: false, held: false, muted: false });
    }

    /** Start again from nothing, later and later. */
    retry(turn, error) {
        if (turn !== this.turn) {
            return;
        }
        this.set({ status: "lost", error });
        const delay = Math.min(MAX_BACKOFF_MS, 1000 * 2 ** this.attempts++);
        this.retryTimer = browser.setTimeout(() => this.connect(), delay);
    }

    onDisconnected() {
        if (this.status === "registered") {
            this.set({ status: "lost", error: "lost" });
        }
        // JsSIP tries again by itself; say so when it takes long.
        browser.clearTimeout(this.unreachableTimer);
        this.unreachableTimer = browser.setTimeout(() => {
            if (!this.phone?.connected) {
                this.set({
                    status: "lost",
                    error: this.hadRegistered ? "lost" : "unreachable",
                });
            }
        }, UNREACHABLE_AFTER_MS);
    }

    onRegistered() {
        this.refusals = 0;
        this.attempts = 0;
        this.hadRegistered = true;
        browser.clearTimeout(this.unreachableTimer);
        this.set({ status: "registered", error: false });
    }

    onRefused({ status }) {
        const forbidden = [401, 403, 404].includes(status);
        if (forbidden && this.hadRegistered && this.desk.now < this.expiresAt) {
            // The secret is still good by our clock, so somebody asked for another:
            // the same agent in another browser. Do not fight over the phone.
            this.phone?.stop();
            this.phone = null;
            this.set({ status: "off", error: "elsewhere" });
            return;
        }
        this.refusals += 1;
        if (this.refusals >= REFUSALS_BEFORE_ERROR) {
            this.set({ status: "lost", error: "refused" });
        } else if (this.status === "registered") {
            this.set({ status: "connecting" });
        }
        const delay = Math.min(MAX_BACKOFF_MS, 500 * 2 ** this.refusals);
        browser.clearTimeout(this.refusedTimer);
        this.refusedTimer = browser.setTimeout(() => this.phone?.register(), delay);
    }

    /** Secrets are short-lived: ask for the next one in time. */
    scheduleRenewal() {
        if (!this.expiresAt) {
            return;
        }
        const seconds = this.expiresAt - this.desk.now - RENEW_BEFORE_S;
        // setTimeout overflows beyond 24 days.
        const delay = Math.min(Math.max(seconds, 30), 86400) * 1000;
        this.renewTimer = browser.setTimeout(async () => {
            const phone = this.phone;
            try {
                const account = await this.desk.rpc("get_softphone", [], {
                    silent: true,
                });
                if (account && phone && phone === this.phone) {
                    this.expiresAt = account.expires_at;
                    phone.renewSecret(account.secret);
                }
            } catch {
                // Tried again at the next turn; the registration still stands.
            }
            this.scheduleRenewal();
        }, delay);
    }

    // ------------------------------------------------------------------------
    // Calls
    // ------------------------------------------------------------------------

    onSession({ session, autoAnswer }) {
        this.set({ session, held: false, muted: false });
        if (autoAnswer || this.dialling) {
            this.answer();
        } else {
            this.ringer.start(this.settings.ringer);
        }
    }

    /** The agent dials: the PBX calls her own device first, which picks up by itself. */
    get dialling() {
        return this.desk.state.activity === "manual";
    }

    onProgress() {
        const session = this.phone.describe();
        if (session.state === "active") {
            this.ringer.stop();
        }
        this.set({ session, held: this.phone.held, muted: this.phone.muted });
    }

    onEnded() {
        this.ringer.stop();
        this.speaker.stop();
        const error = this.error === "listen" ? false : this.error;
        this.set({ session: false, held: false, muted: false, error });
        this.update();
    }

    async onTrack(stream) {
        await this.speaker.use(this.settings.speaker);
        if (!(await this.speaker.play(stream))) {
            this.set({ error: "listen" });
        }
    }

    /** A click lets the browser play sound. */
    async listen() {
        await this.speaker.element.play();
        this.set({ error: false });
    }

    /** After a transfer the PBX may have taken the call away without telling us. */
    dropOrphan() {
        browser.clearTimeout(this.orphanTimer);
        const { state } = this.desk;
        const orphan =
            this.session?.state === "active" &&
            !state.call &&
            ["idle", "wrapup"].includes(state.activity);
        if (orphan) {
            this.orphanTimer = browser.setTimeout(() => this.phone?.hangup(), ORPHAN_AFTER_MS);
        }
    }

    /**
     * Open the microphone and close it again: the browser asks for permission now,
     * not while the first caller waits.
     *
     * @returns {Promise<boolean>}
     */
    async checkMicrophone() {
        try {
            const stream = await openMicrophone(this.settings);
            stream.getTracks().forEach((track) => track.stop());
        } catch (error) {
            this.set({ error: microphoneErrorCode(error) });
            return false;
        }
        if (this.microphoneError) {
            this.set({ error: false });
        }
        this.refreshDevices();
        return true;
    }

    async answer() {
        if (this.session?.state !== "ringing" || this.answering) {
            return;
        }
        this.answering = true;
        const phone = this.phone;
        try {
            const stream = await openMicrophone(this.settings);
            if (phone !== this.phone || !phone.session) {
                // The caller gave up in the meantime.
                stream.getTracks().forEach((track) => track.stop());
                return;
            }
            phone.answer(stream);
            this.ringer.stop();
            this.set({ session: { ...this.session, state: "connecting" }, error: false });
        } catch (error) {
            this.set({ error: microphoneErrorCode(error) });
        } finally {
            this.answering = false;
        }
    }

    hangup() {
        this.phone?.hangup();
    }

    async setHold(held) {
        await this.phone?.setHold(held);
    }

    setMute(muted) {
        this.phone?.setMute(muted);
    }

    sendDigits(digits) {
        this.phone?.sendDigits(digits);
    }

    // ------------------------------------------------------------------------
    // Devices
    // ------------------------------------------------------------------------

    async refreshDevices() {
        this.devices = await listDevices();
    }

    /** @param {Object} changes of the audio settings of this browser */
    async changeSettings(changes) {
        Object.assign(this.settings, changes);
        saveAudioSettings(this.settings);
        if ("speaker" in changes) {
            await this.speaker.use(this.settings.speaker);
        }
        if (!("speaker" in changes || "ringer" in changes) && this.phone?.session) {
            try {
                const stream = await openMicrophone(this.settings);
                await this.phone.replaceMicrophone(stream);
            } catch (error) {
                this.set({ error: microphoneErrorCode(error) });
            }
        }
    }

    /** Try again after an error. */
    async retryNow() {
        if (this.error === "listen") {
            await this.listen();
        } else if (this.microphoneError) {
            if ((await this.checkMicrophone()) && this.session?.state === "ringing") {
                await this.answer();
            }
        } else {
            this.attempts = 0;
            this.error = false;
            await this.connect();
        }
    }

    /** Ring for three seconds, to hear where it comes from. */
    async tryRinger() {
        await this.ringer.start(this.settings.ringer);
        browser.setTimeout(() => {
            if (this.session?.state !== "ringing") {
                this.ringer.stop();
            }
        }, 2000);
    }

    get statusText() {
        switch (this.status) {
            case "registered":
                return _t("Phone connected");
            case "lost":
                return _t("Phone not connected");
            case "off":
                return _t("Phone off");
            default:
                return _t("Connecting the phone…");
        }
    }
}

export const softphoneService = {
    dependencies: ["telecom_desk"],
    start(env, services) {
        return reactive(new Softphone(env, services));
    },
};

registry.category("services").add("telecom_softphone", softphoneService);
