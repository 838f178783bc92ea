import { Deferred, beforeEach, describe, expect, test } from "@odoo/hoot";
import { animationFrame, waitFor } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    makeMockEnv,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { DeskAction } from "@telecom_callcenter/desk/desk_action";
import {
    asked,
    makeBlock,
    makeCall,
    makeCard,
    makeScript,
    makeWrapup,
    mockDeskServer,
} from "./desk_test_helpers";

describe.current.tags("desktop");
defineMailModels();

beforeEach(() => mockDate("1970-01-01 00:16:40", 0));

const hook = (name) => `[data-telecom='${name}']`;
const CONTACT = {
    id: 31,
    name: "Afi Dossou",
    number: "+2290197000011",
    email: "afi@example.com",
    city: "Cotonou",
    partner_id: false,
};

/** A desk in a call whose script has one button. */
async function mountButton(block, { call = {}, card = {}, contact = CONTACT } = {}) {
    const state = {
        activity: "talking",
        call: makeCall({ state: "talking", direction: "outbound", ...call }),
    };
    const server = mockDeskServer({ state });
    server.card = makeCard({ call: state.call, ...card });
    const page = {
        key: "1",
        name: "Welcome",
        next: "end",
        blocks: [makeBlock({ key: "41", kind: "action", text: "Do it", ...block })],
    };
    server.answers.get_script = () =>
        makeScript({
            script: { ...makeScript().script, pages: [page] },
            contact,
        });
    await makeMockEnv({ config: { setDisplayName: () => {} } });
    await mountWithCleanup(DeskAction, {
        props: {
            action: { type: "ir.actions.client", tag: "x", params: {} },
            actionId: 1,
            updateActionState: () => {},
            className: "",
        },
    });
    await waitFor(hook("script-action"));
    return server;
}

/** Forms that buttons open over the desk. */
function watchForms() {
    const opened = [];
    mockService("action", {
        doAction(action, { additionalContext } = {}) {
            const defaults = Object.entries(additionalContext).filter(([name]) =>
                name.startsWith("default_")
            );
            opened.push({
                model: action.res_model,
                target: action.target,
                companies: additionalContext.allowed_company_ids,
                values: Object.fromEntries(defaults.map(([n, v]) => [n.slice(8), v])),
            });
            return true;
        },
    });
    return opened;
}

const done = `${hook("script-action")} .fa-check`;

test("a text message is sent once, and the button says so", async () => {
    const server = await mountButton({ action: "message", message: "Hello" });
    server.answers.send_script_message = () => true;
    onRpc("telecom.desk", "send_script_message", ({ args, kwargs }) => {
        server.calls.push({ method: "send_script_message", args, kwargs });
        return true;
    });
    await contains(hook("script-action")).click();
    expect(asked(server, "send_script_message").map(({ args }) => args)).toEqual([[77, 41]]);
    expect(asked(server, "send_script_message")[0].kwargs.context.allowed_company_ids).toEqual([1]);
    await waitFor(done);
    expect(".o_notification").toHaveCount(1);
});

test("a button waits for the answers given before it", async () => {
    await mountButton({ action: "message", message: "Hello" });
    const sent = [];
    const arrived = new Deferred();
    onRpc("telecom.desk", "answer_script", async ({ args }) => {
        sent.push(args[2]);
        await arrived;
        return true;
    });
    onRpc("telecom.desk", "send_script_message", () => sent.push("message"));
    const desk = getService("telecom_desk");
    // She changes her mind while the first answer is under way
    desk.answerScript({ key: "13" }, "131");
    desk.answerScript({ key: "13" }, "132");
    await contains(hook("script-action")).click();
    await animationFrame();
    expect(sent).toEqual(["131"]);
    arrived.resolve();
    await waitFor(done);
    expect(sent).toEqual(["131", "132", "message"]);
    expect(desk.scriptAnswers[13]).toBe("132");
});

test("a text message that is refused is told, and not done", async () => {
    await mountButton({ action: "message", message: "Hello" });
    const desk = getService("telecom_desk");
    desk.sendScriptMessage = () => {
        desk.warn("The customer refuses text messages.");
        return Promise.resolve(false);
    };
    await contains(hook("script-action")).click();
    await waitFor(".o_notification:contains(refuses)");
    expect(done).toHaveCount(0);
});

test("a callback is promised: the wrap-up asks when", async () => {
    const server = await mountButton({ action: "callback" });
    server.wrapup = makeWrapup({ state: "draft" });
    const desk = getService("telecom_desk");
    await contains(hook("script-action")).click();
    expect(desk.draft.callback.personal).toBe(true);
    expect(desk.draft.callback.due_at).toBeGreaterThan(desk.now);
    await waitFor(done);
});

