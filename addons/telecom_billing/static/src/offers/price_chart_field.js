import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 600;
const HEIGHT = 140;
const MARGIN = { top: 22, bottom: 18, left: 6, right: 6 };

/**
 * What an offer cost and will cost, as steps: plain SVG, which needs no library and
 * fits a telephone. What is only prepared is dashed.
 */
export class PriceChartField extends Component {
    static template = "telecom_billing.PriceChartField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name] || {};
    }

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    /** What changed or will; a price that never did says enough as a number. */
    get charts() {
        const series = (this.value.series || []).filter((one) => one.points.length);
        const moving = series.filter((one) => one.points.length > 1);
        return (moving.length ? moving : series.slice(0, 1)).map((one) => this.draw(one));
    }

    draw(series) {
        const day = (text) => Date.parse(text) / 86400000;
        const today = day(this.value.today);
        const points = series.points.map((point) => ({ ...point, at: day(point.date) }));
        const first = Math.min(points[0].at, today - 30);
        const last = Math.max(points.at(-1).at, today) + 30;
        const most = Math.max(...points.map((point) => point.amount), 0.001);
        const x = (at) =>
            MARGIN.left + ((at - first) / (last - first)) * (WIDTH - MARGIN.left - MARGIN.right);
        const y = (amount) =>
            HEIGHT - MARGIN.bottom - (amount / most) * (HEIGHT - MARGIN.top - MARGIN.bottom);
        const steps = points.map((point, index) => {
            const end = points[index + 1]?.at ?? last;
            const left = x(point.at);
            return {
                ...point,
                key: `${point.date}`,
                left,
                right: x(end),
                top: y(point.amount),
                before: index ? y(points[index - 1].amount) : null,
                label: Math.max(MARGIN.left, Math.min(left, WIDTH - 90)),
                now: point.at <= today && today < end,
            };
        });
        return { ...series, steps, today: x(today), bottom: HEIGHT - MARGIN.bottom };
    }
}

registry.category("fields").add("telecom_price_chart", {
    component: PriceChartField,
    supportedTypes: ["json"],
});
