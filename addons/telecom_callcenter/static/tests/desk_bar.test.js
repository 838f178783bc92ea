import { beforeEach, describe, expect, test } from "@odoo/hoot";
import {
    animationFrame,
    click,
    edit,
    press,
    queryAllTexts,
    runAllTimers,
    waitFor,
} from "@odoo/hoot-dom";
import { Deferred, advanceTime, mockDate } from "@odoo/hoot-mock";
import { Component, EventBus, xml } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    makeMockEnv,
    mockService,
    mountWithCleanup,
} from "@web/../tests/web_test_helpers";
import { Desk } from "@telecom_callcenter/core/desk_service";
import { DeskAction } from "@telecom_callcenter/desk/desk_action";
import {
    FORM,
    asked,
    makeCall,
    makeCard,
    makeMatch,
    makeWrapup,
    mockDeskServer,
} from "./desk_test_helpers";

describe.current.tags("desktop");
defineMailModels();

beforeEach(() => mockDate("1970-01-01 00:16:40", 0));

class Nothing extends Component {
    static template = xml`<div/>`;
    static props = [];
}

async function mountBar(options) {
    const server = mockDeskServer(options);
    // The bar is one of the main components, which come with any other.
    await mountWithCleanup(Nothing);
    await animationFrame();
    return server;
}

async function mountDesk(options) {
    const server = mockDeskServer(options);
    const props = {
        action: { type: "ir.actions.client", tag: "telecom_callcenter.desk" },
        actionId: 1,
        updateActionState: () => {},
        className: "",
    };
    await makeMockEnv({ config: { setDisplayName: () => {} } });
    await mountWithCleanup(DeskAction, { props });
    await animationFrame();
    return server;
}

/** What the gateway sends when a queue rings the agent. */
async function pop(card = makeCard()) {
    getService("telecom_desk").onPop({
        call_id: card.call.id,
        company_id: card.call.company_id,
        agent_id: 4,
        card,
        at: 1001,
    });
    await animationFrame();
}

async function receive(state) {
    const desk = getService("telecom_desk");
    desk.apply({ ...desk.state, ...state });
    await animationFrame();
}

test("other users have no bar and ask the server nothing about calls", async () => {
    const server = await mountBar({ agent: false });
    expect("[data-telecom=bar]").toHaveCount(0);
    expect(server.calls).toHaveLength(0);
});

test("an agent changes her presence", async () => {
    const server = await mountBar({ state: { presence: "offline" } });
    expect("[data-telecom=presence]").toHaveText(/Logged off/);
    await click("[data-telecom=presence]");
    await animationFrame();
    expect(queryAllTexts("[data-telecom=presence-pause]")).toEqual(["Lunch"]);
    await click("[data-telecom=presence-ready]");
    await animationFrame();
    await animationFrame();
    expect(asked(server, "set_presence")[0].args).toEqual(["ready", false]);
    expect("[data-telecom=bar]").toHaveAttribute("data-presence", "ready");
});

test("the agent's own requests span all her companies, not the tab's", async () => {
    const server = await mountBar();
    const { context } = asked(server, "get_session")[0].kwargs;
    expect(context.allowed_company_ids).toEqual([1, 2]);
});

test("the caller shows while it rings, without asking the server", async () => {
    const server = await mountBar();
    server.calls.length = 0;
    await pop();
    expect("[data-telecom=caller]").toHaveText(/Afi Dossou/);
    expect("[data-telecom=pop] [data-telecom=card-name]").toHaveText(/Afi Dossou/);
    expect("[data-telecom=announce]").toHaveText("Incoming call: Afi Dossou");
    expect("[data-telecom=bar]").toHaveAttribute("data-tone", "ring");
    expect(server.calls).toHaveLength(0);
});

test("a pop for another agent is nobody's business", async () => {
    await mountBar();
    getService("telecom_desk").onPop({ call_id: 1, card: makeCard(), at: 1, agent_id: 99 });
    await animationFrame();
    expect("[data-telecom=pop]").toHaveCount(0);
});

