import { onRpc, patchWithCleanup, serverState } from "@web/../tests/web_test_helpers";
import { session } from "@web/session";
import { EMPTY_STATE } from "@telecom_callcenter/core/desk_model";

export const OPERATOR = { id: 1, name: "Mono Télécom", color: "#0b7a4b" };

export const OTHER_OPERATOR = { id: 3, name: "Carthage Mobile", color: "#a01b2e" };

export const AGENT = {
    id: 4,
    name: "Rachidatou",
    extension: "201",
    device: "phone",
    site: "Cotonou",
    pbx_id: 1,
};

export function makeCall(changes = {}) {
    return {
        id: 77,
        company_id: OPERATOR.id,
        caller_number: "+2290197123456",
        direction: "inbound",
        state: "ringing",
        start_at: 1000,
        answered_at: false,
        queue: "Service client",
        campaign: "1919",
        ...changes,
    };
}

export function makeMatch(changes = {}) {
    return {
        id: 5,
        name: "Afi Dossou",
        type: "person",
        segment: { name: "Gold", color: 3, priority: 10 },
        customer_number: "C-1",
        language: "French",
        city: "Cotonou",
        lines: [
            {
                id: 1,
                msisdn: "+2290197123456",
                msisdn_display: "01 97 12 34 56",
                technology: "mobile",
                state: "active",
                offer: "10 GB",
            },
        ],
        claims: [
            {
                id: 3,
                number: "HT1",
                name: "No signal",
                stage: "New",
                branch: "technical",
                age_days: 2,
            },
        ],
        open_claims: 1,
        vip: true,
        ...changes,
    };
}

export function makeCard(changes = {}) {
    return {
        call: makeCall(),
        number: "+2290197123456",
        number_display: "01 97 12 34 56",
        withheld: false,
        company: OPERATOR,
        queue: "Service client",
        campaign: "1919",
        did: "1919",
        language: false,
        priority: 0,
        waited_seconds: 12,
        partner_id: false,
        matches: [makeMatch()],
        history: [
            {
                call_id: 70,
                at: 900,
                direction: "inbound",
                agent: "Koffi",
                qualification: "Internet down",
                disposition: "Solved",
                note: "Box restarted.",
                outcome: "answered",
                queue: "Service client",
            },
        ],
        url: "/odoo/telecom.call/77",
        ...changes,
    };
}

export const FORM = {
    dispositions: [
        { id: 1, name: "Solved", code: "OK", parent_id: false, leaf: true },
        { id: 2, name: "Passed on", code: "UP", parent_id: false, leaf: true },
    ],
    qualifications: [
        { id: 3, name: "Technical", code: "", parent_id: false, leaf: false },
        { id: 4, name: "Internet down", code: "NET", parent_id: 3, leaf: true },
    ],
    limit_seconds: 60,
};

export function makeWrapup(changes = {}) {
    return {
        id: 9,
        call_id: 77,
        company_id: OPERATOR.id,
        state: "open",
        partner_id: false,
        disposition_id: false,
        qualification_id: false,
        note: "",
        callback: false,
        started_at: 1100,
        limit_seconds: 60,
        caller_number: "+2290197123456",
        ...changes,
    };
}

/**
 * The desk's server, as far as the browser sees it.
 *
 * @param {Object} [options] `agent`: false for other users; `state`: of the agent
 * @returns {{state: Object, calls: Array}} what it answers and what it was asked
 */
