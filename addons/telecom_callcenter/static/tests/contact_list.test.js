import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { animationFrame, press, queryAllTexts, waitFor } from "@odoo/hoot-dom";
import { advanceTime, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    makeMockEnv,
    mountWithCleanup,
} from "@web/../tests/web_test_helpers";
import { DeskAction } from "@telecom_callcenter/desk/desk_action";
import { asked, makeContact, mockDeskServer } from "./desk_test_helpers";

describe.current.tags("desktop");
defineMailModels();

beforeEach(() => mockDate("1970-01-01 00:16:40", 0));

const hook = (name) => `[data-telecom='${name}']`;
const CAMPAIGNS = [
    { id: 8, name: "Renewals", company_id: 1, company: "Mono", mode: "manual", waiting: 3 },
    { id: 9, name: "Fibre", company_id: 1, company: "Mono", mode: "preview", waiting: 3 },
];

function makeRow(changes = {}) {
    return {
        id: 31,
        name: "Afi Dossou",
        number_display: "01 97 00 00 11",
        city: "Cotonou",
        attempts: 0,
        last_attempt_at: false,
        last_status: false,
        next_at: 900,
        priority: 0,
        own: false,
        callback: false,
        ...changes,
    };
}

const ROWS = [
    makeRow({ id: 30, name: "Sena", callback: { due_at: 950, personal: true, note: "Offer" } }),
    makeRow(),
    makeRow({ id: 32, name: "Koffi", city: false, attempts: 2, last_status: "Busy" }),
];

async function mountList(changes = {}) {
    const server = mockDeskServer();
    server.answers.get_contact_work = () => ({ campaigns: CAMPAIGNS, contact: false });
    server.answers.get_contact_list = () => ({ rows: ROWS, more: false });
    server.answers.take_contact = (id) => makeContact({ id, mode: "manual", script: false });
    Object.assign(server.answers, changes);
    await makeMockEnv({ config: { setDisplayName: () => {} } });
    await mountWithCleanup(DeskAction, {
        props: {
            action: { type: "ir.actions.client", tag: "x", params: {} },
            actionId: 1,
            updateActionState: () => {},
            className: "",
        },
    });
    await waitFor(hook("contact-list"));
    await animationFrame();
    return server;
}

const wanted = (server) =>
    asked(server, "get_contact_list").map(({ args, kwargs }) => [
        args[0],
        kwargs.search,
        kwargs.kind,
        kwargs.order,
    ]);

test("the list of a manual campaign: promises on top, what was before", async () => {
    const server = await mountList();
    expect(queryAllTexts(`${hook("list-row")} .o_telecom_row_title`)).toEqual([
        "Sena",
        "Afi Dossou",
        "Koffi",
    ]);
    expect(".o_telecom_list_promise").toHaveCount(1);
    expect(".o_telecom_list_when").toHaveText(/Your callback: .*Offer/);
    expect(queryAllTexts(".o_telecom_list_history")).toEqual([
        "Not called yet",
        "Not called yet",
        "Called 2 times · Busy",
    ]);
    expect(wanted(server)).toEqual([[8, "", "all", "priority"]]);
    // Only manual campaigns have one
    expect(hook("list-campaign")).toHaveCount(0);
});

test("arrows choose, Enter takes and dials", async () => {
    const server = await mountList();
    await contains(hook("list-search")).click();
    await press("ArrowDown");
    await animationFrame();
    expect(`${hook("list-row")}[aria-selected='true']`).toHaveText(/Afi Dossou/);
    await press("Enter");
    await waitFor(hook("contact"));
    await animationFrame();
    expect(asked(server, "take_contact").map(({ args }) => args)).toEqual([[31]]);
    expect(asked(server, "dial_contact").map(({ args }) => args)).toEqual([[31, false]]);
});

test("Shift+Enter shows the record and dials nothing", async () => {
    const server = await mountList();
    await contains(hook("list-search")).click();
    await press(["Shift", "Enter"]);
    await waitFor(hook("contact"));
    expect(asked(server, "take_contact").map(({ args }) => args)).toEqual([[30]]);
    expect(asked(server, "dial_contact")).toEqual([]);
});

test("one click dials", async () => {
    const server = await mountList();
    await contains(`${hook("list-dial")}:eq(2)`).click();
    await waitFor(hook("contact"));
    await animationFrame();
    expect(asked(server, "dial_contact").map(({ args }) => args)).toEqual([[32, false]]);
});

test("who was found is dialled, never a row of the search before", async () => {
    const answer = {
        get_contact_list: () => ({ rows: ROWS, more: false }),
    };
    const server = await mountList(answer);
    server.answers.get_contact_list = () => ({ rows: [ROWS[2]], more: false });
    await contains(hook("list-search")).edit("kof", { confirm: false });
    // What was typed was not looked for yet
    await press("Enter");
    await animationFrame();
    expect(asked(server, "take_contact")).toEqual([]);
    await advanceTime(300);
    await animationFrame();
    expect(hook("list-row")).toHaveCount(1);
    expect(wanted(server).at(-1)).toEqual([8, "kof", "all", "priority"]);
    await press("Enter");
    await waitFor(hook("contact"));
    expect(asked(server, "take_contact").map(({ args }) => args)).toEqual([[32]]);
});

test("filter and order are asked for, and survive the call", async () => {
    const server = await mountList();
    await contains(hook("list-kind")).select("new");
    await contains(hook("list-order")).select("name");
    expect(wanted(server).at(-1)).toEqual([8, "", "new", "name"]);
    const desk = getService("telecom_desk");
    desk.showContact(makeContact({ script: false }));
    await animationFrame();
    expect(hook("contact-list")).toHaveCount(0);
    desk.showContact(false);
    await waitFor(hook("contact-list"));
    expect(wanted(server).at(-1)).toEqual([8, "", "new", "name"]);
});

test("a colleague was quicker: told, and the list is read again", async () => {
    const server = await mountList();
    const desk = getService("telecom_desk");
    const before = asked(server, "get_contact_list").length;
    desk.takeContact = () => Promise.resolve(false);
    await contains(`${hook("list-dial")}:eq(0)`).click();
    await animationFrame();
    expect(asked(server, "get_contact_list").length).toBe(before + 1);
    expect(asked(server, "dial_contact")).toEqual([]);
});

test("nobody fits, and more are shown when wanted", async () => {
    const server = await mountList();
    server.answers.get_contact_list = () => ({ rows: [], more: false });
    await contains(hook("list-kind")).select("callback");
    expect(hook("list-empty")).toHaveText("Nobody in the list fits.");
    server.answers.get_contact_list = () => ({ rows: ROWS, more: true });
    await contains(hook("list-kind")).select("all");
    await contains(hook("list-more")).click();
    expect(asked(server, "get_contact_list").at(-1).kwargs.limit).toBe(80);
});

test("who is not logged in dials nobody", async () => {
    const server = await mountList();
    const desk = getService("telecom_desk");
    desk.apply({ ...desk.state, presence: "offline", now: 5000 });
    await animationFrame();
    expect(`${hook("list-dial")}:disabled`).toHaveCount(3);
    await contains(hook("list-search")).click();
    await press("Enter");
    expect(asked(server, "take_contact")).toEqual([]);
});
