import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { useDebounced } from "@web/core/utils/timing";
import { useCallControl, useEvery } from "../core/hooks";
import { HOTKEYS, formatMoment, joined, withHotkey } from "../core/labels";

/** How many more contacts a click shows. */
const LISTED = 40;
const SEARCH_DELAY_MS = 250;
/** Colleagues take contacts, and others become due. */
const REFRESH_MS = 30000;

/** Whom the agent may call now in a manual campaign: she chooses, Enter dials. */
export class ContactList extends Component {
    static template = "telecom_callcenter.ContactList";
    static props = { campaigns: Array };

    setup() {
        Object.assign(this, useCallControl());
        this.joined = joined;
        this.query = useRef("query");
        this.rows = useRef("rows");
        this.state = useState({
            rows: [],
            more: false,
            loaded: "",
            selected: 0,
            limit: LISTED,
        });
        this.searchSoon = useDebounced(() => this.load(), SEARCH_DELAY_MS);
        useHotkey(HOTKEYS.list, () => this.query.el.focus(), {
            bypassEditableProtection: true,
        });
        useEvery(REFRESH_MS, () => {
            if (document.visibilityState === "visible") {
                this.load();
            }
        });
        onMounted(() => {
            // The screen does not wait for lists.
            this.load();
            // Back from a call of this list: the hands stay on the keyboard.
            if (this.desk.listing.dialed && document.activeElement === document.body) {
                this.query.el.focus();
            }
        });
    }

    get listing() {
        return this.desk.listing;
    }

    get campaignId() {
        const known = this.props.campaigns.some(({ id }) => id === this.listing.campaign_id);
        return known ? this.listing.campaign_id : this.props.campaigns[0].id;
    }

    /** What was asked for: rows of anything else are not the ones to dial. */
    get wanted() {
        const { search, kind, order } = this.listing;
        return JSON.stringify([this.campaignId, search.trim(), kind, order]);
    }

    get current() {
        return this.state.loaded === this.wanted;
    }

    async load() {
        const { wanted } = this;
        const answer = await this.desk.getContactList(this.campaignId, this.state.limit);
        if (!answer || wanted !== this.wanted) {
            return;
        }
        const chosen = this.state.rows[this.state.selected];
        const same = this.current && chosen ? answer.rows.findIndex((r) => r.id === chosen.id) : 0;
        Object.assign(this.state, {
            rows: answer.rows,
            more: answer.more,
            loaded: wanted,
            selected: Math.max(same, 0),
        });
    }

    get kinds() {
        return [
            { name: "all", label: _t("Everybody") },
            { name: "callback", label: _t("Callbacks") },
            { name: "new", label: _t("Never called") },
            { name: "again", label: _t("Called before") },
        ];
    }

    get orders() {
        return [
            { name: "priority", label: _t("By priority") },
            { name: "waiting", label: _t("Longest waiting first") },
            { name: "name", label: _t("By name") },
        ];
    }

    get searchTitle() {
        return withHotkey(_t("Search the list"), "list");
    }

    get emptyText() {
        if (!this.state.loaded) {
            return _t("Loading…");
        }
        const { search, kind } = this.listing;
        return search.trim() || kind !== "all"
            ? _t("Nobody in the list fits.")
            : _t(
                  "Nobody is to be called now: outside the hours of calling, or the files are through."
              );
    }

    history(row) {
        return row.attempts
            ? joined(
                  row.attempts === 1 ? _t("Called once") : _t("Called %s times", row.attempts),
                  row.last_status
              )
            : _t("Not called yet");
    }

    promise({ due_at, personal, note }) {
        const moment = formatMoment(due_at, true);
        return joined(
            personal ? _t("Your callback: %s", moment) : _t("Callback: %s", moment),
            note
        );
    }

    change(changes) {
        Object.assign(this.listing, changes);
        this.state.selected = 0;
        this.state.limit = LISTED;
        return "search" in changes ? this.searchSoon() : this.load();
    }

    showMore() {
        this.state.limit += LISTED;
        return this.load();
    }

    onKeydown(ev) {
        const count = this.state.rows.length;
        const steps = { ArrowDown: 1, ArrowUp: -1 };
        if (ev.key in steps && count) {
            ev.preventDefault();
            this.state.selected = (this.state.selected + steps[ev.key] + count) % count;
            this.rows.el?.children[this.state.selected]?.scrollIntoView({ block: "nearest" });
        } else if (ev.key === "Enter" && !ev.isComposing) {
            ev.preventDefault();
            const row = this.state.rows[this.state.selected];
            if (row && this.current) {
                this.take(row, !ev.shiftKey);
            }
        } else if (ev.key === "Escape" && this.listing.search) {
            ev.stopPropagation();
            this.change({ search: "" });
        }
    }

    /** @param {boolean} dial at once; otherwise the record is read first */
    async take(row, dial) {
        if (dial && !this.control.can.dial) {
            return;
        }
        const taken = await this.desk.takeContact(row.id);
        if (!taken) {
            await this.load();
        } else if (dial) {
            this.listing.dialed = true;
            await this.desk.dialContact();
        }
    }

    get loading() {
        return Boolean(this.desk.pending.contact || this.desk.pending.dial);
    }
}
