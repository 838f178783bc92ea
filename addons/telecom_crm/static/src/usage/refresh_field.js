import { Component, onWillDestroy, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const SECONDS = 2;

/** Shows nothing; while it is there, what the server does is read again and again. */
export class RefreshField extends Component {
    static template = xml`<span />`;
    static props = { ...standardFieldProps };

    setup() {
        const timer = setInterval(() => this.refresh(), SECONDS * 1000);
        onWillDestroy(() => clearInterval(timer));
    }

    async refresh() {
        if (!this.loading) {
            this.loading = true;
            try {
                await this.props.record.load();
            } finally {
                this.loading = false;
            }
        }
    }
}

registry.category("fields").add("telecom_refresh", {
    component: RefreshField,
    supportedTypes: ["boolean"],
});
