import { describe, expect, test } from "@odoo/hoot";
import { scriptAction } from "@telecom_callcenter/script/script_actions";

describe.current.tags("desktop");

/** What a script's button gives to what it does. */
function makeContext(changes = {}) {
    const opened = [];
    const warnings = [];
    return {
        opened,
        warnings,
        action: { doAction: (action, options) => opened.push({ action, ...options }) },
        desk: { warn: (text) => warnings.push(text) },
        call: { id: 77 },
        company: { id: 3 },
        partnerId: 5,
        block: { action: "quote" },
        ...changes,
    };
}

test("a quote is asked for the call's customer, in the call's company", async () => {
    const context = makeContext();
    await scriptAction("quote").run(context);
    expect(context.opened.length).toBe(1);
    const [{ action, additionalContext }] = context.opened;
    expect([action.res_model, action.target]).toEqual(["telecom.quote.request", "new"]);
    expect(additionalContext).toMatchObject({
        allowed_company_ids: [3],
        default_company_id: 3,
        default_partner_id: 5,
        default_channel: "call",
        default_telecom_call_id: 77,
    });
});

test("nothing is quoted to somebody nobody knows", async () => {
    const context = makeContext({ partnerId: false });
    expect(await scriptAction("quote").run(context)).toBe(false);
    expect(context.opened).toEqual([]);
    expect(context.warnings.length).toBe(1);
});
