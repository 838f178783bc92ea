import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What a campaign needs to go live; a click on a point opens what settles it. */
export class ChecklistField extends Component {
    static template = "telecom_callcenter.ChecklistField";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get points() {
        return this.props.record.data[this.props.name] || [];
    }

    icon(point) {
        if (point.done) {
            return "fa-check-circle text-success";
        }
        return point.needed ? "fa-circle-o text-danger" : "fa-circle-thin text-muted";
    }

    async mend(point) {
        const { record } = this.props;
        if (!(await record.save())) {
            return;
        }
        const action = await this.orm.call(record.resModel, "action_mend", [
            record.resId,
            point.key,
        ]);
        await this.action.doAction(action, { onClose: () => record.load() });
    }
}

registry.category("fields").add("telecom_checklist", {
    component: ChecklistField,
});
