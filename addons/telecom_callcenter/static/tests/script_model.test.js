import { describe, expect, test } from "@odoo/hoot";
import {
    missingAnswers,
    nextPage,
    scriptProblems,
    textParts,
    unansweredPage,
    unreachablePages,
} from "@telecom_callcenter/script/script_model";
import { leafOfKey } from "@telecom_callcenter/core/desk_model";
import { SCRIPT, makeBlock } from "./desk_test_helpers";

describe.current.tags("headless");

test("texts carry fields, and nothing else", () => {
    const values = { first_name: "Afi", city: "" };
    expect(textParts("Good day {first_name} of {city}, {unknown}.", values)).toEqual([
        { text: "Good day ", field: false, known: true },
        { text: "Afi", field: "first_name", known: true },
        { text: " of ", field: false, known: true },
        { text: "", field: "city", known: false },
        { text: ", ", field: false, known: true },
        { text: "", field: "unknown", known: false },
        { text: ".", field: false, known: true },
    ]);
    expect(textParts("{0f3ac2d19b8e7a64}{12}", { "0f3ac2d19b8e7a64": "Fibre" })).toEqual([
        { text: "Fibre", field: "0f3ac2d19b8e7a64", known: true },
        { text: "{12}", field: false, known: true },
    ]);
    expect(textParts("", values)).toEqual([]);
    expect(textParts(false, values)).toEqual([]);
});

test("answers lead on", () => {
    const cases = [
        ["1", {}, "2"],
        ["1", { 13: "131" }, "2"],
        ["1", { 13: "132" }, "3"],
        ["1", { 13: "133" }, false],
        ["1", { 13: "gone" }, "2"],
        ["2", {}, false],
        ["3", {}, false],
        ["9", {}, false],
    ];
    for (const [page, answers, expected] of cases) {
        expect(nextPage(SCRIPT, page, answers)).toBe(expected, {
            message: `${page} ${JSON.stringify(answers)}`,
        });
    }
});

test("a link to a page that is gone leads to the page below", () => {
    const script = { pages: [{ ...SCRIPT.pages[0], next: "77" }, SCRIPT.pages[1]] };
    expect(nextPage(script, "1", {})).toBe("2");
});

test("required questions, where no and 0 are answers", () => {
    const page = {
        blocks: [
            makeBlock({ key: "a", kind: "question", answer_type: "boolean", required: true }),
            makeBlock({ key: "b", kind: "question", answer_type: "integer", required: true }),
            makeBlock({ key: "c", kind: "question", answer_type: "char", required: true }),
            makeBlock({ key: "d", kind: "question", answer_type: "char" }),
        ],
    };
    expect(missingAnswers(page, {})).toEqual(["a", "b", "c"]);
    expect(missingAnswers(page, { a: false, b: 0, c: "" })).toEqual(["c"]);
    expect(missingAnswers(page, { a: true, b: 1, c: "x" })).toEqual([]);
});

test("what an author forgot", () => {
    expect(unreachablePages(SCRIPT)).toEqual([]);
    const lost = {
        pages: [
            { key: "1", name: "A", next: "end", blocks: [] },
            { key: "2", name: "B", next: "", blocks: [] },
        ],
    };
    expect(unreachablePages(lost)).toEqual(["2"]);
    const script = {
        pages: [
            {
                key: "1",
                name: "A",
                next: "",
                blocks: [
                    makeBlock({ key: "a", text: "{first_name} {surname}" }),
                    makeBlock({
                        key: "b",
                        kind: "question",
                        answer_type: "choice",
                        text: "?",
                        choices: [{ key: "x", name: "Yes", goto: "" }],
                    }),
                    makeBlock({ key: "c", kind: "action", action: "link", text: "Go" }),
                    makeBlock({ key: "d", text: " " }),
                ],
            },
        ],
    };
    expect(
        scriptProblems(script, [{ name: "first_name" }]).map(({ block, problem }) => [
            block,
            problem,
        ])
    ).toEqual([
        ["a", "unknown_field"],
        ["b", "few_choices"],
        ["c", "no_url"],
        ["d", "empty_text"],
    ]);
});

test("one key for a status", () => {
    const nodes = [
        { id: 1, leaf: true, shortcut: "s" },
        { id: 2, leaf: false, shortcut: "x" },
        { id: 3, leaf: true, shortcut: false, callback: true },
    ];
    expect(leafOfKey(nodes, "S")).toBe(1);
    expect(leafOfKey(nodes, "x")).toBe(false);
    expect(leafOfKey(nodes, "")).toBe(false);
    expect(leafOfKey(undefined, "s")).toBe(false);
});

test("the first page with an open question, on the way", () => {
    const required = (key) =>
        makeBlock({ key, kind: "question", answer_type: "char", required: true });
    const ring = {
        pages: [
            { key: "1", name: "A", next: "2", blocks: [] },
            { key: "2", name: "B", next: "1", blocks: [required("21")] },
        ],
    };
    const cases = [
        [SCRIPT, {}, "1"],
        [SCRIPT, { 13: "131" }, false],
        [ring, {}, "2"],
        [ring, { 21: "x" }, false],
    ];
    for (const [script, answers, expected] of cases) {
        expect(unansweredPage(script, answers)).toBe(expected);
    }
});
