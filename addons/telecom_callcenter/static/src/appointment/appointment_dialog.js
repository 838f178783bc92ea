import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

const { DateTime } = luxon;
const MODEL = "telecom.appointment";
const WEEK = 7 * 86400;

/** Whether an address is the known one; it may say more of the way there. */
export function isAt(known, { street, city }) {
    const plain = (text) => (text || "").trim().toLowerCase();
    return plain(city) === plain(known.city) && plain(street).includes(plain(known.street));
}

/**
 * Free times of field sellers near a customer, and booking one: for the desk, scripts
 * and the back office.
 */
export class AppointmentDialog extends Component {
    static template = "telecom_callcenter.AppointmentDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        /** The operator's company: of the call, never of the tab. */
        companyId: { type: Number, optional: true },
        campaignId: { type: [Number, Boolean], optional: true },
        partnerId: { type: [Number, Boolean], optional: true },
        contactId: { type: [Number, Boolean], optional: true },
        callId: { type: [Number, Boolean], optional: true },
        /** An appointment that moves; then nothing else is asked. */
        appointmentId: { type: [Number, Boolean], optional: true },
        /** What is known already, by field of the appointment. */
        values: { type: Object, optional: true },
        /** (appointment: {id, name, start, end, seller}) => void */
        onBooked: { type: Function, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.last = new KeepLast();
        this.state = useState({
            customer: {},
            zoneId: 0,
            skillIds: [],
            slots: [],
            problem: "",
            chosen: null,
            busy: false,
            week: 0,
            subject: "",
            note: "",
        });
        this.lookSoon = useDebounced(() => this.lookElsewhere(), 400);
        onWillStart(() => this.load());
    }

    get context() {
        const { companyId } = this.props;
        return companyId ? { context: { ...user.context, allowed_company_ids: [companyId] } } : {};
    }

    call(method, args, kwargs = {}) {
        return this.orm.call(MODEL, method, args, { ...kwargs, ...this.context });
    }

    async load() {
        const { campaignId, partnerId, contactId, callId, appointmentId, values } = this.props;
        this.moving = Boolean(appointmentId);
        this.form = await this.call("get_booking_form", [], {
            campaign_id: campaignId || false,
            partner_id: partnerId || false,
            contact_id: contactId || false,
            call_id: callId || false,
        });
        Object.assign(this.state.customer, this.form.customer);
        for (const [name, value] of Object.entries(values || {})) {
            if (value && name in this.state.customer) {
                this.state.customer[name] = value;
            }
        }
        if (!values?.latitude) {
            this.place();
        }
        await this.look();
    }

    /** Whoever is to be met elsewhere is not where the customer's record says. */
    place() {
        const { customer } = this.state;
        const there = isAt(this.form.customer, customer);
        customer.latitude = there ? this.form.customer.latitude : "";
        customer.longitude = there ? this.form.customer.longitude : "";
    }

    onAddress(name, value) {
        this.state.customer[name] = value;
        this.place();
        this.lookSoon();
    }

    /** The time that is chosen stays as long as the place does. */
    lookElsewhere() {
        const { city, latitude } = this.state.customer;
        if (this.looked.city !== city || this.looked.latitude !== latitude) {
            return this.look();
        }
    }

    get title() {
        return this.moving ? _t("Another Time") : _t("New Appointment");
    }

    async look() {
        const { city, latitude, longitude } = this.state.customer;
        this.looked = { city, latitude };
        const now = Date.now() / 1000;
        const start = this.state.week ? now + this.state.week * WEEK : false;
        const { slots, problem } = await this.last.add(
            this.call("get_slots", [
                {
                    campaign_id: this.form.campaign_id,
                    appointment_id: this.props.appointmentId || false,
                    zone_id: this.state.zoneId,
                    skill_ids: this.state.skillIds,
                    city,
                    latitude,
                    longitude,
                    start,
                    end: now + (this.state.week + 1) * WEEK,
                },
            ])
        );
        Object.assign(this.state, { slots, problem: problem || "", chosen: null });
    }

