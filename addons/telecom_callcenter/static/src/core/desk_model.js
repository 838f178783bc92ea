/**
 * What the desk concludes from its state. Pure functions: no service, no DOM, no
 * clock of their own, so that they are tested in tables.
 *
 * `state` is what `telecom.desk.get_state()` returns; all its times are epoch
 * seconds of the server's clock.
 */

const { DateTime } = luxon;

/** Until then it is still the night before, for whoever works. */
const NIGHT = 5 * 3600;

/** Activities with somebody on the line. */
export const IN_CALL = ["talking", "hold", "consulting"];

/** Activities that keep an agent from changing presence at once. */
export const BUSY = ["ringing", ...IN_CALL, "manual", "wrapup"];

export const EMPTY_STATE = {
    now: 0,
    presence: "offline",
    presence_since: 0,
    reason: false,
    activity: "idle",
    activity_since: 0,
    registered: false,
    login_at: false,
    link: { state: "up", since: 0 },
    call: false,
    consult: false,
    wrapup: false,
    missed_today: 0,
    answered_today: 0,
};

/**
 * How far the server's clock is ahead of the browser's.
 *
 * @param {number} serverNow epoch seconds, as the server saw them
 * @param {number} browserNowMs `Date.now()` when the answer arrived
 * @returns {number} seconds to add to the browser's clock
 */
export function clockOffset(serverNow, browserNowMs) {
    return serverNow - browserNowMs / 1000;
}

/**
 * Seconds gone since a moment of the server's clock, never negative.
 *
 * @param {number|false} since epoch seconds
 * @param {number} offset see clockOffset
 * @param {number} browserNowMs
 * @returns {number}
 */
export function elapsedSeconds(since, offset, browserNowMs) {
    if (!since) {
        return 0;
    }
    return Math.max(0, Math.floor(browserNowMs / 1000 + offset - since));
}

/**
 * @param {number} seconds
 * @returns {string} "04:09", or "1:04:09" from an hour on
 */
export function formatDuration(seconds) {
    const total = Math.max(0, Math.floor(seconds || 0));
    const pad = (value) => String(value).padStart(2, "0");
    const hours = Math.floor(total / 3600);
    const minutes = pad(Math.floor((total % 3600) / 60));
    const rest = pad(total % 60);
    return hours ? `${hours}:${minutes}:${rest}` : `${minutes}:${rest}`;
}

/**
 * Which of two answers of the server is newer; the bus and an RPC may cross.
 *
 * @param {Object} current
 * @param {Object} incoming
 * @returns {boolean} whether `incoming` replaces `current`
 */
export function isNewer(current, incoming) {
    return !current?.now || !incoming?.now || incoming.now >= current.now;
}

/**
 * The one word for what an agent is doing, and since when: activity when there is
 * one, presence otherwise.
 *
 * @param {Object} state
 * @returns {{key: string, tone: string, since: number|false}} `tone` is one of
 *  off, ready, pause, ring, talk, hold, wrapup
 */
export function statusOf(state) {
    const tones = {
        ringing: "ring",
        manual: "ring",
        talking: "talk",
        hold: "hold",
        consulting: "hold",
        wrapup: "wrapup",
        chat: "talk",
    };
    if (tones[state.activity]) {
        return {
            key: state.activity,
            tone: tones[state.activity],
            since: state.activity_since,
        };
    }
    if (state.wrapup && state.presence !== "offline") {
        // The activity may follow a moment later than the wrap-up itself.
        return { key: "wrapup", tone: "wrapup", since: state.wrapup.started_at };
    }
    // Free since the last call, or since she said so: whichever is later.
    const since = Math.max(state.presence_since || 0, state.activity_since || 0) || false;
    switch (state.presence) {
        case "ready":
            return { key: "ready", tone: "ready", since };
        case "not_ready":
            return { key: "not_ready", tone: "pause", since };
        case "pause_requested":
            return { key: "pause_requested", tone: "pause", since };
        default:
            return { key: "offline", tone: "off", since };
    }
}

