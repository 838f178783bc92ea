import { describe, expect, test } from "@odoo/hoot";
import {
    EMPTY_STATE,
    availableActions,
    callbackTimes,
    chosenMatch,
    cleanNumber,
    clockOffset,
    elapsedSeconds,
    formatDuration,
    groupTree,
    initials,
    isCallable,
    isNewer,
    missingInWrapup,
    readableOn,
    statusOf,
    statusWithPhone,
} from "@telecom_callcenter/core/desk_model";

describe.current.tags("headless");

const CALL = { id: 7, company_id: 2 };
const NO_PHONE = { session: false, held: false, muted: false, usable: false };
const UP = { link: { state: "up" } };

function state(changes) {
    return { ...EMPTY_STATE, presence: "ready", ...UP, ...changes };
}

/** Names of what may be done, in alphabetical order. */
function actions(changes, device = "phone", phone = {}) {
    const all = availableActions(state(changes), device, { ...NO_PHONE, ...phone });
    return Object.keys(all)
        .filter((name) => all[name])
        .sort();
}

test("timers follow the server's clock and never run backwards", () => {
    const offset = clockOffset(1000, 400_000);
    expect(offset).toBe(600);
    expect(elapsedSeconds(990, offset, 400_000)).toBe(10);
    expect(elapsedSeconds(1010, offset, 400_000)).toBe(0);
    expect(elapsedSeconds(false, offset, 400_000)).toBe(0);
});

test("durations are short, and long ones stay readable", () => {
    expect(formatDuration(0)).toBe("00:00");
    expect(formatDuration(249.9)).toBe("04:09");
    expect(formatDuration(3849)).toBe("1:04:09");
    expect(formatDuration(-3)).toBe("00:00");
});

test("an older answer of the server does not replace a newer one", () => {
    expect(isNewer({ now: 10 }, { now: 11 })).toBe(true);
    expect(isNewer({ now: 10 }, { now: 10 })).toBe(true);
    expect(isNewer({ now: 10 }, { now: 9 })).toBe(false);
    expect(isNewer(EMPTY_STATE, { now: 1 })).toBe(true);
});

test("what an agent does comes before what she wants", () => {
    expect(statusOf(state({})).tone).toBe("ready");
    expect(statusOf(state({ presence: "not_ready" })).tone).toBe("pause");
    expect(statusOf(state({ presence: "offline" })).key).toBe("offline");
    expect(statusOf(state({ activity: "talking", activity_since: 5 }))).toEqual({
        key: "talking",
        tone: "talk",
        since: 5,
    });
    // The wrap-up is known before the activity says so.
    expect(statusOf(state({ wrapup: { id: 1, started_at: 9 } }))).toEqual({
        key: "wrapup",
        tone: "wrapup",
        since: 9,
    });
});

test("the browser's phone knows first that it rings or talks", () => {
    const active = { state: "active", since: 50 };
    expect(statusWithPhone(state({}), { state: "ringing" }, 0).key).toBe("ringing");
    expect(statusWithPhone(state({ activity: "ringing" }), active, 5)).toEqual({
        key: "talking",
        tone: "talk",
        since: 55,
    });
    expect(statusWithPhone(state({ activity: "hold" }), active, 0).key).toBe("hold");
    expect(statusWithPhone(state({}), false, 0).key).toBe("ready");
});

test("desk phone: buttons follow the activity", () => {
    expect(actions({})).toEqual(["dial"]);
    expect(actions({ presence: "offline" })).toEqual([]);
    expect(actions({ activity: "ringing", call: CALL })).toEqual(["answer"]);
    expect(actions({ activity: "talking", call: CALL })).toEqual([
        "dtmf",
        "hangup",
        "hold",
        "mute",
        "transfer",
    ]);
    expect(actions({ activity: "hold", call: CALL })).toEqual([
        "dtmf",
        "hangup",
        "mute",
        "resume",
        "transfer",
    ]);
    expect(actions({ activity: "manual", call: CALL })).toEqual(["hangup"]);
    expect(actions({ activity: "wrapup", wrapup: { id: 1 } })).toEqual([]);
});

test("browser: buttons follow the phone, which knows first", () => {
    const ringing = { session: { state: "ringing", direction: "incoming" } };
    const active = { session: { state: "active", direction: "incoming" } };
    expect(actions({}, "browser")).toEqual([]);
    expect(actions({}, "browser", { usable: true })).toEqual(["dial"]);
    expect(actions({}, "browser", ringing)).toEqual(["answer"]);
    // The PBX says it rings, but the call has not reached this browser yet.
    expect(actions({ activity: "ringing", call: CALL }, "browser")).toEqual([]);
    expect(actions({}, "browser", active)).toInclude("hangup");
    expect(actions({}, "browser", { ...active, held: true })).toInclude("resume");
    expect(actions({}, "browser", { ...active, muted: true })).toInclude("unmute");
});

test("a consultation is completed only when somebody answered it", () => {
    const calling = {
        activity: "consulting",
        call: CALL,
        consult: { target: "agent:3", state: "ringing" },
    };
    expect(actions(calling)).toInclude("cancel");
    expect(actions(calling)).not.toInclude("complete");
    const talking = { ...calling, consult: { target: "agent:3", state: "talking" } };
    expect(actions(talking)).toInclude("complete");
    expect(actions(talking)).toInclude("conference");
    expect(actions(talking)).not.toInclude("transfer");
    // The colleague who was asked does not decide about the caller.
    expect(actions({ ...calling, consult: false })).toEqual(["dtmf", "hangup", "mute"]);
});

