import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { animationFrame, click, press, queryAllTexts, waitFor } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    makeMockEnv,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { DeskAction } from "@telecom_callcenter/desk/desk_action";
import { ScriptBuilder } from "@telecom_callcenter/script/script_builder";
import {
    SCRIPT,
    asked,
    makeBlock,
    makeCall,
    makeContact,
    makeScript,
    makeWrapup,
    mockDeskServer,
} from "./desk_test_helpers";

describe.current.tags("desktop");
defineMailModels();

beforeEach(() => mockDate("1970-01-01 00:16:40", 0));

const hook = (name) => `[data-telecom='${name}']`;

async function mountAction(Action, params = {}) {
    const props = {
        action: { type: "ir.actions.client", tag: "x", params },
        actionId: 1,
        updateActionState: () => {},
        className: "",
    };
    await makeMockEnv({ config: { setDisplayName: () => {} } });
    const action = await mountWithCleanup(Action, { props });
    await animationFrame();
    return action;
}

async function receive(state) {
    const desk = getService("telecom_desk");
    desk.apply({ ...desk.state, ...state });
    await animationFrame();
}

const talking = { activity: "talking", call: makeCall({ state: "talking" }) };

test("the script stands beside the call, answered and written down", async () => {
    const server = mockDeskServer({ state: talking });
    server.answers.get_script = () => makeScript();
    server.answers.answer_script = () => ({ target: true });
    await mountAction(DeskAction);
    await waitFor(hook("script"));
    expect(".o_telecom_script_say").toHaveText("Good day Afi from …!");
    expect(hook("script-hangup")).toHaveCount(1);

    // No page is left before its required questions are answered
    await click(hook("script-next"));
    await animationFrame();
    expect(hook("script-page")).toHaveText("Welcome");
    expect(".o_telecom_choice_missing").toHaveCount(1);
    await contains(`${hook("answer-choice")}:contains(No)`).click();
    expect(asked(server, "answer_script").map(({ args }) => args)).toEqual([[77, 13, "132"]]);
    await contains(hook("script-next")).click();
    expect(hook("script-page")).toHaveText("Goodbye");

    // Back, and another way
    await contains(hook("script-back")).click();
    await contains(`${hook("answer-choice")}:contains(Yes)`).click();
    await contains(hook("script-next")).click();
    expect(hook("script-page")).toHaveText("Offer");
    await contains(hook("script-action")).click();
    expect(hook("script-page")).toHaveText("Goodbye");
    await contains(hook("script-next")).click();
    expect(hook("script-over")).toHaveCount(1);

    // The record is one click away
    await contains(hook("view-card")).click();
    expect(hook("card")).toHaveCount(1);
});

test("an answer the server refuses is taken back", async () => {
    const server = mockDeskServer({ state: talking });
    server.answers.get_script = () => makeScript({ answers: { 13: "131" } });
    await mountAction(DeskAction);
    await waitFor(hook("script"));
    const desk = getService("telecom_desk");
    desk.rpc = () => Promise.reject(new (class extends Error {})("x"));
    await expect(desk.answerScript(SCRIPT.pages[0].blocks[2], "132")).rejects.toThrow();
    expect(desk.scriptAnswers[13]).toBe("132");
});

test("campaigns without a script show the customer as ever", async () => {
    mockDeskServer({ state: talking });
    await mountAction(DeskAction);
    await waitFor(hook("card"));
    expect(hook("view-script")).toHaveCount(0);
});

test("a contact is shown, dialled, closed, and the next one comes", async () => {
    const server = mockDeskServer();
    const campaigns = [
        { id: 8, name: "Renewals", company_id: 1, company: "Mono", mode: "preview", waiting: 3 },
    ];
    server.answers.get_contact_work = () => ({ campaigns, contact: false });
    const contacts = [makeContact(), makeContact({ id: 32, name: "Koffi", script: false })];
    server.answers.next_contact = () => contacts.shift() || false;
    server.answers.dial_contact = () => ({ id: 1, channel_id: "x" });
    await mountAction(DeskAction);
    await contains(hook("next-contact")).click();
    expect(hook("contact-name")).toHaveText("Afi Dossou");
    expect(queryAllTexts(".o_telecom_contact_facts dd")).toEqual([
        "Cotonou",
        "2 GB",
        "Never called in this campaign",
    ]);
    // The script is read ahead; questions wait
    expect(hook("script")).toHaveCount(1);
    expect("fieldset[data-telecom='question']:disabled").toHaveCount(1);

    await contains(hook("dial-contact")).click();
    expect(asked(server, "dial_contact").map(({ args }) => args)).toEqual([[31, false]]);
    expect(`${hook("dial-contact")}:disabled`).toHaveCount(1);

    server.answers.get_script = () => makeScript({ contact: { id: 31 } });
    await receive({ activity: "manual", call: makeCall({ direction: "outbound" }) });
    expect(hook("contact")).toHaveCount(0);
    await waitFor(hook("script"));

    server.wrapup = makeWrapup();
    await receive({ activity: "wrapup", call: false, wrapup: makeWrapup() });
    await waitFor("[data-telecom='wrapup'][data-state='open']");
    await contains(".o_telecom_leaf:contains(Internet down)").click();
    await contains(".o_telecom_leaf:contains(Solved)").click();
    await contains(hook("finish")).click();
    await waitFor(`${hook("contact-name")}:contains(Koffi)`);
    expect(asked(server, "next_contact").map(({ args }) => args)).toEqual([[8], [8]]);
    expect(hook("script")).toHaveCount(0);
});