/**
 * The same, with what the browser's own phone knows before anybody else: it rings, or
 * somebody is on the line.
 *
 * @param {Object} state
 * @param {Object|false} session of the softphone; false on a desk phone
 * @param {number} offset see clockOffset
 */
export function statusWithPhone(state, session, offset) {
    const status = statusOf(state);
    if (session?.state === "ringing" && ["idle", "wrapup"].includes(state.activity)) {
        return { key: "ringing", tone: "ring", since: false };
    }
    if (session?.state === "active" && ["idle", "ringing"].includes(state.activity)) {
        const since = session.since ? session.since + offset : false;
        return { key: "talking", tone: "talk", since };
    }
    return status;
}

/**
 * What the agent may do right now.
 *
 * The server's state says what Asterisk knows; the softphone knows a little
 * earlier that it rings or that a call is over, so either is enough.
 *
 * @param {Object} state
 * @param {"browser"|"phone"} device
 * @param {{session: Object|false, held: boolean, muted: boolean, usable: boolean}} phone
 * @returns {Object<string, boolean>}
 */
export function availableActions(state, device, phone) {
    const session = phone.session || false;
    const browser = device === "browser";
    const ringing = browser
        ? session.state === "ringing" && session.direction === "incoming"
        : state.activity === "ringing";
    const talking = browser ? session.state === "active" : IN_CALL.includes(state.activity);
    // Who asked for the consultation ends it; who was asked just talks.
    const leads = Boolean(state.consult);
    const consulting = state.activity === "consulting" || leads;
    const held = browser ? phone.held : state.activity === "hold";
    // Nobody has answered yet: there is nobody to hold or to hand over.
    const dialling = state.activity === "manual";
    const free = !ringing && !talking && !state.wrapup && !BUSY.includes(state.activity);
    return {
        answer: ringing,
        // Refusing a queue's call would count as missed: agents pause instead.
        hangup: talking || (state.activity === "manual" && (Boolean(session) || !browser)),
        hold: talking && !held && !consulting && !dialling,
        resume: talking && held && !consulting,
        mute: talking && !phone.muted,
        unmute: talking && phone.muted,
        dtmf: talking,
        transfer: talking && !consulting && !dialling,
        complete: leads && state.consult.state !== "ringing",
        conference: leads && state.consult.state !== "ringing",
        cancel: leads,
        dial:
            free &&
            state.presence !== "offline" &&
            (browser ? phone.usable : true) &&
            state.link?.state === "up",
    };
}

/**
 * What is missing before a wrap-up can be finished, in the order of the screen.
 *
 * @param {Object} form {dispositions, qualifications}
 * @param {Object} draft {disposition_id, qualification_id, callback}
 * @param {number} now epoch seconds
 * @returns {string[]} among qualification, disposition, callback
 */
export function missingInWrapup(form, draft, now) {
    const missing = [];
    if (form?.qualifications?.length && !draft.qualification_id) {
        missing.push("qualification");
    }
    if (form?.dispositions?.length && !draft.disposition_id) {
        missing.push("disposition");
    }
    if (draft.callback && !(draft.callback.due_at > now)) {
        missing.push("callback");
    }
    return missing;
}

/**
 * The status a key chooses.
 *
 * @param {{id: number, leaf: boolean, shortcut: string|false}[]} nodes
 * @param {string} key of a keyboard event
 * @returns {number|false}
 */
export function leafOfKey(nodes, key) {
    const wanted = (key || "").toLowerCase();
    const found = (nodes || []).find((node) => node.leaf && node.shortcut === wanted);
    return wanted && found ? found.id : false;
}

