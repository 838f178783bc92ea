import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { animationFrame, waitFor } from "@odoo/hoot-dom";
import { advanceTime, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    makeMockEnv,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { AppointmentDialog } from "@telecom_callcenter/appointment/appointment_dialog";

describe.current.tags("desktop");
defineMailModels();

beforeEach(() => mockDate("1970-01-01 00:16:40", 0));

const hook = (name) => `[data-telecom='${name}']`;
const SLOT = { seller_id: 4, seller: "Brice", start: 90000, end: 93600, kilometres: 3.2 };
const AWA = {
    customer_name: "Awa Kpossou",
    number: "+2290197000011",
    email: "",
    street: "Rue 12",
    city: "Cotonou",
    latitude: 6.3654,
    longitude: 2.4183,
};

/** The dialog; `calls`: [method, arguments] of what it asked the server. */
async function openDialog(props, customer = AWA) {
    const calls = [];
    const answer = (method, value) =>
        onRpc("telecom.appointment", method, ({ args }) => {
            calls.push([method, args]);
            return value;
        });
    answer("get_booking_form", { campaign_id: 8, tz: "UTC", customer, zones: [], skills: [] });
    answer("get_slots", { slots: [SLOT], problem: false });
    answer("book", { id: 1, name: "Awa", ...SLOT });
    answer("move", true);
    await makeMockEnv();
    await mountWithCleanup(MainComponentsContainer);
    getService("dialog").add(AppointmentDialog, props);
    await waitFor(hook("appointment-dialog"));
    await animationFrame();
    return calls;
}

const looked = (calls) =>
    calls
        .filter(([method]) => method === "get_slots")
        .map(([, [{ city, latitude }]]) => [city, latitude]);

test("of another town, the customer's position says nothing", async () => {
    const calls = await openDialog({ partnerId: 7 });
    expect(looked(calls)).toEqual([["Cotonou", 6.3654]]);
    await contains(hook("appointment-city")).edit("Parakou");
    await advanceTime(1000);
    expect(looked(calls).at(-1)).toEqual(["Parakou", ""]);
    await contains(hook("appointment-slot")).click();
    await contains(hook("appointment-book")).click();
    await animationFrame();
    const [, [booked]] = calls.find(([method]) => method === "book");
    expect([booked.city, booked.latitude, booked.longitude]).toEqual(["Parakou", "", ""]);
});

test("more words for the way are the same place, and keep the chosen time", async () => {
    const calls = await openDialog({ partnerId: 7 });
    await contains(hook("appointment-slot")).click();
    await contains(hook("appointment-street")).edit("Rue 12, portail bleu");
    await advanceTime(1000);
    expect(looked(calls)).toHaveLength(1);
    expect(`${hook("appointment-book")}:enabled`).toHaveCount(1);
    await contains(hook("appointment-street")).edit("Rue 40");
    await advanceTime(1000);
    expect(looked(calls).at(-1)).toEqual(["Cotonou", ""]);
    // As it was
    await contains(hook("appointment-street")).edit("Rue 12");
    await advanceTime(1000);
    expect(looked(calls).at(-1)).toEqual(["Cotonou", 6.3654]);
});

test("another time and seller are agreed at once", async () => {
    const calls = await openDialog({ appointmentId: 5 }, {});
    await contains(hook("appointment-slot")).click();
    await contains(hook("appointment-book")).click();
    await animationFrame();
    expect(calls.at(-1)).toEqual(["move", [[5], 4, 90000]]);
});
