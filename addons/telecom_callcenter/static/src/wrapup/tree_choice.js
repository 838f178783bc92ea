import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { groupTree } from "../core/desk_model";

// Few enough to be read at a glance: no search box.
const SEARCH_FROM = 7;

/**
 * One leaf of a tree, chosen from buttons grouped by their branch; with many leaves,
 * typing narrows them down. Once chosen, the tree folds into one line, and the next
 * question comes into sight. For the keyboard a radio group: arrows move, Enter or
 * Space chooses, Enter in the search box takes the first.
 */
export class TreeChoice extends Component {
    static template = "telecom_callcenter.TreeChoice";
    static props = {
        name: String,
        label: String,
        nodes: Array,
        value: { type: [Number, Boolean], optional: true },
        required: { type: Boolean, optional: true },
        missing: { type: Boolean, optional: true },
        onChange: Function,
    };

    setup() {
        this.root = useRef("root");
        this.chosenButton = useRef("chosen");
        this.state = useState({ query: "", open: false });
        // Folding takes the focused button away: give its focus to what replaces it.
        let refocus = false;
        this.fold = () => {
            refocus = this.root.el.contains(document.activeElement);
            this.state.open = false;
            this.state.query = "";
        };
        useEffect(
            (folded) => {
                if (folded && refocus) {
                    this.chosenButton.el?.focus();
                }
                refocus = false;
            },
            () => [this.folded]
        );
    }

    get chosen() {
        return this.props.nodes.find((node) => node.id === this.props.value);
    }

    get folded() {
        return Boolean(this.chosen) && !this.state.open;
    }

    get chosenPath() {
        return groupTree(this.props.nodes).find((group) => group.leaves.includes(this.chosen))
            ?.path;
    }

    unfold() {
        this.state.open = true;
    }

    get searchable() {
        return this.props.nodes.filter((node) => node.leaf).length >= SEARCH_FROM;
    }

    get groups() {
        return groupTree(this.props.nodes, this.state.query);
    }

    get leaves() {
        return this.groups.flatMap((group) => group.leaves);
    }

    get searchLabel() {
        return _t("Search: %s", this.props.label);
    }

    /** Tab reaches the chosen leaf, or the first. */
    tabIndex(leaf) {
        const leaves = this.leaves;
        const current = leaves.find((each) => each.id === this.props.value) || leaves[0];
        return leaf.id === current.id ? 0 : -1;
    }

    choose(leaf) {
        this.props.onChange(leaf.id);
        this.fold();
    }

    focus(index) {
        const buttons = this.root.el.querySelectorAll("[role=radio]");
        buttons[(index + buttons.length) % buttons.length]?.focus();
    }

    onSearchKeydown(ev) {
        if (ev.key === "Enter" && !ev.ctrlKey && !ev.metaKey) {
            ev.preventDefault();
            const first = this.leaves[0];
            if (this.state.query.trim() && first) {
                this.choose(first);
            }
        } else if (ev.key === "ArrowDown") {
            ev.preventDefault();
            this.focus(0);
        } else if (ev.key === "Escape" && this.state.query) {
            ev.stopPropagation();
            this.state.query = "";
        }
    }

    onRadioKeydown(ev) {
        const buttons = [...this.root.el.querySelectorAll("[role=radio]")];
        const index = buttons.indexOf(ev.target);
        const moves = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
        if (ev.key in moves) {
            ev.preventDefault();
            this.focus(index + moves[ev.key]);
        }
    }
}