test("a status is chosen; one the campaign does not have is told", async () => {
    await mountButton({ action: "status", disposition_code: "UP" });
    const desk = getService("telecom_desk");
    await waitFor(hook("disposition"));
    await contains(hook("script-action")).click();
    expect(desk.draft.disposition_id).toBe(2);
    await waitFor(done);
    desk.form.dispositions = [];
    desk.edit({ disposition_id: false });
    await contains(hook("script-action")).click();
    await waitFor(".o_notification:contains(no such status)");
    expect(desk.draft.disposition_id).toBe(false);
});

test("a claim is opened for the call's customer, in the call's company", async () => {
    const opened = watchForms();
    await mountButton({ action: "claim" });
    await contains(hook("script-action")).click();
    expect(opened).toEqual([
        {
            model: "helpdesk.ticket",
            target: "new",
            companies: [1],
            values: { company_id: 1, partner_id: 5, telecom_call_id: 77 },
        },
    ]);
});

test("no claim before somebody says which customer it is", async () => {
    const opened = watchForms();
    await mountButton({ action: "claim" }, { card: { matches: [] } });
    await contains(hook("script-action")).click();
    await waitFor(".o_notification:contains(which customer)");
    expect(opened).toEqual([]);
    expect(done).toHaveCount(0);
});

test("a prospect takes over what is known of the contact", async () => {
    const opened = watchForms();
    await mountButton({ action: "prospect" }, { card: { matches: [] } });
    await contains(hook("script-action")).click();
    expect(opened.map(({ model }) => model)).toEqual(["crm.lead"]);
    expect(opened[0].values).toInclude(["phone", "+2290197000011"]);
    expect(opened[0].values).toInclude(["email_from", "afi@example.com"]);
});

test("an appointment is booked for the contact, with the call", async () => {
    const slot = { seller_id: 4, seller: "Brice", start: 90000, end: 93600, kilometres: 3.2 };
    const booked = [];
    onRpc("telecom.appointment", "get_booking_form", ({ kwargs }) => {
        expect(kwargs).toInclude(["contact_id", 31]);
        expect(kwargs.context.allowed_company_ids).toEqual([1]);
        return {
            campaign_id: 8,
            tz: "Africa/Porto-Novo",
            customer: {
                customer_name: "Afi Dossou",
                number: "",
                street: "",
                city: "Cotonou",
                latitude: 0,
                longitude: 0,
            },
            zones: [],
            skills: [],
        };
    });
    onRpc("telecom.appointment", "get_slots", () => ({ slots: [slot], problem: false }));
    onRpc("telecom.appointment", "book", ({ args }) => {
        booked.push(args);
        return { id: 1, name: "Afi", ...slot };
    });
    await mountButton({ action: "appointment" });
    await contains(hook("script-action")).click();
    await waitFor(hook("appointment-dialog"));
    await animationFrame();
    await contains(hook("appointment-slot")).click();
    await contains(hook("appointment-book")).click();
    await animationFrame();
    expect(booked.length).toBe(1);
    const [values, seller, start] = booked[0];
    expect([seller, start]).toEqual([4, 90000]);
    expect(values).toInclude(["contact_id", 31]);
    expect(values).toInclude(["call_id", 77]);
    expect(values).toInclude(["number", "+2290197000011"]);
    expect(hook("appointment-dialog")).toHaveCount(0);
});

test("before the call, buttons that need it wait", async () => {
    const server = mockDeskServer();
    const pages = [
        {
            key: "1",
            name: "Welcome",
            next: "end",
            blocks: ["message", "appointment", "claim", "callback", "link"].map((action, index) =>
                makeBlock({ key: String(50 + index), kind: "action", text: action, action })
            ),
        },
    ];
    server.answers.get_contact_work = () => ({
        campaigns: [],
        contact: {
            id: 31,
            name: "Afi",
            number_display: "",
            other_numbers: [],
            properties: [],
            history: [],
            attempts: 0,
            company_id: 1,
            script: makeScript({ script: { ...makeScript().script, pages } }),
        },
    });
    await makeMockEnv({ config: { setDisplayName: () => {} } });
    await mountWithCleanup(DeskAction, {
        props: {
            action: { type: "ir.actions.client", tag: "x", params: {} },
            actionId: 1,
            updateActionState: () => {},
            className: "",
        },
    });
    await waitFor(hook("script"));
    expect(`${hook("script-action")}:disabled`).toHaveCount(4);
    expect(`${hook("script-action")}[data-action='link']:enabled`).toHaveCount(1);
});