    turn(weeks) {
        this.state.week = Math.max(0, this.state.week + weeks);
        return this.look();
    }

    setZone(event) {
        this.state.zoneId = Number(event.target.value);
        return this.look();
    }

    toggleSkill(id) {
        const { skillIds } = this.state;
        this.state.skillIds = skillIds.includes(id)
            ? skillIds.filter((one) => one !== id)
            : [...skillIds, id];
        return this.look();
    }

    time(seconds) {
        return DateTime.fromSeconds(seconds, { zone: this.form.tz }).toFormat("HH:mm");
    }

    /** By day and time; whoever makes the smallest detour is proposed first. */
    get days() {
        const days = new Map();
        for (const slot of this.state.slots) {
            const at = DateTime.fromSeconds(slot.start, { zone: this.form.tz });
            const key = at.toISODate();
            if (!days.has(key)) {
                days.set(key, { key, label: at.toFormat("cccc d LLLL"), times: new Map() });
            }
            const { times } = days.get(key);
            if (!times.has(slot.start)) {
                times.set(slot.start, []);
            }
            times.get(slot.start).push(slot);
        }
        return [...days.values()].map((day) => ({ ...day, times: [...day.times.values()] }));
    }

    distance({ kilometres }) {
        return kilometres === null ? "" : _t("%s km", Math.round(kilometres));
    }

    choose(slot) {
        this.state.chosen = slot;
    }

    /** Sellers free at the chosen time. */
    get rivals() {
        const { chosen, slots } = this.state;
        return chosen ? slots.filter((slot) => slot.start === chosen.start) : [];
    }

    get ready() {
        const { chosen, customer, busy } = this.state;
        return chosen && !busy && (this.moving || customer.customer_name.trim());
    }

    async book() {
        const { chosen, customer, subject, note } = this.state;
        this.state.busy = true;
        try {
            let booked;
            if (this.moving) {
                await this.call("move", [
                    [this.props.appointmentId],
                    chosen.seller_id,
                    chosen.start,
                ]);
                booked = { id: this.props.appointmentId, ...chosen };
            } else {
                booked = await this.call("book", [
                    {
                        ...customer,
                        campaign_id: this.form.campaign_id,
                        partner_id: this.props.partnerId || false,
                        contact_id: this.props.contactId || false,
                        call_id: this.props.callId || false,
                        zone_id: this.state.zoneId,
                        skill_ids: this.state.skillIds,
                        subject,
                        note,
                    },
                    chosen.seller_id,
                    chosen.start,
                ]);
            }
            this.notification.add(
                _t("Agreed: %(time)s with %(seller)s", {
                    time: DateTime.fromSeconds(chosen.start, { zone: this.form.tz }).toFormat(
                        "ccc d LLL HH:mm"
                    ),
                    seller: chosen.seller,
                }),
                { type: "success" }
            );
            this.props.onBooked?.(booked);
            this.props.close();
        } catch (error) {
            if (!error.data) {
                throw error;
            }
            // Taken meanwhile, most of the time: what is free now is shown
            await this.look();
            this.state.problem = error.data.message;
        } finally {
            this.state.busy = false;
        }
    }
}

/** As an action: of a menu, or of an appointment's form. */
function openAppointmentDialog(env, action) {
    return new Promise((resolve) => {
        env.services.dialog.add(
            AppointmentDialog,
            {
                appointmentId: action.params?.appointment_id || false,
                campaignId: action.params?.campaign_id || false,
                partnerId: action.params?.partner_id || false,
            },
            { onClose: () => resolve({ type: "ir.actions.client", tag: "soft_reload" }) }
        );
    });
}

registry.category("actions").add("telecom_callcenter.appointment_dialog", openAppointmentDialog);