export function mockDeskServer({ agent = AGENT, state = {} } = {}) {
    const server = {
        now: 1000,
        state: { ...EMPTY_STATE, presence: "ready", registered: true, ...state },
        wrapup: false,
        card: makeCard(),
        calls: [],
        answers: {},
    };
    const current = () => ({ ...server.state, now: ++server.now });
    const answers = {
        get_session: () => ({
            agent,
            state: agent && current(),
            pause_reasons: [
                { id: 1, name: "Lunch", kind: "break" },
                { id: 2, name: "Missed", kind: "missed" },
            ],
            queues: [
                {
                    id: 11,
                    name: "Service client",
                    company_id: OPERATOR.id,
                    company: OPERATOR.name,
                    color: OPERATOR.color,
                },
            ],
            operators: [OTHER_OPERATOR, OPERATOR],
        }),
        get_state: current,
        set_presence: (presence) => {
            server.state.presence = presence;
            return current();
        },
        get_card: () => server.card,
        get_wrapup_form: () => ({ ...FORM, wrapup: server.wrapup }),
        save_wrapup: () => true,
        finish_wrapup: () => {
            server.state = { ...server.state, activity: "idle", wrapup: false };
            return current();
        },
        command: () => ({ id: 1 }),
        dial: () => ({ id: 1, channel_id: "x" }),
        search_targets: () => [],
        get_callbacks: () => [],
        get_contact_work: () => ({ campaigns: [], contact: false }),
        get_script: () => ({ script: false }),
        answer_script: () => ({ target: false }),
        next_contact: () => false,
        dial_contact: () => ({ id: 1, channel_id: "x" }),
        skip_contact: () => true,
        get_contact_list: () => ({ rows: [], more: false }),
        take_contact: (id) => makeContact({ id }),
        get_softphone: () => false,
        link_partner: () => ({ ...server.card, partner_id: 5 }),
        create_customer: () => ({
            ...server.card,
            matches: [makeMatch({ name: "New One" })],
        }),
    };
    for (const [method, answer] of Object.entries(answers)) {
        onRpc("telecom.desk", method, ({ args, kwargs }) => {
            server.calls.push({ method, args, kwargs });
            return (server.answers[method] || answer)(...args);
        });
    }
    onRpc("telecom.call", "search_read", () => []);
    patchWithCleanup(session, { telecom_agent: Boolean(agent) });
    serverState.companies = [
        { id: OPERATOR.id, name: OPERATOR.name, sequence: 1 },
        { id: 2, name: "Provider", sequence: 2 },
    ];
    return server;
}

/** What was asked of the server, by method. */
export function asked(server, method) {
    return server.calls.filter((call) => call.method === method);
}

export const SCRIPT = {
    id: 1,
    name: "Renewal",
    revision: 1,
    company_id: OPERATOR.id,
    company: OPERATOR.name,
    pages: [
        {
            key: "1",
            name: "Welcome",
            next: "",
            blocks: [
                makeBlock({ key: "11", text: "Good day {first_name} from {city}!" }),
                makeBlock({ key: "12", kind: "hint", text: "Smile." }),
                makeBlock({
                    key: "13",
                    kind: "question",
                    text: "Interested?",
                    answer_type: "choice",
                    required: true,
                    choices: [
                        { key: "131", name: "Yes", goto: "" },
                        { key: "132", name: "No", goto: "3" },
                        { key: "133", name: "Never", goto: "end" },
                    ],
                }),
            ],
        },
        {
            key: "2",
            name: "Offer",
            next: "end",
            blocks: [
                makeBlock({ key: "21", kind: "question", answer_type: "char", text: "E-mail?" }),
                makeBlock({ key: "22", kind: "action", action: "page", text: "Away", goto: "3" }),
            ],
        },
        { key: "3", name: "Goodbye", next: "", blocks: [makeBlock({ key: "31", text: "Bye." })] },
    ],
};

export function makeBlock(changes) {
    return {
        kind: "say",
        text: "",
        answer_type: false,
        required: false,
        target: false,
        action: false,
        disposition_code: false,
        message: false,
        url: false,
        goto: "",
        choices: [],
        ...changes,
    };
}

/** What `get_script` answers. */
export function makeScript(changes = {}) {
    return {
        script: SCRIPT,
        values: { first_name: "Afi", city: "" },
        lang: "en_US",
        languages: [{ code: "en_US", name: "English" }],
        contact: false,
        answers: {},
        ...changes,
    };
}

/** What `next_contact` answers. */
export function makeContact(changes = {}) {
    return {
        id: 31,
        name: "Afi Dossou",
        number: "+2290197000011",
        number_display: "01 97 00 00 11",
        other_numbers: [],
        email: false,
        city: "Cotonou",
        partner_id: false,
        partner: false,
        properties: [{ name: "offer", label: "Present offer", value: "2 GB" }],
        attempts: 0,
        last_attempt_at: false,
        last_status: false,
        company_id: OPERATOR.id,
        company: OPERATOR.name,
        color: OPERATOR.color,
        campaign_id: 8,
        campaign: "Renewals",
        mode: "preview",
        callback: false,
        calling: false,
        history: [],
        script: makeScript(),
        ...changes,
    };
}