test("a contact is skipped with a reason, and nobody is left", async () => {
    const server = mockDeskServer();
    const campaigns = [
        { id: 8, name: "Renewals", company_id: 1, company: "Mono", mode: "preview", waiting: 1 },
    ];
    server.answers.get_contact_work = () => ({
        campaigns,
        contact: asked(server, "skip_contact").length ? false : makeContact(),
    });
    server.answers.skip_contact = () => true;
    server.answers.next_contact = () => false;
    await mountAction(DeskAction);
    await contains(hook("skip-contact")).click();
    await contains(hook("skip-duplicate")).click();
    expect(asked(server, "skip_contact").map(({ args }) => args)).toEqual([[31, "duplicate"]]);
    await waitFor(hook("nobody-due"));
});

test("the desk says why nobody is to be called, and when somebody is", async () => {
    const server = mockDeskServer();
    const campaign = { id: 8, name: "Renewals", company_id: 1, company: "Mono", mode: "preview" };
    const next_at = Math.floor(Date.now() / 1000) + 60;
    let work = { campaigns: [{ ...campaign, waiting: 1 }], dialed: [], contact: false };
    server.answers.get_contact_work = () => work;
    server.answers.next_contact = () => false;
    await mountAction(DeskAction);
    expect(hook("waiting")).toHaveText("1 to be called");
    expect(hook("dialed")).toHaveCount(0);
    // Others were faster: asked again, the server says why
    work = {
        campaigns: [{ ...campaign, waiting: 0, why: "later", next_at }],
        dialed: [
            { ...campaign, id: 9, mode: "progressive", waiting: 0, why: "stopped", next_at: false },
        ],
        contact: false,
    };
    await contains(hook("next-contact")).click();
    await waitFor(`${hook("waiting")}:contains(all wait for their hour)`);
    expect(hook("waiting")).toHaveText(/^Nobody to be called now · all wait .* · next: .*\d/);
    expect(hook("dialed-waiting")).toHaveText("Nobody to be called now · dialing is stopped");
});

test("who refuses is not dialled", async () => {
    const server = mockDeskServer();
    server.answers.get_contact_work = () => ({
        campaigns: [],
        contact: asked(server, "dial_contact").length ? false : makeContact(),
    });
    server.answers.dial_contact = () => ({ refused: "Does not want to be called." });
    await mountAction(DeskAction);
    await contains(hook("dial-contact")).click();
    await waitFor(".o_notification:contains(Does not want)");
    expect(hook("contact")).toHaveCount(0);
});

test("statuses are chosen by a key, but not while somebody types", async () => {
    const server = mockDeskServer();
    server.answers.get_wrapup_form = () => ({
        wrapup: makeWrapup(),
        qualifications: [],
        dispositions: [
            { id: 1, name: "Sold", code: "S", parent_id: false, leaf: true, shortcut: "s" },
            { id: 2, name: "No", code: "N", parent_id: false, leaf: true, shortcut: "n" },
            {
                id: 3,
                name: "Later",
                code: "L",
                parent_id: false,
                leaf: true,
                shortcut: "l",
                callback: true,
            },
        ],
        limit_seconds: 0,
    });
    await mountAction(DeskAction);
    await receive({ activity: "wrapup", wrapup: makeWrapup() });
    await waitFor(hook("disposition"));
    const desk = getService("telecom_desk");
    await contains(hook("notes")).click();
    await press("s");
    expect(desk.draft.disposition_id).toBe(false);
    document.activeElement.blur();
    await press("n");
    await animationFrame();
    expect(desk.draft.disposition_id).toBe(2);
    expect(desk.draft.callback).toBe(false);
    await press("l");
    await animationFrame();
    expect(desk.draft.disposition_id).toBe(3);
    expect(Boolean(desk.draft.callback)).toBe(true);
    expect(`${hook("callback")} input.o_datetime_input`).toHaveCount(1);
});

