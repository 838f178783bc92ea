import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSortable } from "@web/core/utils/sortable_owl";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useSetupAction } from "@web/search/action_hook";
import { scriptAction, scriptActions } from "./script_actions";
import { pageOf, scriptProblems, textParts, unknownFields } from "./script_model";
import { TryOutDialog } from "./try_out_dialog";

const NEW_BLOCK = {
    kind: "say",
    text: "",
    answer_type: false,
    required: false,
    target: false,
    action: false,
    disposition_code: false,
    message: false,
    url: false,
    goto: "",
    choices: [],
};

function answerTypes() {
    return [
        { name: "choice", label: _t("One of several") },
        { name: "boolean", label: _t("Yes or no") },
        { name: "char", label: _t("Short text") },
        { name: "text", label: _t("Long text") },
        { name: "integer", label: _t("Whole number") },
        { name: "float", label: _t("Decimal Number") },
        { name: "date", label: _t("Date") },
    ];
}

/** What can be dragged onto a page. */
function palette() {
    return [
        { name: "say", icon: "fa-comment-o", label: _t("Text to say"), block: { kind: "say" } },
        { name: "hint", icon: "fa-lightbulb-o", label: _t("Note"), block: { kind: "hint" } },
        {
            name: "choice",
            icon: "fa-list-ul",
            label: _t("Choice"),
            block: { kind: "question", answer_type: "choice" },
        },
        {
            name: "boolean",
            icon: "fa-check-square-o",
            label: _t("Yes or no"),
            block: { kind: "question", answer_type: "boolean" },
        },
        {
            name: "char",
            icon: "fa-pencil",
            label: _t("Question"),
            block: { kind: "question", answer_type: "char" },
        },
        {
            name: "action",
            icon: "fa-bolt",
            label: _t("Button"),
            block: { kind: "action", action: "callback" },
        },
    ];
}

function problemLabel(problem) {
    switch (problem.problem) {
        case "unreachable":
            return _t("No page leads here.");
        case "empty_page":
            return _t("Nothing is on this page.");
        case "empty_text":
            return _t("There is no text.");
        case "few_choices":
            return _t("A choice needs two answers at least.");
        case "no_goto":
            return _t("The button does not say which page.");
        case "no_status":
            return _t("The button does not say which status.");
        case "no_message":
            return _t("The message has no text.");
        case "no_url":
            return _t("The button does not say which web page.");
        default:
            return _t("Nothing is called {%s}.", problem.detail);
    }
}

