import { Component, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { dayOf, daysOf, nextFree, reference, routeUrl, timeOf } from "./field_model";
import { SignatureField } from "./signature_pad";

const { DateTime } = luxon;
/** Longest side of a photo that is sent, in pixels. */
const PHOTO_SIDE = 1600;
/** Milliseconds in which this telephone rings, and the button waits. */
const DIALING = 20000;

export function stateLabel(state) {
    switch (state) {
        case "done":
            return _t("Met");
        case "missed":
            return _t("Not available");
        case "refused":
            return _t("Declined");
        default:
            return _t("Planned");
    }
}

export function entryLabel(kind) {
    switch (kind) {
        case "duty_start":
            return _t("Duty begins");
        case "duty_end":
            return _t("Duty ends");
        case "consent":
            return _t("Agreement to be located");
        case "positions":
            return _t("Positions");
        case "result":
            return _t("Result of an appointment");
        case "move":
            return _t("Appointment moved");
        case "appointment":
            return _t("Appointment agreed");
        case "photo":
            return _t("Photo");
        case "signature":
            return _t("Signature");
        default:
            return _t("Call");
    }
}

/** A photo, small enough for a telephone's network. */
export async function shrink(file) {
    const picture = await window.createImageBitmap(file);
    const scale = Math.min(1, PHOTO_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.8);
}

/** The field seller's day on a telephone. */
export class FieldApp extends Component {
    static template = "telecom_callcenter.FieldApp";
    static components = { SignatureField };
    static props = { ...standardActionServiceProps };

    setup() {
        this.field = useState(useService("telecom_field"));
        this.action = useService("action");
        this.notification = useService("notification");
        this.day = this.field.state;
        this.state = useState({
            page: "day",
            selected: "",
            openId: false,
            sheet: "",
            draft: {},
            problem: "",
            slots: null,
            found: [],
            signed: false,
            dialing: "",
            now: Date.now() / 1000,
        });
        this.photo = useRef("photo");
        this.searchSoon = useDebounced(() => this.search(), 300);
        this.stateLabel = stateLabel;
        this.entryLabel = entryLabel;
        onWillStart(() => this.field.start());
        onMounted(() => {
            this.clock = browser.setInterval(() => (this.state.now = Date.now() / 1000), 30000);
        });
        onWillUnmount(() => browser.clearInterval(this.clock));
    }

    // What is shown

    get tz() {
        return this.day.day?.tz || "UTC";
    }

    get days() {
        return daysOf(this.state.now, this.tz);
    }

    get selected() {
        return this.state.selected || this.days[0].key;
    }

    get appointments() {
        return this.field.appointments.filter((one) => dayOf(one.start, this.tz) === this.selected);
    }

    get late() {
        return this.field.appointments.filter((one) => this.isLate(one));
    }

    isLate(one) {
        return one.state === "planned" && dayOf(one.start, this.tz) < this.days[0].key;
    }

    countOf(day) {
        return this.field.appointments.filter(
            (one) => one.state === "planned" && dayOf(one.start, this.tz) === day.key
        ).length;
    }

    get open() {
        // Made here, and sent meanwhile: it has the server's id now
        const id = this.day.ids[this.state.openId] || this.state.openId;
        return this.field.appointments.find((one) => one.id === id);
    }

    get duty() {
        return this.field.duty;
    }

    get dutyText() {
        return _t("On duty since %s", timeOf(this.duty.since, this.tz));
    }

    get waitingText() {
        const count = this.field.waiting.length;
        if (!this.day.online) {
            return count ? _t("No network – %s to be sent", count) : _t("No network");
        }
        return count ? _t("Sending %s…", count) : "";
    }

    get locationText() {
        if (this.day.watching === "blocked") {
            return _t("Your telephone does not tell where you are");
        }
        return this.duty.located
            ? _t("Your position is shared")
            : _t("Your position is not shared");
    }

    time(seconds) {
        return timeOf(seconds, this.tz);
    }

    moment(seconds) {
        return DateTime.fromSeconds(seconds, { zone: this.tz }).toFormat("ccc d LLL, HH:mm");
    }

    route(appointment) {
        return routeUrl(appointment);
    }

    get campaign() {
        return this.day.day?.campaigns.find((one) => one.id === this.open?.campaign_id);
    }

    /** Statuses of the campaign: only what nothing is below of is chosen. */
    get dispositions() {
        const nodes = this.campaign?.dispositions || [];
        const names = new Map(nodes.map((node) => [node.id, node.name]));
        return nodes
            .filter((node) => node.leaf)
            .map((node) => ({
                id: node.id,
                name: node.parent_id
                    ? `${names.get(node.parent_id) || ""} › ${node.name}`
                    : node.name,
            }));
    }

    get openCampaigns() {
        return this.day.day?.campaigns.filter((one) => one.open) || [];
    }

    // Going about

    select(day) {
        this.state.selected = day.key;
    }

    show(appointment) {
        Object.assign(this.state, {
            openId: appointment.id,
            page: "appointment",
            sheet: "",
            problem: "",
        });
        document.querySelector(".o_telecom_field")?.scrollTo(0, 0);
    }

    back() {
        Object.assign(this.state, { page: "day", openId: false, sheet: "", problem: "" });
    }

    sheet(name, draft = {}) {
        Object.assign(this.state, {
            sheet: this.state.sheet === name ? "" : name,
            draft,
            problem: "",
            slots: null,
            signed: false,
        });
    }

    // Duty

    toggleDuty() {
        if (this.duty.since) {
            this.field.endDuty();
        } else if (this.duty.asked) {
            this.field.beginDuty(this.duty.consent);
        } else {
            this.state.page = "consent";
        }
    }

    async answerConsent(granted) {
        this.state.page = "day";
        await this.field.beginDuty(granted);
    }

    async changeConsent() {
        const granted = !this.duty.consent;
        if (this.duty.since && granted) {
            // From now on: a new duty begins
            await this.field.endDuty();
            await this.field.beginDuty(true);
        } else {
            await this.field.add("consent", { granted });
        }
    }

    // An appointment

    async result(state) {
        const { disposition_id, report } = this.state.draft;
        await this.field.add("result", {
            ...reference(this.open),
            state,
            disposition_id: Number(disposition_id) || false,
            report: report || "",
        });
        this.state.sheet = "";
    }

    get callbackText() {
        return this.day.day.called_back && this.open.number
            ? _t("The contact centre calls the customer back.")
            : _t("Nobody calls the customer back: agree on another time.");
    }

    async call(appointment) {
        await this.field.add("call", reference(appointment));
    }

    /** The PBX calls for the seller; otherwise this telephone dials by itself. */
    canBeCalled(appointment) {
        return this.day.day.dials && this.day.online && typeof appointment.id === "number";
    }

    get dialingText() {
        return _t("Your telephone rings. Pick up and press 1: then %s is called.", this.open.name);
    }

    async dial(appointment) {
        if (this.state.dialing) {
            return;
        }
        Object.assign(this.state, { dialing: "asking", problem: "" });
        const { state, number, reason } = await this.field.dial(appointment);
        this.state.dialing = state === "calling" ? appointment.id : "";
        if (state === "refused") {
            this.state.problem = reason;
        } else if (state === "phone") {
            browser.location.assign(`tel:${number}`);
        } else {
            // Long enough to pick up; then the button is there again
            browser.setTimeout(() => (this.state.dialing = ""), DIALING);
        }
    }

    async loadSlots(extra = {}) {
        this.state.problem = "";
        this.state.slots = [];
        try {
            const { slots, problem } = await this.field.call("get_slots", [extra]);
            this.state.slots = slots;
            this.state.problem = problem || "";
        } catch (error) {
            this.state.slots = null;
            this.state.problem =
                error instanceof ConnectionLostError
                    ? _t("No network: write the time yourself; it is checked when it is sent.")
                    : error.data?.message || String(error);
        }
    }

    async another() {
        this.sheet("move", { when: this.inputTime(this.open.start) });
        if (this.state.sheet && typeof this.open.id === "number") {
            await this.loadSlots({ appointment_id: this.open.id });
        }
    }

    /** Free times by day, as the telephone shows them. */
    get slotDays() {
        const days = new Map();
        for (const slot of this.state.slots || []) {
            const key = dayOf(slot.start, this.tz);
            if (!days.has(key)) {
                days.set(key, {
                    key,
                    label: DateTime.fromSeconds(slot.start, { zone: this.tz }).toFormat(
                        "cccc d LLLL"
                    ),
                    slots: [],
                });
            }
            days.get(key).slots.push(slot);
        }
        return [...days.values()].slice(0, 7);
    }

    inputTime(seconds) {
        return DateTime.fromSeconds(seconds, { zone: this.tz }).toFormat("yyyy-MM-dd'T'HH:mm");
    }

    inputSeconds(text) {
        const moment = DateTime.fromISO(text || "", { zone: this.tz });
        return moment.isValid ? moment.toSeconds() : false;
    }

    chooseSlot(slot) {
        this.state.draft.when = this.inputTime(slot.start);
    }

    async move() {
        const start = this.inputSeconds(this.state.draft.when);
        if (!start || start < Date.now() / 1000) {
            this.state.problem = _t("Agree on a time to come.");
            return;
        }
        await this.field.add("move", { ...reference(this.open), start });
        this.state.sheet = "";
        this.state.selected = dayOf(start, this.tz);
    }

    // Photo and signature

    takePhoto() {
        this.photo.el.click();
    }

    async onPhoto(event) {
        const [file] = event.target.files;
        event.target.value = "";
        if (!file) {
            return;
        }
        try {
            const image = await shrink(file);
            await this.field.add("photo", { ...reference(this.open), image });
        } catch {
            this.state.problem = _t("This photo cannot be read.");
        }
    }

    onSignatureReady(read) {
        this.readSignature = read;
    }

    onSignatureChange(empty) {
        this.state.signed = !empty;
    }

    async sign() {
        const signed_by = (this.state.draft.signed_by || "").trim();
        if (!signed_by || !this.state.signed) {
            this.state.problem = _t("Name and signature, please.");
            return;
        }
        await this.field.add("signature", {
            ...reference(this.open),
            signed_by,
            image: this.readSignature(),
        });
        this.state.sheet = "";
    }

    // What other apps offer at a customer's

    async doAction(code) {
        try {
            const action = await this.field.call("open_action", [code, this.open.id]);
            await this.action.doAction(action);
        } catch (error) {
            this.state.problem =
                error instanceof ConnectionLostError
                    ? _t("This needs the network.")
                    : error.data?.message || String(error);
        }
    }

    // A new appointment

    newAppointment() {
        Object.assign(this.state, {
            page: "new",
            problem: "",
            slots: null,
            found: [],
            draft: {
                customer_name: "",
                number: "",
                street: "",
                city: "",
                subject: "",
                note: "",
                partner_id: false,
                campaign_id: this.openCampaigns[0]?.id || false,
                when: this.inputTime(
                    nextFree(
                        this.day.day?.free,
                        this.field.appointments,
                        Date.now() / 1000 + 3600,
                        this.openCampaigns[0]?.minutes || 60
                    )
                ),
            },
        });
    }

    onName() {
        this.state.draft.partner_id = false;
        this.searchSoon();
    }

    async search() {
        try {
            this.state.found = await this.field.call("search_customers", [
                this.state.draft.customer_name,
            ]);
        } catch {
            // Without the network, the name is enough
            this.state.found = [];
        }
    }

    choose({ id, name, number, street, city }) {
        Object.assign(this.state.draft, {
            partner_id: id,
            customer_name: name,
            number,
            street,
            city,
        });
        this.state.found = [];
    }

    async agree() {
        const { when, ...data } = this.state.draft;
        const start = this.inputSeconds(when);
        if (!data.customer_name.trim()) {
            this.state.problem = _t("Say with whom the appointment is.");
            return;
        }
        if (!start || start < Date.now() / 1000) {
            this.state.problem = _t("Agree on a time to come.");
            return;
        }
        const minutes =
            this.openCampaigns.find((one) => one.id === data.campaign_id)?.minutes || 60;
        await this.field.add("appointment", { ...data, start, minutes });
        this.state.selected = dayOf(start, this.tz);
        this.back();
    }
}

registry.category("actions").add("telecom_callcenter.field", FieldApp);
