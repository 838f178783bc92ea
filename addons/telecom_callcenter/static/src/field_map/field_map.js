import { Component, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { loadLeaflet, makeMap } from "@telecom_crm/map/leaflet";
import { timeOf } from "../field/field_model";

const { DateTime } = luxon;
const MODEL = "telecom.field.seller";
const REFRESH = 30000;
const COLORS = { planned: "#0d6efd", done: "#198754", missed: "#fd7e14", refused: "#dc3545" };

/** Where field sellers on duty are, and where they go today. */
export class FieldMap extends Component {
    static template = "telecom_callcenter.FieldMap";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.element = useRef("map");
        this.state = useState({
            sellers: [],
            now: 0,
            chosen: false,
            day: "",
            lost: false,
            none: false,
        });
        onWillStart(async () => {
            [this.L] = await Promise.all([loadLeaflet(), this.load()]);
        });
        onMounted(() => {
            this.map = makeMap(this.L, this.element.el, this.settings);
            this.layer = this.L.featureGroup().addTo(this.map);
            this.trackLayer = this.L.featureGroup().addTo(this.map);
            this.draw(true);
            this.timer = browser.setInterval(() => this.refresh(), REFRESH);
        });
        onWillUnmount(() => {
            browser.clearInterval(this.timer);
            this.map?.remove();
        });
    }

    async load() {
        const { tiles, attribution, days, now, sellers } = await this.orm.silent.call(
            MODEL,
            "get_map",
            []
        );
        this.settings = { tiles, attribution };
        this.days = days;
        Object.assign(this.state, { sellers, now, lost: false });
    }

    async refresh() {
        try {
            await this.load();
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
            this.state.lost = true;
            return;
        }
        this.draw(false);
    }

    get chosen() {
        return this.state.sellers.find((one) => one.id === this.state.chosen);
    }

    status(seller) {
        if (!seller.duty_since) {
            return _t("Off duty");
        }
        if (!seller.located) {
            return _t("On duty, position not shared");
        }
        if (!seller.position) {
            return _t("On duty, no position yet");
        }
        const minutes = Math.max(0, Math.round((this.state.now - seller.position.at) / 60));
        return minutes < 2 ? _t("On duty, here now") : _t("On duty, here %s min ago", minutes);
    }

    tone(seller) {
        if (!seller.duty_since) {
            return "text-bg-secondary";
        }
        return seller.position && this.state.now - seller.position.at < 600
            ? "text-bg-success"
            : "text-bg-warning";
    }

    done(seller) {
        const over = seller.appointments.filter((one) => one.state !== "planned").length;
        return _t("%(done)s of %(all)s appointments", {
            done: over,
            all: seller.appointments.length,
        });
    }

    next(seller) {
        const next = seller.appointments.find((one) => one.state === "planned");
        return next ? `${timeOf(next.start, seller.tz)} ${next.name}` : "";
    }

    /** Leaflet reads strings as HTML, and names are people's. */
    label(...lines) {
        const text = document.createElement("span");
        for (const line of lines.filter(Boolean)) {
            const row = document.createElement("div");
            row.textContent = line;
            text.append(row);
        }
        return text;
    }

    draw(fit) {
        const { L } = this;
        this.layer.clearLayers();
        for (const seller of this.state.sellers) {
            const faded = this.state.chosen && this.state.chosen !== seller.id;
            for (const one of seller.appointments) {
                if (one.place) {
                    L.circleMarker(one.place, {
                        radius: 6,
                        color: COLORS[one.state],
                        opacity: faded ? 0.3 : 1,
                        fillOpacity: faded ? 0.1 : 0.4,
                    })
                        .bindTooltip(
                            this.label(
                                `${timeOf(one.start, seller.tz)} ${one.name}`,
                                one.address,
                                seller.name
                            )
                        )
                        .addTo(this.layer);
                }
            }
            if (seller.position) {
                const initials = seller.name
                    .split(/\s+/)
                    .map((word) => word[0])
                    .slice(0, 2)
                    .join("");
                const mark = document.createElement("span");
                mark.textContent = initials;
                L.marker(seller.position.place, {
                    opacity: faded ? 0.4 : 1,
                    title: seller.name,
                    icon: L.divIcon({
                        className: "o_telecom_field_mark",
                        html: mark,
                        iconSize: [34, 34],
                    }),
                })
                    .bindTooltip(this.label(seller.name, this.status(seller)))
                    .on("click", () => this.choose(seller))
                    .addTo(this.layer);
            }
        }
        const bounds = this.layer.getBounds();
        this.state.none = !bounds.isValid();
        if (fit && bounds.isValid()) {
            this.map.fitBounds(bounds.pad(0.2), { maxZoom: 14, animate: false });
        }
    }

    async choose(seller) {
        const same = this.state.chosen === seller.id;
        this.state.chosen = same ? false : seller.id;
        this.state.day = DateTime.fromSeconds(this.state.now, { zone: seller.tz }).toISODate();
        this.trackLayer.clearLayers();
        this.draw(false);
        if (!same) {
            await this.track();
        }
    }

    get oldest() {
        return DateTime.fromSeconds(this.state.now).minus({ days: this.days }).toISODate();
    }

    setDay(event) {
        this.state.day = event.target.value;
        return this.track();
    }

    async track() {
        const points = await this.orm.call(MODEL, "get_track", [
            [this.state.chosen],
            this.state.day,
        ]);
        this.trackLayer.clearLayers();
        this.state.points = points.length;
        if (points.length) {
            const { L } = this;
            L.polyline(
                points.map(([, latitude, longitude]) => [latitude, longitude]),
                { weight: 4, opacity: 0.7 }
            ).addTo(this.trackLayer);
            for (const [at, latitude, longitude] of points.filter(
                (_point, index) => index % Math.ceil(points.length / 30) === 0
            )) {
                L.circleMarker([latitude, longitude], { radius: 3 })
                    .bindTooltip(this.label(timeOf(at, this.chosen.tz)))
                    .addTo(this.trackLayer);
            }
            this.map.fitBounds(this.trackLayer.getBounds().pad(0.2), {
                maxZoom: 15,
                animate: false,
            });
        }
    }
}

registry.category("actions").add("telecom_callcenter.field_map", FieldMap);