describe("builder", () => {
    const targets = [{ name: "contact.email", label: "Email", group: "Contact" }];

    async function mountBuilder(changes = {}) {
        const saved = [];
        const answer = (script) => ({
            script: JSON.parse(JSON.stringify(script)),
            lang: "en_US",
            languages: [{ code: "en_US", name: "English" }],
            fields: [{ name: "first_name", label: "First name" }],
            targets,
            dispositions: [],
            editable: true,
            ...changes,
        });
        onRpc("telecom.script", "get_builder", () => answer(SCRIPT));
        onRpc("telecom.script", "save_builder", ({ args }) => {
            saved.push(args[1]);
            return answer(args[1]);
        });
        mockDeskServer({ agent: false });
        await mountAction(ScriptBuilder, { script_id: 1 });
        return saved;
    }

    const texts = () => queryAllTexts(".o_telecom_builder_block .o_telecom_builder_text");

    test("a block is dragged from the palette, and blocks change places", async () => {
        const saved = await mountBuilder();
        expect(texts()).toEqual(["Good day First name from {city}!", "Smile.", "Interested?"]);
        await contains(`${hook("add-char")} .o_telecom_builder_handle`).dragAndDrop(
            ".o_telecom_builder_block:nth-child(2)"
        );
        expect(".o_telecom_builder_block").toHaveCount(4);
        await contains(hook("block-text")).edit("Since when?");
        await contains(hook("block-target")).select("contact.email");
        await contains(
            ".o_telecom_builder_block:contains(Smile) .o_telecom_builder_handle"
        ).dragAndDrop(".o_telecom_builder_block:first-child");
        expect(texts()[0]).toBe("Smile.");
        await contains(hook("builder-save")).click();
        const [first] = saved[0].pages;
        expect(first.blocks.map((block) => block.text)).toInclude("Since when?");
        const block = first.blocks.find((one) => one.text === "Since when?");
        expect([block.kind, block.answer_type, block.target]).toEqual([
            "question",
            "char",
            "contact.email",
        ]);
        expect(hook("builder-save") + ":disabled").toHaveCount(1);
    });

    test("pages are added, led to, and tried out", async () => {
        const saved = await mountBuilder();
        await contains(hook("add-page")).click();
        expect(hook("builder-page")).toHaveCount(4);
        await contains(hook("page-name")).edit("Objections");
        await contains(hook("add-say")).click();
        await contains(hook("block-text")).edit("I understand, {first_name}.");
        await contains(`${hook("builder-page")}:contains(Welcome)`).click();
        await contains(".o_telecom_builder_block:contains(Interested)").click();
        await contains(`${hook("choice-goto")}:eq(1)`).select("new1");
        await contains(hook("try-out")).click();
        await waitFor(`.modal ${hook("script")}`);
        await contains(`.modal ${hook("answer-choice")}:contains(No)`).click();
        await contains(`.modal ${hook("script-next")}`).click();
        expect(`.modal .o_telecom_script_say`).toHaveText("I understand, Afi.");
        await contains(hook("try-out-close")).click();
        await contains(hook("builder-save")).click();
        expect(saved[0].pages[0].blocks[2].choices[1].goto).toBe("new1");
        expect(saved[0].pages[1].name).toBe("Objections");
    });

    test("who may not write only reads", async () => {
        await mountBuilder({ editable: false });
        expect(hook("builder-save")).toHaveCount(0);
        expect(hook("add-say")).toHaveCount(0);
        expect(hook("page-name") + ":disabled").toHaveCount(1);
    });
});

describe("keyboard", () => {
    const page = (key, block) => ({ key, name: `Page ${key}`, next: "", blocks: [block] });
    const question = (key) => makeBlock({ key, kind: "question", answer_type: "char", text: "?" });

    async function mountPages() {
        const server = mockDeskServer({ state: talking });
        server.answers.get_script = () =>
            makeScript({
                script: {
                    ...SCRIPT,
                    pages: [page("1", question("11")), page("2", question("21"))],
                },
            });
        server.answers.answer_script = () => ({ target: false });
        await mountAction(DeskAction);
        await waitFor(hook("script"));
        return server;
    }

    test("pages are turned, what was typed counts, the next question has the focus", async () => {
        const server = await mountPages();
        await contains(hook("answer-text")).edit("Yes", { confirm: false });
        await press(["alt", "shift", "arrowright"]);
        await animationFrame();
        await animationFrame();
        expect(hook("script-page")).toHaveText("Page 2");
        expect(hook("answer-text")).toBeFocused();
        expect(asked(server, "answer_script").map(({ args }) => args)).toEqual([[77, 11, "Yes"]]);
        await press(["alt", "shift", "arrowleft"]);
        await animationFrame();
        expect(hook("script-page")).toHaveText("Page 1");
        expect(hook("answer-text")).toHaveValue("Yes");
    });

    test("what is being typed is kept when the record is looked at", async () => {
        const server = await mountPages();
        await contains(hook("answer-text")).edit("Half a w", { confirm: false });
        getService("telecom_desk").script = false;
        await animationFrame();
        expect(asked(server, "answer_script").map(({ args }) => args)).toEqual([
            [77, 11, "Half a w"],
        ]);
    });

    test("reasons to skip open without the mouse", async () => {
        const server = mockDeskServer();
        server.answers.get_contact_work = () => ({ campaigns: [], contact: makeContact() });
        await mountAction(DeskAction);
        await waitFor(hook("contact"));
        await press(["alt", "shift", "k"]);
        await waitFor(hook("skip-later"));
        await press("ArrowDown");
        await press("ArrowDown");
        await press("Enter");
        await animationFrame();
        expect(asked(server, "skip_contact").map(({ args }) => args)).toEqual([[31, "unsuitable"]]);
    });
});
