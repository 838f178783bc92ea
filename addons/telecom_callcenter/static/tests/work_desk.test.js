import { Deferred, beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, click, press, queryAllTexts } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    makeMockEnv,
    makeServerError,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { WorkDesk, workTime } from "@telecom_callcenter/work/work_desk";
import {
    OPERATOR,
    SCRIPT,
    asked,
    makeBlock,
    makeScript,
    mockDeskServer,
} from "./desk_test_helpers";

describe.current.tags("desktop");
defineMailModels();

beforeEach(() => mockDate("2026-11-21 10:00:00", 0));

const hook = (name, rest = "") => `[data-telecom='${name}']${rest}`;

function makeItem(changes = {}) {
    return {
        id: 5,
        name: "Contract to correct",
        reference: "D-1",
        number: false,
        number_display: false,
        email: false,
        city: "Cotonou",
        note: false,
        priority: 0,
        due_at: false,
        late: false,
        company_id: OPERATOR.id,
        company: OPERATOR.name,
        campaign_id: 8,
        campaign: "Files",
        partner_id: false,
        partner: false,
        ticket_id: false,
        ticket: false,
        properties: [{ name: "reason", label: "Reason", value: "Move" }],
        started_at: "2026-11-21 09:58:30",
        seconds_before: 0,
        last_status: false,
        last_note: false,
        dispositions: [
            {
                id: 1,
                name: "Handled",
                code: "handled",
                parent_id: false,
                leaf: true,
                shortcut: "1",
            },
            {
                id: 2,
                name: "Waiting",
                code: "waiting",
                parent_id: false,
                leaf: true,
                shortcut: "3",
            },
        ],
        script: makeScript({ held: {} }),
        answers: {},
        ...changes,
    };
}

/** The server of the page: `answers` by method; others take one item, then none. */
function mockWorkServer(answers = {}) {
    mockDeskServer({ agent: false });
    const server = { calls: [], item: false, items: [makeItem()] };
    const usual = {
        get_work: () => ({
            campaigns: [
                {
                    id: 8,
                    name: "Files",
                    company: OPERATOR.name,
                    waiting: server.items.length,
                    own: 0,
                    late: 0,
                },
            ],
            item: server.item,
        }),
        next_item: () => {
            server.item = server.items.shift() || false;
            return server.item;
        },
        close_item: () => {
            server.item = false;
            return "done";
        },
        leave_item: () => {
            server.items.push(server.item);
            server.item = false;
            return true;
        },
        answer: () => ({ target: false, values: {} }),
        keep_alive: () => server.item.started_at,
    };
    for (const method of Object.keys(usual)) {
        onRpc("telecom.work.desk", method, ({ args }) => {
            server.calls.push({ method, args });
            return (answers[method] || usual[method])(...args);
        });
    }
    return server;
}

async function mountDesk() {
    const props = {
        action: { type: "ir.actions.client", tag: "x", params: {} },
        actionId: 1,
        updateActionState: () => {},
        className: "",
    };
    await makeMockEnv({ config: { setDisplayName: () => {} } });
    const desk = await mountWithCleanup(WorkDesk, { props });
    await animationFrame();
    return desk;
}

test("times are read at a glance", () => {
    const cases = [
        [0, "00:00"],
        [-3, "00:00"],
        [59.9, "00:59"],
        [61, "01:01"],
        [3600, "1:00:00"],
        [36_061, "10:01:01"],
    ];
    for (const [seconds, text] of cases) {
        expect(workTime(seconds)).toBe(text);
    }
});

test("an item is taken once, worked on, closed, and the next one asked for", async () => {
    const slow = new Deferred();
    const server = mockWorkServer({
        next_item: async () => {
            await slow;
            server.item = server.items.shift() || false;
            return server.item;
        },
    });
    await mountDesk();
    await click(hook("work-next"));
    await click(hook("work-next"));
    slow.resolve();
    await animationFrame();
    expect(asked(server, "next_item")).toHaveLength(1);
    expect(hook("work-name")).toHaveText("Contract to correct");
    expect(hook("work-time")).toHaveText("01:30");
    expect(queryAllTexts(".o_telecom_contact_facts dd")).toEqual(["D-1", "Cotonou", "Move"]);

    // Not without a status
    await contains(hook("work-close-next")).click();
    expect(".o_telecom_work_close [role=alert]").toHaveCount(1);
    expect(asked(server, "close_item")).toHaveLength(0);

    await press("3");
    await animationFrame();
    expect(".o_telecom_chosen").toHaveText(/Waiting/);
    // A figure in the note is no status
    await contains(hook("work-note")).edit("1 letter sent", { confirm: false });
    await press(["ctrl", "enter"]);
    await animationFrame();
    expect(asked(server, "close_item").map(({ args }) => args)).toEqual([[5, 2, "1 letter sent"]]);
    expect(asked(server, "next_item").map(({ args }) => args)).toEqual([[false], [8]]);
    expect(hook("work-nothing")).toHaveCount(1);
});

