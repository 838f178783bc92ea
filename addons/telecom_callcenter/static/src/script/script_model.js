/**
 * How a script is read: pages, answers, and which page comes next. Pure functions: no
 * service, no DOM, so that they are tested in tables.
 *
 * A script is what `telecom.script._script_values()` gives:
 * `{pages: [{key, name, next, blocks: [{key, kind, text, answer_type, required, target,
 * action, goto, choices: [{key, name, goto}], …}]}]}`; links are keys of pages, "" for the
 * page below and "end" for the end. Answers are values by block key.
 */

// Fields that people add in Odoo are named by 16 hexadecimal digits.
const PLACEHOLDER = /\{([a-z_][a-z0-9_]*|[0-9a-f]{16})\}/gi;

/**
 * Split a text at the fields it carries.
 *
 * @param {string} text
 * @param {Object<string, string>} values
 * @returns {{text: string, field: string|false, known: boolean}[]} `known`: false where
 *  nothing is known of the field; such a part's text is empty
 */
export function textParts(text, values) {
    const parts = [];
    let last = 0;
    for (const match of (text || "").matchAll(PLACEHOLDER)) {
        const name = match[1];
        if (match.index > last) {
            parts.push({ text: text.slice(last, match.index), field: false, known: true });
        }
        parts.push({ text: values[name] || "", field: name, known: Boolean(values[name]) });
        last = match.index + match[0].length;
    }
    if (last < (text || "").length) {
        parts.push({ text: text.slice(last), field: false, known: true });
    }
    return parts;
}

/**
 * Names in braces that stand for nothing.
 *
 * @param {string} text
 * @param {{name: string}[]} fields
 * @returns {string[]}
 */
export function unknownFields(text, fields) {
    const known = new Set(fields.map((field) => field.name));
    const names = [...(text || "").matchAll(PLACEHOLDER)].map((match) => match[1]);
    return [...new Set(names)].filter((name) => !known.has(name));
}

/** Whether a question has an answer; "no" and 0 are answers. */
export function hasAnswer(block, answers) {
    const value = answers[block.key];
    if (block.answer_type === "boolean") {
        return value === true || value === false;
    }
    return value !== undefined && value !== null && value !== "" && value !== false;
}

/**
 * Required questions of a page that have no answer.
 *
 * @returns {string[]} keys of blocks
 */
export function missingAnswers(page, answers) {
    return (page?.blocks || [])
        .filter(
            (block) => block.kind === "question" && block.required && !hasAnswer(block, answers)
        )
        .map((block) => block.key);
}

export function pageOf(script, key) {
    return script.pages.find((page) => page.key === key);
}

/**
 * Where a page leads with these answers: the first chosen answer that says where, then
 * what the page says, then the page below.
 *
 * @returns {string|false} key of the next page; false at the end
 */
export function nextPage(script, pageKey, answers) {
    const index = script.pages.findIndex((page) => page.key === pageKey);
    const page = script.pages[index];
    if (!page) {
        return false;
    }
    let link = "";
    for (const block of page.blocks) {
        if (block.kind === "question" && block.answer_type === "choice") {
            const choice = block.choices.find((one) => one.key === answers[block.key]);
            if (choice?.goto) {
                link = choice.goto;
                break;
            }
        }
    }
    link = link || page.next || "";
    if (link === "end") {
        return false;
    }
    if (link && pageOf(script, link)) {
        return link;
    }
    return script.pages[index + 1]?.key || false;
}

/**
 * The first page, on the way that the answers say, with a required question unanswered.
 *
 * @returns {string|false} key of the page
 */
export function unansweredPage(script, answers) {
    const seen = new Set();
    let page = script.pages[0];
    while (page && !seen.has(page.key)) {
        if (missingAnswers(page, answers).length) {
            return page.key;
        }
        seen.add(page.key);
        page = pageOf(script, nextPage(script, page.key, answers));
    }
    return false;
}

/**
 * Pages nothing leads to: an author forgot them.
 *
 * @returns {string[]} keys
 */
export function unreachablePages(script) {
    const seen = new Set();
    const open = script.pages.length ? [script.pages[0].key] : [];
    while (open.length) {
        const key = open.pop();
        const index = script.pages.findIndex((page) => page.key === key);
        if (index < 0 || seen.has(key)) {
            continue;
        }
        seen.add(key);
        const page = script.pages[index];
        const links = page.blocks.flatMap((block) => [
            ...(block.kind === "question" && block.answer_type === "choice"
                ? block.choices.map((choice) => choice.goto)
                : []),
            ...(block.kind === "action" && block.action === "page" ? [block.goto] : []),
        ]);
        links.push(page.next || script.pages[index + 1]?.key);
        open.push(...links.filter((link) => link && link !== "end"));
    }
    return script.pages.map((page) => page.key).filter((key) => !seen.has(key));
}

/**
 * What an author should put right, in the order of the script.
 *
 * @param {Object} script
 * @param {{name: string}[]} fields what texts can carry
 * @returns {{page: string, block: string|false, problem: string, detail: string}[]}
 *  `problem` is one of unreachable, empty_page, empty_text, few_choices, no_goto,
 *  no_status, no_message, no_url, unknown_field
 */
export function scriptProblems(script, fields) {
    const problems = [];
    const unreachable = new Set(unreachablePages(script));
    for (const page of script.pages) {
        const tell = (problem, block = false, detail = "") =>
            problems.push({ page: page.key, block: block && block.key, problem, detail });
        if (unreachable.has(page.key)) {
            tell("unreachable");
        }
        if (!page.blocks.length) {
            tell("empty_page");
        }
        for (const block of page.blocks) {
            if (!(block.text || "").trim()) {
                tell("empty_text", block);
            }
            if (block.kind === "question" && block.answer_type === "choice") {
                if (block.choices.filter((choice) => choice.name.trim()).length < 2) {
                    tell("few_choices", block);
                }
            }
            if (block.kind === "action") {
                const needed = { page: "goto", status: "disposition_code", message: "message" };
                const name = { ...needed, link: "url" }[block.action];
                if (name && !(block[name] || "").trim()) {
                    tell(
                        {
                            goto: "no_goto",
                            disposition_code: "no_status",
                            message: "no_message",
                            url: "no_url",
                        }[name],
                        block
                    );
                }
            }
            for (const name of [
                ...unknownFields(block.text, fields),
                ...unknownFields(block.message, fields),
            ]) {
                tell("unknown_field", block, name);
            }
        }
    }
    return problems;
}
