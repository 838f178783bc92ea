/* global Chart */

import { Component, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";

import { loadBundle } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const REFRESH_MS = 10000;
const COLORS = {
    agents: "#495057",
    busy: "#0a7d4f",
    ringing: "#1d4e89",
    waiting: "#d9480f",
    dialed: "#8fb3d9",
    answered: "#0a7d4f",
    abandoned: "#c92a2a",
    cap: "#c92a2a",
    permitted: "#868e96",
};

/** What the dialer of a campaign sees, and why it dials as many calls as it does. */
export class PacingBoard extends Component {
    static template = "telecom_callcenter.PacingBoard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.campaignId = this.props.action.context.active_id;
        this.state = useState({ minutes: 15, seen: null });
        this.refs = {
            agents: useRef("agents"),
            calls: useRef("calls"),
            share: useRef("share"),
        };
        this.charts = {};
        this.periods = [
            { minutes: 15, label: _t("15 minutes") },
            { minutes: 60, label: _t("1 hour") },
            { minutes: 240, label: _t("4 hours") },
        ];
        onWillStart(async () => {
            await Promise.all([loadBundle("web.chartjs_lib"), this.load()]);
        });
        onMounted(() => {
            this.draw();
            this.timer = setInterval(() => this.refresh(), REFRESH_MS);
        });
        onWillUnmount(() => {
            clearInterval(this.timer);
            Object.values(this.charts).forEach((chart) => chart.destroy());
        });
    }

    async load() {
        this.state.seen = await this.orm.silent.call("telecom.campaign", "get_pacing", [
            [this.campaignId],
            this.state.minutes,
        ]);
    }

    async refresh() {
        if (document.hidden) {
            return;
        }
        try {
            await this.load();
        } catch {
            // The server is away for a moment: the next turn will tell
            return;
        }
        this.draw();
    }

    async show(minutes) {
        this.state.minutes = minutes;
        await this.load();
        this.draw();
    }

    get last() {
        const rows = this.state.seen.rows;
        return rows.length ? rows[rows.length - 1] : false;
    }

    openRows() {
        return this.action.doAction("telecom_callcenter.action_telecom_campaign_pacing", {
            additionalContext: { search_default_campaign_id: this.campaignId },
        });
    }

    openCampaign() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "telecom.campaign",
            res_id: this.campaignId,
            views: [[false, "form"]],
        });
    }

    // -- charts -------------------------------------------------------------------

    line(name, label, options = {}) {
        return {
            label,
            data: this.state.seen.rows.map((row) => row[name]),
            borderColor: COLORS[name],
            backgroundColor: `${COLORS[name]}33`,
            borderWidth: 2,
            pointRadius: 0,
            ...options,
        };
    }

    bar(name, label) {
        return {
            label,
            data: this.state.seen.rows.map((row) => row[name]),
            backgroundColor: COLORS[name],
            barPercentage: 1,
            categoryPercentage: 0.9,
        };
    }

    draw() {
        const cap = this.state.seen.rows.map(() => this.state.seen.most);
        this.chart("agents", "line", [
            this.line("agents", _t("Agents"), { stepped: true }),
            this.line("busy", _t("Busy"), { fill: true }),
            this.line("ringing", _t("Calls in the Air")),
            this.line("waiting", _t("Persons Waiting")),
        ]);
        this.chart("calls", "bar", [
            this.bar("dialed", _t("Dialed")),
            this.bar("answered", _t("Answered")),
            this.bar("abandoned", _t("Abandoned")),
        ]);
        this.chart("share", "line", [
            this.line("abandoned_share", _t("Abandoned in 24 Hours (%)"), {
                borderColor: COLORS.ringing,
            }),
            this.line("cap", _t("At Most (%)"), { data: cap, borderDash: [6, 4] }),
            this.line("permitted_share", _t("May Be Abandoned Now (%)"), {
                borderColor: COLORS.permitted,
                borderWidth: 1,
            }),
        ]);
    }

    chart(name, type, datasets) {
        const labels = this.state.seen.rows.map((row) => row.time);
        if (this.charts[name]) {
            Object.assign(this.charts[name].data, { labels, datasets });
            this.charts[name].update("none");
            return;
        }
        this.charts[name] = new Chart(this.refs[name].el, {
            type,
            data: { labels, datasets },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: { legend: { position: "bottom", labels: { boxWidth: 12 } } },
                scales: {
                    x: { ticks: { maxTicksLimit: 8, maxRotation: 0 }, grid: { display: false } },
                    y: { beginAtZero: true },
                },
            },
        });
    }
}

registry.category("actions").add("telecom_callcenter.pacing", PacingBoard);
