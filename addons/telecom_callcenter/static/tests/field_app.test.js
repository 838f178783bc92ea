import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { waitFor } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { FieldApp } from "@telecom_callcenter/field/field_app";

describe.current.tags("desktop");
defineMailModels();

beforeEach(() => mockDate("2030-01-07 09:00:00", 0));

const hook = (name) => `[data-telecom='${name}']`;
const NOW = Date.UTC(2030, 0, 7, 9) / 1000;

/** The page of an appointment, of a day that the server gives. */
async function openAppointment(one = {}, day = {}) {
    const appointment = {
        id: 5,
        name: "Bio Chabi",
        state: "planned",
        start: NOW + 3600,
        minutes: 60,
        number: "+2290197000009",
        number_display: "01 97 00 00 09",
        address: "Parakou",
        place: false,
        report: "",
        campaign_id: false,
        partner_id: false,
        photos: 0,
        card: false,
        ...one,
    };
    onRpc("telecom.field.app", "get_day", () => ({
        now: NOW,
        tz: "UTC",
        company: { id: 1, name: "Mono", position_days: 30 },
        seller: { id: 4, name: "Brice", consent: false, asked: true, duty_since: false },
        appointments: [appointment],
        campaigns: [],
        free: [],
        actions: [{ code: "quote", name: "Quote or Sale" }],
        called_back: true,
        ...day,
    }));
    await mountWithCleanup(FieldApp, {
        props: {
            action: { type: "ir.actions.client", tag: "x", params: {} },
            actionId: 1,
            updateActionState: () => {},
            className: "",
        },
    });
    await waitFor(hook("field-card"));
    await contains(hook("field-card")).click();
}

test("a prospect is offered something too", async () => {
    await openAppointment();
    expect(hook("field-action-quote")).toHaveCount(1);
});

test("one without a result says of which day it is", async () => {
    await openAppointment({ start: NOW - 3 * 86400 });
    await contains(hook("field-back")).click();
    expect(hook("field-late")).toHaveText(/4 Jan/);
});

test("a call is promised where there is somebody to make it", async () => {
    await openAppointment();
    await contains(hook("field-missed")).click();
    expect(hook("field-called-back")).toHaveText("The contact centre calls the customer back.");
});

test("no call is promised where nobody makes it", async () => {
    await openAppointment({}, { called_back: false });
    await contains(hook("field-missed")).click();
    expect(hook("field-called-back")).toHaveText(/Nobody calls/);
});

test("no call is promised without a number", async () => {
    await openAppointment({ number: "" });
    await contains(hook("field-refuse")).click();
    expect(hook("field-called-back")).toHaveText(/Nobody calls/);
});