test("a desk phone is driven from the bar, in the call's company", async () => {
    mockService("action", { doAction: () => expect.step("desk opened") });
    const server = await mountBar();
    await pop();
    await click("[data-telecom=answer]");
    await animationFrame();
    expect.verifySteps(["desk opened"]);
    await receive({ activity: "talking", call: makeCall({ state: "talking" }) });
    await click("[data-telecom=hold]");
    await animationFrame();
    await press(["alt", "shift", "e"]);
    await animationFrame();
    expect(asked(server, "command").map((call) => call.args[0])).toEqual([
        "answer",
        "hold",
        "hangup",
    ]);
    for (const call of asked(server, "command")) {
        expect(call.kwargs.context.allowed_company_ids).toEqual([1]);
    }
});

test("digits typed fast on a desk phone arrive in order, none lost", async () => {
    const server = await mountDesk();
    await pop();
    await receive({ activity: "talking", call: makeCall({ state: "talking" }) });
    const first = new Deferred();
    server.answers.command = () => first;
    for (const key of ["1", "2", "#"]) {
        await click(`.o_telecom_keys [data-key='${key}']`);
    }
    first.resolve({ id: 1 });
    await animationFrame();
    await animationFrame();
    const sent = asked(server, "command").map((call) => call.kwargs.digits);
    expect(sent).toEqual(["1", "2#"]);
    expect("[data-telecom=dial-number]").toHaveValue("12#");
    await receive({ activity: "wrapup", call: false, wrapup: makeWrapup() });
    await animationFrame();
    expect("[data-telecom=dial-number]").toHaveValue("");
});

test("a command the PBX could not do is said to who clicked", async () => {
    await mountBar();
    const desk = getService("telecom_desk");
    desk.onCommand({ id: 1, name: "dial", error: "Your telephone is not connected." });
    desk.onCommand({ id: 2, name: "apply_status", error: "Something" });
    await waitFor(".o_notification", { timeout: 5000 });
    expect(".o_notification").toHaveCount(1);
    expect(".o_notification").toHaveText(/not connected/);
});

test("keys answer while a field has the focus", async () => {
    mockService("action", { doAction: () => {} });
    const server = await mountDesk();
    await pop();
    await contains("[data-telecom=dial-number]").focus();
    await press(["alt", "shift", "enter"]);
    await animationFrame();
    expect(asked(server, "command")).toHaveLength(1);
});

test("a bus that comes back makes the desk ask for its state again", async () => {
    // A bus of the test's own: the mock server's connects when it likes.
    const bus = Object.assign(new EventBus(), { subscribe() {}, start() {} });
    const answers = [{ now: 1 }, { now: 2, presence: "not_ready" }];
    const orm = {
        call: async () => answers.shift(),
        get silent() {
            return this;
        },
    };
    const desk = new Desk({}, { bus_service: bus, notification: {}, orm });
    desk.listen();
    desk.apply(await orm.call());
    bus.trigger("BUS:CONNECT");
    expect(answers).toHaveLength(1, { message: "the first connection asks nothing" });
    bus.trigger("BUS:DISCONNECT");
    expect(desk.live).toBe(false);
    bus.trigger("BUS:RECONNECT");
    await animationFrame();
    expect(desk.live).toBe(true);
    expect(desk.state.presence).toBe("not_ready");
});

test("a lost link to the PBX is said", async () => {
    await mountBar();
    expect("[data-telecom=link-problem]").toHaveCount(0);
    await receive({ link: { state: "down", since: 1000 } });
    expect("[data-telecom=link-problem]").toHaveText(/exchange is down/);
});

test("a phone's trouble is said with what to do", async () => {
    await mountBar();
    getService("telecom_softphone").error = "microphone_refused";
    await animationFrame();
    expect("[data-telecom=problem]").toHaveAttribute("data-code", "microphone_refused");
    expect("[data-telecom=problem]").toHaveText(/allow the microphone/);
    expect("[data-telecom=retry]").toHaveCount(1);
});

test("the desk comes back as it was after a reload", async () => {
    const server = mockDeskServer({
        state: { activity: "wrapup", wrapup: makeWrapup({ note: "Half a sentence" }) },
    });
    server.wrapup = makeWrapup({ note: "Half a sentence", qualification_id: 4 });
    await makeMockEnv({ config: { setDisplayName: () => {} } });
    await mountWithCleanup(DeskAction, {
        props: { action: {}, actionId: 1, updateActionState: () => {}, className: "" },
    });
    await animationFrame();
    await animationFrame();
    expect("[data-telecom=card-name]").toHaveText(/Afi Dossou/);
    expect("[data-telecom=notes]").toHaveValue("Half a sentence");
    expect("[data-telecom=qualification] [data-telecom=chosen]").toHaveText(
        /Technical › Internet down/
    );
});