test("what was answered last is there before the item is closed", async () => {
    const slow = new Deferred();
    const server = mockWorkServer({ answer: () => slow });
    await mountDesk();
    await contains(hook("work-next")).click();
    await contains(`${hook("answer-choice")}:contains(Never)`).click();
    await press("1");
    await animationFrame();
    await contains(hook("work-close")).click();
    expect(asked(server, "answer").map(({ args }) => args)).toEqual([[5, 13, "133"]]);
    expect(asked(server, "close_item")).toHaveLength(0);
    slow.resolve({ target: false, values: {} });
    await animationFrame();
    expect(asked(server, "close_item")).toHaveLength(1);
    expect(hook("work-next")).toHaveCount(1);
});

test("the first open question is shown when the item cannot be closed", async () => {
    const pages = [
        { key: "1", name: "File", next: "", blocks: [makeBlock({ key: "11", text: "Look." })] },
        {
            key: "2",
            name: "Decision",
            next: "",
            blocks: [
                makeBlock({
                    key: "21",
                    kind: "question",
                    text: "Town?",
                    answer_type: "char",
                    required: true,
                }),
            ],
        },
    ];
    const held = { 21: { text: "Ouidah", raw: "Ouidah" } };
    const script = makeScript({ script: { ...SCRIPT, pages }, held });
    const server = mockWorkServer({
        close_item: () => {
            throw makeServerError({ message: "The script needs an answer first: Town?" });
        },
    });
    server.items = [makeItem({ script })];
    await mountDesk();
    await contains(hook("work-next")).click();
    await press("1");
    await animationFrame();
    await contains(hook("work-close")).click();
    expect(hook("script-page")).toHaveText("Decision");
    expect(".o_telecom_choice_missing").toHaveCount(1);

    // What the field holds already is one click away
    expect(hook("held")).toHaveText(/Ouidah/);
    await contains(hook("held-right")).click();
    expect(asked(server, "answer").map(({ args }) => args)).toEqual([[5, 21, "Ouidah"]]);
    expect(hook("held")).toHaveCount(0);
    expect(".o_telecom_choice_missing").toHaveCount(0);
});

test("an item that was given to others leaves the desk", async () => {
    const server = mockWorkServer({ keep_alive: () => false });
    await mountDesk();
    await contains(hook("work-next")).click();
    server.item = false;
    await advanceTime(31_000);
    await animationFrame();
    expect(asked(server, "keep_alive").map(({ args }) => args)).toEqual([[5]]);
    expect(hook("work-name")).toHaveCount(0);
    expect(".o_notification").toHaveCount(1);
});

test("time counts anew after the page was asleep", async () => {
    const server = mockWorkServer({ keep_alive: () => "2026-11-21 10:00:00" });
    server.items[0].started_at = "2026-11-18 17:00:00";
    await mountDesk();
    await contains(hook("work-next")).click();
    expect(hook("work-time")).toHaveText(/^65:00:/);
    await advanceTime(31_000);
    await animationFrame();
    expect(hook("work-time")).toHaveText(/^00:3/);
});

test("nothing to do, and no campaign at all", async () => {
    const server = mockWorkServer();
    server.items = [];
    await mountDesk();
    expect(`${hook("work-next-of")}:disabled`).toHaveCount(1);
    await contains(hook("work-next")).click();
    expect(hook("work-nothing")).toHaveCount(1);
});

test("who is in no campaign reads why", async () => {
    mockWorkServer({ get_work: () => ({ campaigns: [], item: false }) });
    await mountDesk();
    expect(hook("work-none")).toHaveCount(1);
    expect(hook("work-next")).toHaveCount(0);
});
