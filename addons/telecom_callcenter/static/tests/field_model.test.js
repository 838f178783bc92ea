import { describe, expect, test } from "@odoo/hoot";
import {
    applyDuty,
    applyEntries,
    dayOf,
    makeKey,
    metres,
    nextBatch,
    nextFree,
    reference,
    routeUrl,
    timeOf,
    worthKeeping,
} from "@telecom_callcenter/field/field_model";

describe.current.tags("headless");

const AWA = { id: 7, name: "Awa", state: "planned", start: 2000, photos: 0 };
const entry = (kind, data, more = {}) => ({ key: `k-${kind}`, kind, at: 50, data, ...more });

test("the day shows what waits to be sent", () => {
    const [bio, awa] = applyEntries(
        [AWA],
        [
            entry("appointment", { customer_name: "Bio", start: 1000, city: "Cotonou" }),
            entry("result", { appointment_id: 7, state: "done", report: "Vendu" }),
            entry("photo", { appointment_id: 7, image: "x" }),
            entry("photo", { appointment_key: "k-appointment", image: "x" }),
        ]
    );
    expect(bio.name).toBe("Bio");
    expect(bio.id).toBe("k-appointment");
    expect(bio.address).toBe("Cotonou");
    expect(bio.photos).toBe(1);
    expect(awa.state).toBe("done");
    expect(awa.report).toBe("Vendu");
    expect(awa.waiting).toBe(true);
    expect(AWA.state).toBe("planned");
    expect(reference(bio)).toEqual({ appointment_key: "k-appointment" });
    expect(reference(awa)).toEqual({ appointment_id: 7 });
});

test("what was refused changes nothing", () => {
    const [awa] = applyEntries(
        [AWA],
        [
            entry("result", { appointment_id: 7, state: "done" }, { state: "refused" }),
            entry("move", { appointment_id: 99, start: 1 }),
        ]
    );
    expect(awa.state).toBe("planned");
    expect(awa.waiting).toBe(false);
});

test("duty and consent, sent or not", () => {
    const seller = { consent: false, asked: false, duty_since: false, located: false };
    const agreed = [entry("consent", { granted: true }), entry("duty_start", {})];
    expect(applyDuty(seller, [])).toEqual({
        consent: false,
        asked: false,
        since: false,
        located: false,
    });
    expect(applyDuty(seller, agreed)).toEqual({
        consent: true,
        asked: true,
        since: 50,
        located: true,
    });
    expect(applyDuty(seller, [entry("duty_start", {})]).located).toBe(false);
    const on = { consent: true, asked: true, duty_since: 10, located: true };
    expect(applyDuty(on, [entry("consent", { granted: false })])).toEqual({
        consent: false,
        asked: true,
        since: 10,
        located: false,
    });
    expect(applyDuty(on, [entry("duty_end", {})]).since).toBe(false);
});

test("photos are sent one at a time, in order", () => {
    const small = entry("result", {});
    const photo = entry("photo", { image: "x" });
    expect(nextBatch([small, small])).toHaveLength(2);
    expect(nextBatch([small, photo, photo])).toHaveLength(2);
    expect(nextBatch([photo, small])).toHaveLength(1);
    expect(nextBatch(Array(30).fill(small))).toHaveLength(20);
    expect(nextBatch([...Array(25).fill(small), photo])).toHaveLength(20);
});

test("positions worth keeping", () => {
    const last = [1000, 6.3654, 2.4183, 5];
    expect(worthKeeping(null, last)).toBe(true);
    expect(worthKeeping(last, [1030, 6.3655, 2.4183, 5])).toBe(false);
    expect(worthKeeping(last, [1060, 6.3654, 2.4183, 5])).toBe(true);
    expect(worthKeeping(last, [1015, 6.3754, 2.4183, 5])).toBe(true);
    expect(Math.round(metres([6.3654, 2.4183], [6.4554, 2.4183]) / 100)).toBe(100);
});

test("the way to a customer, in the telephone's own maps", () => {
    const place = { place: [6.3, 2.4], address: "Cotonou" };
    expect(routeUrl(place, "Linux; Android 14")).toBe("geo:6.3,2.4?q=6.3%2C2.4");
    expect(routeUrl(place, "iPhone")).toBe("https://maps.apple.com/?daddr=6.3%2C2.4");
    expect(routeUrl({ place: false, address: "Rue 12, Cotonou" }, "Android")).toBe(
        "geo:0,0?q=Rue%2012%2C%20Cotonou"
    );
    expect(routeUrl(place, "X11; Linux")).toInclude("openstreetmap");
    expect(routeUrl({ place: false, address: "" }, "X11")).toBe("");
});

test("times are the seller's, wherever the telephone believes to be", () => {
    const evening = Date.UTC(2030, 0, 7, 23, 30) / 1000;
    expect(dayOf(evening, "Africa/Porto-Novo")).toBe("2030-01-08");
    expect(timeOf(evening, "Africa/Porto-Novo")).toBe("00:30");
    expect(makeKey()).toHaveLength(32);
    expect(makeKey()).not.toBe(makeKey());
});

test("a new appointment is proposed in the next free working time", () => {
    const hour = 3600;
    const night = 1_893_461_400; // 2030-01-01 01:30 UTC
    const free = [
        [night + 6.5 * hour, night + 8 * hour],
        [night + 9.5 * hour, night + 16 * hour],
    ];
    const one = { state: "planned", start: night + 6.5 * hour, minutes: 60 };
    expect(nextFree(free, [], night, 60)).toBe(night + 6.5 * hour);
    // What the telephone has not sent yet fills its time too, what is over does not
    expect(nextFree(free, [one], night, 60)).toBe(night + 9.5 * hour);
    expect(nextFree(free, [one], night, 30)).toBe(night + 7.5 * hour);
    expect(nextFree(free, [{ ...one, state: "missed" }], night, 60)).toBe(night + 6.5 * hour);
    expect(nextFree(free, [], night + 7.2 * hour, 60)).toBe(night + 9.5 * hour);
    // No working time is known: the next half hour
    expect(nextFree(undefined, [], night + 60, 60)).toBe(night + 1800);
});
