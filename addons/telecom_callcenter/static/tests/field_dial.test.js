import { describe, expect, test } from "@odoo/hoot";
import { ConnectionLostError } from "@web/core/network/rpc";
import { FieldDay } from "@telecom_callcenter/field/field_service";

describe.current.tags("desktop");

/** A seller's day whose server answers as the test says, and whose disk forgets. */
function makeDay(answer) {
    const asked = [];
    const call = async (_model, method, args) => {
        asked.push({ method, args });
        return answer(method, args);
    };
    const day = new FieldDay({ orm: { silent: { call } } });
    day.opened = {
        name: "test",
        put: async () => {},
        remove: async () => {},
        get: async () => undefined,
        all: async () => [],
    };
    return { day, asked };
}

const AWA = { id: 5, number: "+2290196000009" };

test("the PBX calls: each press has a key of its own", async () => {
    const { day, asked } = makeDay(() => ({ state: "calling" }));
    expect(await day.dial(AWA)).toEqual({ state: "calling" });
    await day.dial(AWA);
    const [[first, id], [second]] = asked.map(({ args }) => args);
    expect(asked.map(({ method }) => method)).toEqual(["call_customer", "call_customer"]);
    expect(id).toBe(5);
    expect(first).not.toBe(second);
    expect(day.state.entries).toEqual([]);
});

test("without network this telephone dials, and tells it later with the same key", async () => {
    const { day, asked } = makeDay(() => {
        throw new ConnectionLostError("/web/dataset/call_kw");
    });
    expect(await day.dial(AWA)).toEqual({ state: "phone", number: "+2290196000009" });
    const [entry] = day.state.entries;
    expect([entry.kind, entry.data]).toEqual(["call", { appointment_id: 5 }]);
    expect(entry.key).toBe(asked[0].args[0]);
});

test("what the server refuses is told", async () => {
    const { day } = makeDay(() => {
        throw Object.assign(new Error("x"), { data: { message: "Not yours any more." } });
    });
    expect(await day.dial(AWA)).toEqual({ state: "refused", reason: "Not yours any more." });
    expect(day.state.entries).toEqual([]);
});
