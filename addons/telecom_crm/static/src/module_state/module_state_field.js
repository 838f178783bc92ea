import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const PREFIX = "telecom_module_";
const LOOKS = {
    on: { icon: "fa-check", active: "text-bg-success" },
    readonly: { icon: "fa-eye", active: "text-bg-warning" },
    off: { icon: "fa-ban", active: "text-bg-danger" },
};

/**
 * The state of a module as a switch with three positions: one click changes it.
 *
 * What else moves, because modules need one another, is told in a notification; a
 * module held back by another one is shown hollow.
 */
export class ModuleStateField extends Component {
    static template = "telecom_crm.ModuleStateField";
    static props = {
        ...standardFieldProps,
        showLabel: { type: Boolean, optional: true },
    };

    setup() {
        this.notification = useService("notification");
    }

    get code() {
        return this.props.name.slice(PREFIX.length);
    }

    get notes() {
        return this.props.record.data.telecom_module_notes || {};
    }

    get note() {
        return this.notes[this.code] || {};
    }

    get value() {
        return this.props.record.data[this.props.name] || "on";
    }

    /** Whether another module, and not a decision about this one, closes it. */
    get isHeld() {
        return Boolean(this.note.own && this.note.own !== this.value);
    }

    get options() {
        const selection = this.props.record.fields[this.props.name].selection;
        return selection.map(([value, label]) => {
            const isActive = value === this.value;
            return {
                value,
                label,
                isActive,
                icon: LOOKS[value].icon,
                title: this.title(label, isActive),
                classes: !isActive
                    ? "btn-light text-muted"
                    : this.isHeld
                      ? "btn-light border-dark fw-bold"
                      : LOOKS[value].active,
            };
        });
    }

    title(label, isActive) {
        const lines = [`${this.note.name || ""}: ${label}`];
        const needs = (this.note.needs || []).join(", ");
        if (isActive && this.isHeld) {
            lines.push(_t("Held back by %s; comes back with it.", needs));
        } else if (needs) {
            lines.push(_t("Needs: %s", needs));
        }
        return lines.join("\n");
    }

    states() {
        return Object.fromEntries(
            Object.entries(this.props.record.data).filter(
                ([name, value]) => name.startsWith(PREFIX) && typeof value === "string"
            )
        );
    }

    async choose(value) {
        const { name, record } = this.props;
        if (value === this.value || this.props.readonly) {
            return;
        }
        const before = this.states();
        await record.update({ [name]: value }, { save: true });
        const labels = Object.fromEntries(record.fields[name].selection);
        const others = Object.entries(this.states())
            .filter(([other, state]) => other !== name && state !== before[other])
            .map(([other, state]) => {
                const note = this.notes[other.slice(PREFIX.length)];
                return `${note?.name || record.fields[other].string}: ${labels[state]}`;
            });
        if (others.length) {
            this.notification.add(
                _t(
                    "Changed along with it, as these modules need one another: %s",
                    others.join(", ")
                ),
                { type: "info" }
            );
        }
    }
}

registry.category("fields").add("telecom_module_state", {
    component: ModuleStateField,
    displayName: _t("State of a module"),
    supportedTypes: ["selection"],
    fieldDependencies: [{ name: "telecom_module_notes", type: "json", readonly: true }],
    extractProps: ({ viewType }, dynamicInfo) => ({
        showLabel: viewType === "form",
        readonly: dynamicInfo.readonly,
    }),
});