test("a wrap-up closes only when all is chosen", async () => {
    const server = await mountDesk();
    await pop();
    await receive({ activity: "talking", call: makeCall({ state: "talking" }) });
    await animationFrame();
    await click("[data-telecom=notes]");
    await edit("Restarted the box");
    expect("[data-telecom=finish]").not.toBeEnabled();
    server.wrapup = makeWrapup();
    await receive({ activity: "wrapup", call: false, wrapup: makeWrapup() });
    expect("[data-telecom=notes]").toHaveValue("Restarted the box");
    await click("[data-telecom=finish]");
    await animationFrame();
    expect(asked(server, "finish_wrapup")).toHaveLength(0);
    expect("[data-telecom=missing]").toHaveText(/why the customer called, how the call/);
    await click("[data-telecom=qualification] [data-id='4']");
    await click("[data-telecom=disposition] [data-id='1']");
    await press(["control", "enter"]);
    await animationFrame();
    await animationFrame();
    const [finish] = asked(server, "finish_wrapup");
    expect(finish.args[0]).toBe(9);
    expect(finish.args[1]).toEqual({
        note: "Restarted the box",
        disposition_id: 1,
        qualification_id: 4,
        callback: false,
    });
    expect("[data-telecom=idle]").toHaveCount(1);
});

test("notes are kept while typing", async () => {
    const server = await mountDesk();
    server.wrapup = makeWrapup({ state: "draft" });
    await pop();
    await receive({ activity: "talking", call: makeCall({ state: "talking" }) });
    await animationFrame();
    await click("[data-telecom=notes]");
    await edit("Hello");
    await advanceTime(1000);
    await animationFrame();
    const saves = asked(server, "save_wrapup");
    expect(saves).toHaveLength(1);
    expect(saves[0].args[1].note).toBe("Hello");
});

test("an unknown caller becomes a customer with the number filled in", async () => {
    const server = await mountDesk();
    server.card = makeCard({ matches: [], history: [] });
    await pop(server.card);
    expect("[data-telecom=card-name]").toHaveText("Unknown caller");
    await click("[data-telecom=new-customer]");
    await animationFrame();
    expect("[data-telecom=new-partner] [name=phone]").toHaveValue("01 97 12 34 56");
    await click("[data-telecom=new-partner] [name=last_name]");
    await edit("Dossou");
    await animationFrame();
    await click("[data-telecom=create]");
    await animationFrame();
    await animationFrame();
    const [create] = asked(server, "create_customer");
    expect(create.args[0]).toBe(77);
    expect(create.args[1].telecom_last_name).toBe("Dossou");
    expect(create.kwargs.context.allowed_company_ids).toEqual([1]);
    expect("[data-telecom=card-name]").toHaveText(/New One/);
});

test("several customers share the number: the agent chooses", async () => {
    const server = await mountDesk();
    server.card = makeCard({
        matches: [makeMatch(), makeMatch({ id: 6, name: "Dossou & Fils" })],
    });
    await pop(server.card);
    expect("[data-telecom=match]").toHaveCount(2);
    await click("[data-telecom=match][data-id='5']");
    await animationFrame();
    await animationFrame();
    expect(asked(server, "link_partner")[0].args).toEqual([77, 5]);
    expect("[data-telecom=card-name]").toHaveText(/Afi Dossou/);
});

/** A call of a number that two customers have, on the desk. */
async function twoCustomers() {
    const server = await mountDesk();
    server.card = makeCard({
        matches: [makeMatch(), makeMatch({ id: 6, name: "Dossou & Fils" })],
    });
    return server;
}

test("a card that comes late does not undo the agent's choice", async () => {
    const server = await twoCustomers();
    const late = new Deferred();
    server.answers.get_card = () => late;
    // The state overtakes the card, which the desk asks for by itself.
    await receive({ activity: "ringing", call: makeCall() });
    expect(asked(server, "get_card")).toHaveLength(1);
    await pop(server.card);
    await click("[data-telecom=match][data-id='5']");
    await animationFrame();
    await animationFrame();
    expect("[data-telecom=card-name]").toHaveText(/Afi Dossou/);
    late.resolve(server.card);
    await animationFrame();
    await animationFrame();
    expect("[data-telecom=card-name]").toHaveText(/Afi Dossou/);
    await pop(server.card);
    expect("[data-telecom=card-name]").toHaveText(/Afi Dossou/);
});