/** Pages and blocks of a script, put together by drag and drop. */
export class ScriptBuilder extends Component {
    static template = "telecom_callcenter.ScriptBuilder";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.palette = palette();
        this.answerTypes = answerTypes();
        this.newKey = 0;
        const { params, context } = this.props.action;
        this.scriptId = params?.script_id || context?.active_id;
        this.state = useState({
            script: false,
            lang: false,
            languages: [],
            fields: [],
            targets: [],
            dispositions: [],
            editable: false,
            page: "",
            block: false,
            dirty: false,
            saving: false,
        });
        onWillStart(() => this.load());
        useSetupAction({
            beforeLeave: () => this.askToSave(),
            beforeUnload: (ev) => {
                if (this.state.dirty) {
                    ev.preventDefault();
                    ev.returnValue = "Unsaved changes";
                }
            },
        });
        useHotkey("control+s", () => this.save(), { bypassEditableProtection: true, global: true });
        useSortable({
            ref: this.root,
            groups: ".o_telecom_builder_blocks, .o_telecom_builder_palette",
            elements: ".o_telecom_builder_item",
            handle: ".o_telecom_builder_handle",
            connectGroups: true,
            enable: () => this.state.editable,
            cursor: "grabbing",
            onDrop: (drop) => this.onDropBlock(drop),
        });
        useSortable({
            ref: this.root,
            elements: ".o_telecom_builder_page",
            enable: () => this.state.editable,
            cursor: "grabbing",
            onDrop: ({ element, previous }) =>
                this.movePage(element.dataset.key, previous?.dataset.key),
        });
        useEffect(
            (key) => {
                if (key && this.focusText) {
                    this.focusText = false;
                    this.root.el?.querySelector("[data-telecom='block-text']")?.focus();
                }
            },
            () => [this.state.block]
        );
    }

    // ------------------------------------------------------------------------
    // Server
    // ------------------------------------------------------------------------

    async load(lang = false) {
        if (!this.scriptId) {
            return;
        }
        this.show(await this.orm.call("telecom.script", "get_builder", [this.scriptId, lang]));
    }

    show(answer) {
        const at = this.state.script
            ? this.state.script.pages.findIndex((page) => page.key === this.state.page)
            : 0;
        Object.assign(this.state, answer, { dirty: false, block: false });
        const pages = this.script.pages;
        this.state.page = (pages[at] || pages[0]).key;
        this.env.config.setDisplayName?.(this.script.name);
    }

    async save() {
        if (!this.state.dirty || this.state.saving || !this.state.editable) {
            return true;
        }
        this.state.saving = true;
        try {
            this.show(
                await this.orm.call("telecom.script", "save_builder", [
                    this.scriptId,
                    JSON.parse(JSON.stringify(this.script)),
                    this.state.lang,
                ])
            );
            return true;
        } catch (error) {
            if (error instanceof RPCError) {
                this.notification.add(error.data?.message || error.message, { type: "danger" });
                return false;
            }
            throw error;
        } finally {
            this.state.saving = false;
        }
    }

    /** Nothing that was built is lost by a click elsewhere. */
    askToSave() {
        return this.save();
    }

    async changeLanguage(ev) {
        const lang = ev.target.value;
        if (await this.save()) {
            await this.load(lang);
        } else {
            ev.target.value = this.state.lang;
        }
    }

    // ------------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------------

    get script() {
        return this.state.script;
    }

    get page() {
        return pageOf(this.script, this.state.page) || this.script.pages[0];
    }

    get block() {
        return this.page.blocks.find((block) => block.key === this.state.block);
    }

    get problems() {
        return scriptProblems(this.script, this.state.fields);
    }

    get otherPages() {
        return this.script.pages.filter((page) => page.key !== this.page.key);
    }

    get actions() {
        return scriptActions
            .getEntries()
            .filter(([name]) => scriptAction(name) || name === this.block?.action)
            .map(([name, action]) => ({ name, label: action.label, icon: action.icon }));
    }

    get targetGroups() {
        const groups = new Map();
        for (const target of this.state.targets) {
            if (!groups.has(target.group)) {
                groups.set(target.group, { name: target.group, targets: [] });
            }
            groups.get(target.group).targets.push(target);
        }
        return [...groups.values()];
    }

    problemsOf(page, block = false) {
        return this.problems.filter(
            (problem) => problem.page === page.key && (!block || problem.block === block.key)
        );
    }

    problemText(problems) {
        return problems.map(problemLabel).join(" ");
    }

    parts(text) {
        const values = Object.fromEntries(
            this.state.fields.map(({ name, label }) => [name, label])
        );
        // Who writes the script sees what stands for nothing.
        for (const name of unknownFields(text, this.state.fields)) {
            values[name] = `{${name}}`;
        }
        return textParts(text, values);
    }

    kindLabel(block) {
        switch (block.kind) {
            case "say":
                return _t("Text to say");
            case "hint":
                return _t("Note for the agent");
            case "action":
                return scriptActions.get(block.action, { label: block.action }).label;
            default:
                return this.answerTypes.find((type) => type.name === block.answer_type)?.label;
        }
    }

    kindIcon(block) {
        if (block.kind === "action") {
            return scriptActions.get(block.action, {}).icon || "fa-bolt";
        }
        const name = block.kind === "question" ? block.answer_type : block.kind;
        return (this.palette.find((item) => item.name === name) || { icon: "fa-pencil" }).icon;
    }

    pageName(link) {
        if (link === "end") {
            return _t("End of the script");
        }
        return (link && pageOf(this.script, link)?.name) || "";
    }

    targetLabel(block) {
        return this.state.targets.find((target) => target.name === block.target)?.label;
    }

    /** "By default: …" of what a page leads to. */
    get belowName() {
        const index = this.script.pages.indexOf(this.page);
        const below = this.script.pages[index + 1];
        return below ? _t("The page below (%s)", below.name) : _t("End of the script");
    }

    // ------------------------------------------------------------------------
    // Changes
    // ------------------------------------------------------------------------

    key() {
        return `new${++this.newKey}`;
    }

    change(record, changes) {
        if (this.state.editable) {
            Object.assign(record, changes);
            this.state.dirty = true;
        }
    }

    rename(ev) {
        this.change(this.script, { name: ev.target.value });
    }

    addPage() {
        const page = { key: this.key(), name: _t("New page"), next: "", blocks: [] };
        const index = this.script.pages.indexOf(this.page);
        this.script.pages.splice(index + 1, 0, page);
        this.change(this.script, {});
        this.state.page = page.key;
        this.state.block = false;
    }

    removePage() {
        const { page } = this;
        const remove = () => {
            const index = this.script.pages.indexOf(page);
            this.script.pages.splice(index, 1);
            this.forget(page.key);
            this.change(this.script, {});
            this.state.page = (this.script.pages[index] || this.script.pages[index - 1]).key;
            this.state.block = false;
        };
        if (!page.blocks.length) {
            remove();
            return;
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Remove the page"),
            body: _t("“%s” and all that is on it?", page.name),
            confirmLabel: _t("Remove"),
            confirm: remove,
            cancel: () => {},
        });
    }

    /** Nothing leads to a page that is gone. */
    forget(key) {
        for (const page of this.script.pages) {
            if (page.next === key) {
                page.next = "";
            }
            for (const part of page.blocks.flatMap((block) => [block, ...block.choices])) {
                if (part.goto === key) {
                    part.goto = "";
                }
            }
        }
    }

    movePage(key, previousKey) {
        const { pages } = this.script;
        const [page] = pages.splice(
            pages.findIndex((each) => each.key === key),
            1
        );
        const index = pages.findIndex((each) => each.key === previousKey);
        pages.splice(index + 1, 0, page);
        this.change(this.script, {});
    }

    selectPage(page) {
        this.state.page = page.key;
        this.state.block = false;
    }

    select(block) {
        this.state.block = block.key;
    }

    newBlock(item) {
        const block = { ...NEW_BLOCK, ...item.block, key: this.key(), choices: [] };
        if (block.answer_type === "choice") {
            block.choices = [_t("Yes"), _t("No")].map((name) => ({
                key: this.key(),
                name,
                goto: "",
            }));
        }
        return block;
    }

    /** A click on the palette adds below what is selected. */
    add(item) {
        const selected = this.page.blocks.indexOf(this.block);
        const index = selected < 0 ? this.page.blocks.length : selected + 1;
        this.insert(this.newBlock(item), index);
    }

    insert(block, index) {
        this.page.blocks.splice(index, 0, block);
        this.change(this.script, {});
        this.focusText = true;
        this.state.block = block.key;
    }

    onDropBlock({ element, previous, parent }) {
        if (!parent?.classList.contains("o_telecom_builder_blocks")) {
            return;
        }
        const { blocks } = this.page;
        const item = this.palette.find((each) => each.name === element.dataset.palette);
        if (item) {
            const after = blocks.findIndex((block) => block.key === previous?.dataset.key);
            this.insert(this.newBlock(item), after + 1);
            return;
        }
        const [block] = blocks.splice(
            blocks.findIndex((each) => each.key === element.dataset.key),
            1
        );
        const after = blocks.findIndex((each) => each.key === previous?.dataset.key);
        blocks.splice(after + 1, 0, block);
        this.change(this.script, {});
    }

    /** The same without a mouse. */
    move(block, step) {
        const { blocks } = this.page;
        const index = blocks.indexOf(block);
        const to = index + step;
        if (to >= 0 && to < blocks.length) {
            blocks.splice(index, 1);
            blocks.splice(to, 0, block);
            this.change(this.script, {});
        }
    }

    moveToPage(ev) {
        const to = pageOf(this.script, ev.target.value);
        const { block } = this;
        this.page.blocks.splice(this.page.blocks.indexOf(block), 1);
        to.blocks.push(block);
        this.change(this.script, {});
        this.state.page = to.key;
    }

    duplicate(block) {
        const copy = JSON.parse(JSON.stringify(block));
        copy.key = this.key();
        copy.choices.forEach((choice) => {
            choice.key = this.key();
        });
        this.insert(copy, this.page.blocks.indexOf(block) + 1);
    }

    remove(block) {
        this.page.blocks.splice(this.page.blocks.indexOf(block), 1);
        this.change(this.script, {});
        this.state.block = false;
    }

    addChoice() {
        this.block.choices.push({ key: this.key(), name: "", goto: "" });
        this.change(this.script, {});
    }

    removeChoice(choice) {
        this.block.choices.splice(this.block.choices.indexOf(choice), 1);
        this.change(this.script, {});
    }

    changeType(ev) {
        this.change(this.block, { answer_type: ev.target.value });
        if (ev.target.value === "choice" && !this.block.choices.length) {
            this.addChoice();
            this.addChoice();
        }
    }

    /** Put a field where the cursor is in the text. */
    insertField(ev) {
        const area = this.root.el.querySelector("[data-telecom='block-text']");
        const name = ev.target.value;
        if (name && area) {
            const text = this.block.text || "";
            const at = area.selectionStart ?? text.length;
            const end = area.selectionEnd ?? at;
            this.change(this.block, {
                text: `${text.slice(0, at)}{${name}}${text.slice(end)}`,
            });
            area.focus();
        }
        ev.target.value = "";
    }

    // ------------------------------------------------------------------------
    // Try out, leave
    // ------------------------------------------------------------------------

    tryOut(fromStart = true) {
        this.dialog.add(TryOutDialog, {
            script: JSON.parse(JSON.stringify(this.script)),
            fields: this.state.fields,
            page: fromStart ? "" : this.page.key,
        });
    }

    async openForm() {
        if (await this.save()) {
            this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "telecom.script",
                res_id: this.scriptId,
                views: [[false, "form"]],
            });
        }
    }
}

registry.category("actions").add("telecom_callcenter.script_builder", ScriptBuilder);
