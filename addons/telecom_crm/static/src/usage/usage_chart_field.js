import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * The last twelve months of a customer, one quantity at a time: plain bars, which
 * need no library and fit a telephone.
 */
export class UsageChartField extends Component {
    static template = "telecom_crm.UsageChartField";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ quantity: "amount" });
    }

    get value() {
        return this.props.record.data[this.props.name] || {};
    }

    get quantities() {
        return [
            { name: "amount", label: _t("Amount") },
            { name: "data", label: _t("Data") },
            { name: "voice", label: _t("Voice") },
            { name: "sms", label: _t("SMS") },
        ];
    }

    get months() {
        const months = this.value.months || [];
        const most = Math.max(0, ...months.map((month) => month[this.state.quantity]));
        return months.map((month) => ({
            ...month,
            height: most ? Math.max(0, (100 * month[this.state.quantity]) / most) : 0,
            text: this.format(month[this.state.quantity]),
            short: this.format(month[this.state.quantity], true),
        }));
    }

    format(value, short = false) {
        const { quantity } = this.state;
        const { symbol, digits } = this.value.currency;
        const written = (number, places) =>
            formatFloat(number, {
                digits: [16, places],
                humanReadable: short && number >= 1000,
                decimals: 0,
            });
        if (quantity === "data") {
            return value >= 1000
                ? _t("%s GB", written(value / 1000, 1))
                : _t("%s MB", written(value, 0));
        }
        if (quantity === "voice") {
            return _t("%s min", written(value, 0));
        }
        if (quantity === "amount") {
            return short ? written(value, 0) : `${written(value, digits)} ${symbol}`;
        }
        return written(value, 0);
    }
}

registry.category("fields").add("telecom_usage_chart", {
    component: UsageChartField,
    supportedTypes: ["json"],
});
