import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { session } from "@web/session";
import {
    applyDuty,
    applyEntries,
    makeKey,
    nextBatch,
    reference,
    worthKeeping,
} from "./field_model";
import { FieldStore } from "./field_store";

const MODEL = "telecom.field.app";
/** Milliseconds between attempts to send, and to hear what is new. */
const RETRY = 15000;
const REFRESH = 120000;
/** Points of one entry: they are many, and small. */
const POINTS = 200;

/** Without OWL's proxies, which no disk takes. */
function plain(value) {
    return JSON.parse(JSON.stringify(value));
}

/**
 * The field seller's day and outbox. What is entered is on the disk before anything
 * else happens, is sent when there is a network, and is done once: each entry has a
 * key, which the server knows when it comes again.
 */
export class FieldDay {
    constructor({ orm }) {
        this.orm = orm;
        this.state = reactive({
            loaded: false,
            failed: "",
            online: browser.navigator.onLine !== false,
            sending: false,
            day: null,
            entries: [],
            /** Ids of appointments that were made here, by the key of their entry. */
            ids: {},
            stale: false,
            watching: "off",
        });
        this.last = null;
        this.sequence = 0;
        this.started = false;
    }

    /** One for each operator of each user; opened for those who need it. */
    get store() {
        this.opened ??= new FieldStore(
            `telecom-field-${session.db}-${user.userId}-${user.activeCompany?.id}`
        );
        return this.opened;
    }

    /** Begin to work; called when the app, or a page of a seller on duty, opens. */
    async start() {
        if (!this.started) {
            this.started = true;
            this.opening = this.open();
        }
        await this.opening;
        this.flush();
    }

    /** On other pages too, what waits is sent, and whoever is on duty is located. */
    async resume() {
        const [entries, day] = await Promise.all([
            this.store.all("entries"),
            this.store.get("state", "day"),
        ]);
        if (entries.length || day?.seller.duty_since) {
            await this.start();
        }
    }