/** Lower case without accents, for searching. */
export function normalise(text) {
    return (text || "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * Turn a flat tree into what is shown: leaves under the path of their parents, in
 * the tree's own order.
 *
 * @param {{id: number, name: string, code: string, parent_id: number|false, leaf: boolean}[]} nodes
 * @param {string} [query] words that must all occur in the leaf, its code or its path
 * @returns {{path: string, leaves: Object[]}[]}
 */
export function groupTree(nodes, query = "") {
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const pathOf = (node) => {
        const names = [];
        let parent = byId.get(node.parent_id);
        // A broken tree must not hang the desk.
        for (let depth = 0; parent && depth < 20; depth++) {
            names.unshift(parent.name);
            parent = byId.get(parent.parent_id);
        }
        return names.join(" › ");
    };
    const words = normalise(query).split(/\s+/).filter(Boolean);
    const groups = new Map();
    for (const node of nodes) {
        if (!node.leaf) {
            continue;
        }
        const path = pathOf(node);
        const haystack = normalise(`${path} ${node.name} ${node.code || ""}`);
        if (!words.every((word) => haystack.includes(word))) {
            continue;
        }
        if (!groups.has(path)) {
            groups.set(path, { path, leaves: [] });
        }
        groups.get(path).leaves.push(node);
    }
    return [...groups.values()];
}

/**
 * The match a card is about: the chosen one, or the only one.
 *
 * @param {Object|false} card
 * @param {number|false} partnerId the match the agent chose
 * @returns {Object|false}
 */
export function chosenMatch(card, partnerId = false) {
    const matches = card?.matches || [];
    if (partnerId) {
        const match = matches.find((candidate) => candidate.id === partnerId);
        if (match) {
            return match;
        }
    }
    return matches.length === 1 ? matches[0] : false;
}

/** Up to two initials of a name. */
export function initials(name) {
    const words = (name || "").trim().split(/\s+/).filter(Boolean);
    const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
    return letters.map((word) => [...word][0].toUpperCase()).join("");
}

/** What a person may type as a number to call. */
export function cleanNumber(text) {
    const trimmed = (text || "").trim();
    const digits = trimmed.replace(/[^\d*#]/g, "");
    return trimmed.startsWith("+") ? `+${digits}` : digits;
}

/**
 * Black or white, whichever reads better on a colour.
 *
 * @param {string} hex "#rrggbb"
 * @returns {string} "#000" or "#fff"
 */
export function readableOn(hex) {
    const match = /^#?([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(hex || "");
    if (!match) {
        return "#fff";
    }
    const [red, green, blue] = match.slice(1).map((part) => {
        const value = parseInt(part, 16) / 255;
        return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

/** Whether people may be called at a time; where no hours are known, always. */
export function isCallable(calling, at) {
    return !calling?.open?.length || calling.open.some(([start, end]) => start <= at && at < end);
}

/**
 * Times a callback is proposed for: those only at which people may be called.
 *
 * The next morning is that of a day that has one: no Sunday and no holiday, unless
 * people are called then.
 *
 * @param {{open: number[][], tz: string}|false} calling hours in epoch seconds, in
 *     order, and the time zone of whoever is called
 * @param {number} now epoch seconds
 * @returns {{name: string, at: number}[]} of `hour`, `hours`, `morning`, `afternoon`
 */
export function callbackTimes(calling, now) {
    const minute = Math.floor(now / 60) * 60;
    const today = DateTime.fromSeconds(now - NIGHT, { zone: calling?.tz || "local" }).startOf(
        "day"
    );
    const open = calling?.open?.length ? calling.open : [[now, Infinity]];
    const nextDay = (hour, until) => {
        for (let days = 1; days <= 31; days++) {
            const day = today.plus({ days });
            const from = Math.max(day.set({ hour }).toSeconds(), now);
            const to = day.set({ hour: until }).toSeconds();
            for (const [start, end] of open) {
                const at = Math.max(start, from);
                if (at < Math.min(end, to)) {
                    return at;
                }
            }
        }
        return false;
    };
    return [
        { name: "hour", at: minute + 3600 },
        { name: "hours", at: minute + 3 * 3600 },
        { name: "morning", at: nextDay(9, 12) },
        { name: "afternoon", at: nextDay(15, 18) },
    ].filter(({ at }) => at && isCallable(calling, at));
}
