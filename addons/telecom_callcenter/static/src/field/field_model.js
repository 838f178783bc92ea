/** What the field seller's app decides, without browser and network. */

const { DateTime } = luxon;

/** A key of an entry: sent again after a lost answer, it is the same entry. */
export function makeKey() {
    const numbers = crypto.getRandomValues(new Uint32Array(4));
    return [...numbers].map((one) => one.toString(16).padStart(8, "0")).join("");
}

/**
 * The day as it will be once everything that waits has been sent.
 *
 * @param {Object[]} appointments as the server knows them
 * @param {Object[]} entries that wait, in order
 * @returns {Object[]} in order of time; `waiting` tells those that are not sent yet
 */
export function applyEntries(appointments, entries) {
    const byId = new Map(appointments.map((one) => [one.id, { ...one, waiting: false }]));
    for (const { key, kind, data, state } of entries) {
        if (state === "refused") {
            continue;
        }
        if (kind === "appointment") {
            byId.set(key, {
                id: key,
                name: data.customer_name,
                state: "planned",
                start: data.start,
                minutes: data.minutes || 60,
                number: data.number || "",
                number_display: data.number || "",
                address: [data.street, data.city].filter(Boolean).join(", "),
                city: data.city || "",
                place: false,
                subject: data.subject || "",
                note: data.note || "",
                report: "",
                campaign_id: data.campaign_id || false,
                partner_id: data.partner_id || false,
                photos: 0,
                card: false,
                waiting: true,
            });
            continue;
        }
        const one = byId.get(data.appointment_key || data.appointment_id);
        if (!one) {
            continue;
        }
        one.waiting = true;
        if (kind === "result") {
            one.state = data.state;
            one.report = data.report || one.report;
            one.disposition_id = data.disposition_id || one.disposition_id;
        } else if (kind === "move") {
            one.start = data.start;
            one.state = "planned";
        } else if (kind === "photo") {
            one.photos += 1;
        } else if (kind === "signature") {
            one.signed_by = data.signed_by;
        }
    }
    return [...byId.values()].sort((one, other) => one.start - other.start);
}

/**
 * What is sent with one request: photos are large, and one at a time gets through a bad
 * network.
 *
 * @param {Object[]} entries that wait, in order
 */
export function nextBatch(entries, most = 20) {
    const picture = entries.findIndex((entry) => entry.data.image);
    return entries.slice(0, picture < 0 ? most : Math.min(picture + 1, most));
}

/** Whose entry an appointment of the list is about: the server's id, or our key. */
export function reference(appointment) {
    return typeof appointment.id === "string"
        ? { appointment_key: appointment.id }
        : { appointment_id: appointment.id };
}

/**
 * Duty and consent once everything that waits has been sent.
 *
 * @param {{consent: boolean, asked: boolean, duty_since: number|false, located: boolean}} seller
 * @param {Object[]} entries that wait, in order
 */
export function applyDuty(seller, entries) {
    const { consent, asked, duty_since, located } = seller;
    const duty = { consent, asked, since: duty_since, located };
    for (const { kind, at, data, state } of entries) {
        if (state === "refused") {
            continue;
        }
        if (kind === "consent") {
            duty.consent = data.granted;
            duty.asked = true;
            duty.located = duty.located && data.granted;
        } else if (kind === "duty_start" && !duty.since) {
            duty.since = at;
            duty.located = duty.consent;
        } else if (kind === "duty_end") {
            duty.since = false;
            duty.located = false;
        }
    }
    return duty;
}

/** Metres between two places along the sphere (haversine). */
export function metres([latitude, longitude], [otherLatitude, otherLongitude]) {
    const radians = (degrees) => (degrees * Math.PI) / 180;
    const north = Math.sin(radians(otherLatitude - latitude) / 2);
    const east = Math.sin(radians(otherLongitude - longitude) / 2);
    const chord =
        north * north +
        Math.cos(radians(latitude)) * Math.cos(radians(otherLatitude)) * east * east;
    return 2 * 6371008.8 * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/**
 * Whether a position is worth keeping: after a minute, or 100 m away. Batteries and
 * the network are the seller's.
 */
export function worthKeeping(last, point) {
    if (!last) {
        return true;
    }
    const [at, ...place] = point;
    const [lastAt, ...lastPlace] = last;
    return (
        at - lastAt >= 60 ||
        (at - lastAt >= 10 && metres(place.slice(0, 2), lastPlace.slice(0, 2)) >= 100)
    );
}

/**
 * The next time of a seller that nothing else fills, on the half hour.
 *
 * @param {number[][]} free working time without what the calendar holds, in order
 * @param {Object[]} appointments that the telephone knows, sent or not
 * @param {number} after epoch seconds
 * @param {number} minutes how long it takes
 * @returns {number} epoch seconds; the next half hour where no working time is known
 */
export function nextFree(free, appointments, after, minutes) {
    const step = 1800;
    const round = (at) => Math.ceil(at / step) * step;
    const busy = appointments.filter(({ state }) => state === "planned");
    const meets = (from, to) =>
        busy.some((one) => one.start < to && from < one.start + one.minutes * 60);
    for (const [start, end] of free || []) {
        for (let at = round(Math.max(start, after)); at + minutes * 60 <= end; at += step) {
            if (!meets(at, at + minutes * 60)) {
                return at;
            }
        }
    }
    return round(after);
}

/** The days of the app, today first. */
export function daysOf(now, tz, count = 7) {
    const today = DateTime.fromSeconds(now, { zone: tz }).startOf("day");
    return [...Array(count).keys()].map((days) => {
        const day = today.plus({ days });
        return { key: day.toISODate(), start: day.toSeconds(), label: day.toFormat("ccc d") };
    });
}

/** @returns {string} date as 2026-11-21 in the seller's time zone */
export function dayOf(seconds, tz) {
    return DateTime.fromSeconds(seconds, { zone: tz }).toISODate();
}

/** @returns {string} time as 08:30 in the seller's time zone */
export function timeOf(seconds, tz) {
    return DateTime.fromSeconds(seconds, { zone: tz }).toFormat("HH:mm");
}

/** Where the telephone's own maps show the way to a customer. */
export function routeUrl({ place, address }, agent = navigator.userAgent) {
    const target = place ? place.join(",") : address;
    if (!target) {
        return "";
    }
    const words = encodeURIComponent(target);
    if (/iPhone|iPad|Macintosh/.test(agent)) {
        return `https://maps.apple.com/?daddr=${words}`;
    }
    if (/Android/.test(agent)) {
        return `geo:${place ? place.join(",") : "0,0"}?q=${words}`;
    }
    return place
        ? `https://www.openstreetmap.org/directions?to=${words}`
        : `https://www.openstreetmap.org/search?query=${words}`;
}