    async open() {
        const [entries, day] = await Promise.all([
            this.store.all("entries"),
            this.store.get("state", "day"),
        ]);
        entries.sort((one, other) => one.order - other.order);
        this.sequence = entries.at(-1)?.order || 0;
        this.state.entries = entries;
        if (day) {
            this.state.day = day;
            this.state.stale = true;
            this.state.loaded = true;
        }
        browser.addEventListener("online", () => this.flush());
        browser.addEventListener("offline", () => (this.state.online = false));
        document.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "visible") {
                this.flush();
            }
        });
        browser.setInterval(() => this.waiting.length && this.flush(), RETRY);
        browser.setInterval(() => this.refresh(), REFRESH);
        await this.refresh();
        this.state.loaded = true;
    }

    // Reading

    get waiting() {
        return this.state.entries.filter((entry) => entry.state !== "refused");
    }

    get refused() {
        return this.state.entries.filter((entry) => entry.state === "refused");
    }

    get appointments() {
        return applyEntries(this.state.day?.appointments || [], this.state.entries);
    }

    get duty() {
        const seller = this.state.day?.seller;
        return seller
            ? applyDuty(seller, this.state.entries)
            : { consent: false, asked: false, since: false, located: false };
    }

    /**
     * Call the server; nothing pops up when the network is gone.
     *
     * @throws what the server says, or ConnectionLostError
     */
    async call(method, args = []) {
        try {
            const result = await this.orm.silent.call(MODEL, method, args);
            this.state.online = true;
            return result;
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                this.state.online = false;
            }
            throw error;
        }
    }

    async refresh() {
        let day;
        try {
            day = await this.call("get_day");
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                this.state.failed = error.data?.message || String(error);
            }
            return;
        }
        this.state.failed = "";
        this.state.day = day;
        this.state.stale = false;
        this.watch();
        await this.store.put("state", "day", plain(day));
    }

    // Entering

    /**
     * Keep something the seller entered, and send it as soon as possible.
     *
     * @param {string} kind
     * @param {Object} data
     * @param {string} [key] of an entry the server may know already
     * @returns {Promise<string>} its key, once it is on the disk
     */
    async add(kind, data, key = makeKey()) {
        const entry = {
            key,
            kind,
            data,
            at: Date.now() / 1000,
            order: ++this.sequence,
            state: "waiting",
        };
        await this.store.put("entries", entry.key, plain(entry));
        this.state.entries.push(entry);
        this.watch();
        this.flush();
        return entry.key;
    }

    /**
     * Have the PBX call this telephone and then the customer, once for each press.
     *
     * @param {Object} appointment
     * @returns {Promise<{state: string, number?: string, reason?: string}>} `calling`;
     *   `phone`: this telephone dials by itself; `refused`
     */
    async dial(appointment) {
        const key = makeKey();
        try {
            return await this.call("call_customer", [key, appointment.id]);
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                // The server knows the key, should it have heard the first time
                await this.add("call", reference(appointment), key);
                return { state: "phone", number: appointment.number };
            }
            return { state: "refused", reason: error.data?.message || String(error) };
        }
    }

    async drop(entry) {
        await this.store.remove("entries", entry.key);
        this.state.entries = this.state.entries.filter((one) => one.key !== entry.key);
    }

    /** Send what waits, in order; one tab at a time. */
    async flush() {
        if (this.state.sending) {
            this.again = true;
            return;
        }
        this.state.sending = true;
        try {
            if (browser.navigator.locks) {
                await browser.navigator.locks.request(this.store.name, () => this.sendAll());
            } else {
                await this.sendAll();
            }
        } catch (error) {
            // Sent again later: the entries are kept
            if (!(error instanceof ConnectionLostError)) {
                this.state.failed = error.data?.message || String(error);
            }
        } finally {
            this.state.sending = false;
        }
        if (this.again) {
            this.again = false;
            if (this.state.online) {
                this.flush();
            }
        }
    }

    async sendAll() {
        let sent = false;
        while (this.waiting.length) {
            const entries = nextBatch(this.waiting);
            const answers = await this.call("send", [
                entries.map(({ key, kind, at, data }) => ({ key, kind, at, data })),
            ]);
            sent = true;
            this.state.failed = "";
            for (const { key, state, reason, appointment_id } of answers) {
                const entry = this.state.entries.find((one) => one.key === key);
                if (!entry) {
                    continue;
                }
                if (state === "refused") {
                    Object.assign(entry, { state, reason });
                    await this.store.put("entries", key, plain(entry));
                } else {
                    await this.store.remove("entries", key);
                    entry.state = "sent";
                    if (entry.kind === "appointment") {
                        this.state.ids[key] = appointment_id;
                    }
                }
            }
            if (!answers.length) {
                break;
            }
            if (this.state.entries.some((entry) => entry.state === "sent")) {
                // Without a moment in which neither the entry nor its effect is there
                await this.refresh();
                this.state.entries = this.state.entries.filter((entry) => entry.state !== "sent");
            }
        }
        if (!sent && this.state.stale) {
            await this.refresh();
        }
    }

    // Duty and position

    async beginDuty(granted) {
        if (granted !== this.duty.consent || !this.duty.asked) {
            await this.add("consent", { granted });
        }
        await this.add("duty_start", {});
    }

    async endDuty() {
        await this.keepPoints();
        await this.add("duty_end", {});
    }

    /** Follow where the telephone is, as long as duty and consent say so. */
    watch() {
        const wanted = Boolean(this.duty.since && this.duty.located);
        if (wanted && this.watchId === undefined && browser.navigator.geolocation) {
            this.state.watching = "waiting";
            this.points = [];
            this.watchId = browser.navigator.geolocation.watchPosition(
                (position) => this.onPosition(position),
                () => (this.state.watching = "blocked"),
                { enableHighAccuracy: true, maximumAge: 0 }
            );
            this.pointsTimer = browser.setInterval(() => this.onMinute(), 60000);
        } else if (!wanted && this.watchId !== undefined) {
            browser.navigator.geolocation.clearWatch(this.watchId);
            browser.clearInterval(this.pointsTimer);
            this.watchId = undefined;
            this.last = null;
            this.state.watching = "off";
        }
    }

    /** Whoever stands still is there all the same; browsers tell changes only. */
    onMinute() {
        browser.navigator.geolocation.getCurrentPosition(
            (position) => this.onPosition(position),
            () => {},
            { maximumAge: 60000, timeout: 30000 }
        );
        this.keepPoints();
    }

    onPosition({ coords, timestamp }) {
        if (this.watchId === undefined) {
            return;
        }
        this.state.watching = "on";
        const point = [
            // Not from before the duty, which nobody agreed to
            Math.ceil(Math.max(timestamp / 1000, this.duty.since)),
            coords.latitude,
            coords.longitude,
            Math.round(coords.accuracy),
        ];
        const first = !this.last;
        if (worthKeeping(this.last, point)) {
            this.last = point;
            this.points.push(point);
        }
        if (first || this.points.length >= POINTS) {
            this.keepPoints();
        }
    }

    async keepPoints() {
        if (this.points?.length) {
            const points = this.points.splice(0, this.points.length);
            await this.add("positions", { points });
        }
    }
}

export const fieldService = {
    dependencies: ["orm"],
    start(env, { orm }) {
        const day = new FieldDay({ orm });
        if (session.telecom_seller) {
            day.resume();
        }
        return day;
    },
};

registry.category("services").add("telecom_field", fieldService);