test("the next call's card is not kept away by the last one's choice", async () => {
    const server = await twoCustomers();
    await pop(server.card);
    await click("[data-telecom=match][data-id='5']");
    await animationFrame();
    await animationFrame();
    await receive({ activity: "idle", call: false });
    await pop(makeCard({ call: makeCall({ id: 78 }), matches: [makeMatch({ name: "Next" })] }));
    expect("[data-telecom=card-name]").toHaveText(/Next/);
});

test("a choice waits for the wrap-up that is being begun", async () => {
    const server = await twoCustomers();
    const form = new Deferred();
    server.answers.get_wrapup_form = () => form;
    await pop(server.card);
    await receive({ activity: "talking", call: makeCall({ state: "talking" }) });
    await click("[data-telecom=match][data-id='5']");
    await animationFrame();
    expect(asked(server, "link_partner")).toHaveLength(0);
    form.resolve({ ...FORM, wrapup: false });
    await animationFrame();
    await animationFrame();
    expect(asked(server, "link_partner")).toHaveLength(1);
    expect("[data-telecom=card-name]").toHaveText(/Afi Dossou/);
});

test("somebody else among several is the one who was created", async () => {
    const server = await twoCustomers();
    const matches = [...server.card.matches, makeMatch({ id: 7, name: "New One" })];
    server.answers.create_customer = () => ({ ...server.card, matches, partner_id: 7 });
    await pop(server.card);
    await click("[data-telecom=new-customer]");
    await animationFrame();
    await click("[data-telecom=new-partner] [name=last_name]");
    await edit("One");
    await animationFrame();
    await click("[data-telecom=create]");
    await animationFrame();
    await animationFrame();
    expect("[data-telecom=card-name]").toHaveText(/New One/);
});

test("a withheld number works", async () => {
    const server = await mountDesk();
    server.card = makeCard({
        number: false,
        number_display: false,
        withheld: true,
        matches: [],
        history: [],
        call: makeCall({ caller_number: false }),
    });
    await pop(server.card);
    expect("[data-telecom=card-name]").toHaveText("Withheld number");
    expect("[data-telecom=new-customer]").toHaveCount(1);
});

test("a new call does not inherit the last one's notes", async () => {
    await mountDesk();
    await pop();
    await receive({ activity: "talking", call: makeCall({ state: "talking" }) });
    await animationFrame();
    await click("[data-telecom=notes]");
    await edit("About the first call");
    const next = makeCall({ id: 78 });
    await receive({ activity: "idle", call: false });
    await pop(makeCard({ call: next }));
    await receive({ activity: "talking", call: next });
    await animationFrame();
    expect("[data-telecom=notes]").toHaveValue("");
    await runAllTimers();
});

test("a caller is handed over after a word with a colleague", async () => {
    const server = await mountDesk();
    server.answers.search_targets = () => [
        { target: "agent:3", kind: "agent", name: "Koffi", detail: "202", available: true },
    ];
    await pop();
    await receive({ activity: "talking", call: makeCall({ state: "talking" }) });
    await press(["alt", "shift", "f"]);
    await animationFrame();
    await runAllTimers();
    await animationFrame();
    await click("[data-telecom=consult]");
    await animationFrame();
    const [command] = asked(server, "command");
    expect(command.args).toEqual(["attended_transfer"]);
    expect(command.kwargs.target).toBe("agent:3");
    await receive({
        activity: "consulting",
        call: makeCall({ state: "hold" }),
        consult: { target: "agent:3", state: "talking" },
    });
    expect("[data-telecom=transfer-panel]").toHaveText(/Koffi/);
    await click("[data-telecom=transfer-complete]");
    await animationFrame();
    expect(asked(server, "command")[1].args).toEqual(["complete_transfer"]);
});

test("the large button answers too", async () => {
    const server = await mountDesk();
    await pop();
    await click("[data-telecom=answer-large]");
    await animationFrame();
    expect(asked(server, "command").map((call) => call.args[0])).toEqual(["answer"]);
    await receive({ activity: "talking", call: makeCall({ state: "talking" }) });
    expect("[data-telecom=answer-large]").toHaveCount(0);
});

test("who is called next is called for the operator of the last call", async () => {
    await mountDesk();
    expect("[data-telecom=dial-company]").toHaveValue("3");
    await pop();
    expect("[data-telecom=dial-company]").toHaveValue("1");
});