test("no dialling while the link to the PBX is down", () => {
    expect(actions({ link: { state: "down" } })).toEqual([]);
});

test("a wrap-up needs what its campaign asks for, and nothing else", () => {
    const form = { dispositions: [{ id: 1 }], qualifications: [{ id: 2 }] };
    expect(missingInWrapup(form, {}, 100)).toEqual(["qualification", "disposition"]);
    expect(missingInWrapup(form, { disposition_id: 1, qualification_id: 2 }, 100)).toEqual([]);
    expect(missingInWrapup({ dispositions: [], qualifications: [] }, {}, 100)).toEqual([]);
    expect(missingInWrapup({}, { callback: { due_at: 99 } }, 100)).toEqual(["callback"]);
    expect(missingInWrapup({}, { callback: { due_at: 101 } }, 100)).toEqual([]);
});

test("trees are searched by words, without accents, through their branches", () => {
    const nodes = [
        { id: 1, name: "Technique", parent_id: false, leaf: false },
        { id: 2, name: "Pas de réseau", code: "NET", parent_id: 1, leaf: true },
        { id: 3, name: "Résolu", parent_id: false, leaf: true },
    ];
    const names = (query) =>
        groupTree(nodes, query).map((group) => [group.path, group.leaves.map((leaf) => leaf.name)]);
    expect(names("")).toEqual([
        ["Technique", ["Pas de réseau"]],
        ["", ["Résolu"]],
    ]);
    expect(names("reseau tech")).toEqual([["Technique", ["Pas de réseau"]]]);
    expect(names("net")).toEqual([["Technique", ["Pas de réseau"]]]);
    expect(names("xyz")).toEqual([]);
});

test("a tree that loops does not hang the desk", () => {
    const nodes = [
        { id: 1, name: "a", parent_id: 2, leaf: false },
        { id: 2, name: "b", parent_id: 1, leaf: false },
        { id: 3, name: "leaf", parent_id: 1, leaf: true },
    ];
    expect(groupTree(nodes)).toHaveLength(1);
});

test("one match is the caller; several wait for a choice", () => {
    const one = { matches: [{ id: 1 }] };
    const two = { matches: [{ id: 1 }, { id: 2 }] };
    expect(chosenMatch(one)).toEqual({ id: 1 });
    expect(chosenMatch(two)).toBe(false);
    expect(chosenMatch(two, 2)).toEqual({ id: 2 });
    expect(chosenMatch({ matches: [] })).toBe(false);
    expect(chosenMatch(false)).toBe(false);
});

test("numbers keep what a telephone understands", () => {
    expect(cleanNumber(" +229 01 97-12.34(56)")).toBe("+2290197123456");
    expect(cleanNumber("*100#")).toBe("*100#");
    expect(cleanNumber("abc")).toBe("");
});

test("initials and colours for names and operators", () => {
    expect(initials("Afi Dossou")).toBe("AD");
    expect(initials("élodie")).toBe("É");
    expect(initials("")).toBe("");
    expect(readableOn("#ffffff")).toBe("#000");
    expect(readableOn("#0b3d2e")).toBe("#fff");
    expect(readableOn(undefined)).toBe("#fff");
});

const { DateTime } = luxon;
const TZ = "Africa/Porto-Novo";
const at = (text) => DateTime.fromISO(text, { zone: TZ }).toSeconds();
/** Open on working days of a week that has a holiday on Monday the 14th. */
const WEEK = {
    tz: TZ,
    open: ["2030-01-11T08:00/20:00", "2030-01-12T10:30/13:00", "2030-01-15T08:00/20:00"].map(
        (text) => {
            const [day, start, end] = text.split(/[T/]/);
            return [at(`${day}T${start}`), at(`${day}T${end}`)];
        }
    ),
};
const times = (now, calling = WEEK) =>
    callbackTimes(calling, at(now)).map(({ name, at: seconds }) => [
        name,
        DateTime.fromSeconds(seconds, { zone: TZ }).toFormat("dd HH:mm"),
    ]);

test("callbacks are proposed while people may be called", () => {
    expect(times("2030-01-11T09:10:20")).toEqual([
        ["hour", "11 10:10"],
        ["hours", "11 12:10"],
        ["morning", "12 10:30"],
        ["afternoon", "15 15:00"],
    ]);
    // Neither Sunday nor the holiday after it, and no closed hour
    expect(times("2030-01-12T12:30")).toEqual([
        ["morning", "15 09:00"],
        ["afternoon", "15 15:00"],
    ]);
    // At night, the next morning is that of the same date
    expect(times("2030-01-11T01:30")).toEqual([
        ["morning", "11 09:00"],
        ["afternoon", "11 15:00"],
    ]);
    expect(isCallable(WEEK, at("2030-01-13T09:00"))).toBe(false);
    expect(isCallable(WEEK, at("2030-01-11T08:00"))).toBe(true);
});

test("where no hours of calling are known, any is proposed", () => {
    for (const calling of [false, undefined, { tz: TZ, open: [] }]) {
        expect(times("2030-01-12T12:30", calling || { tz: TZ }).map(([name]) => name)).toEqual([
            "hour",
            "hours",
            "morning",
            "afternoon",
        ]);
        expect(isCallable(calling, 1)).toBe(true);
    }
    expect(callbackTimes(false, at("2030-01-12T12:30")).length).toBe(4);
});
