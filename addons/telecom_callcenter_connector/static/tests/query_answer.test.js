import { describe, expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { mountWithCleanup } from "@web/../tests/web_test_helpers";
import { QueryAnswer } from "@telecom_callcenter_connector/query_answer";

describe.current.tags("desktop");
defineMailModels();

const answer = { title: "Block", operation: "write", columns: [], rows: [], more: false };

for (const [operation, count, words] of [
    // A service that answers nothing: nobody shall click again
    ["write", null, "Done."],
    ["write", 0, "0 records were changed."],
    ["write", 1, "One record was changed."],
    ["read", 0, "Nothing was found."],
]) {
    test(`what ${operation} of ${count} says`, async () => {
        await mountWithCleanup(QueryAnswer, { props: { answer: { ...answer, operation, count } } });
        expect("[role=status]").toHaveText(words);
    });
}
