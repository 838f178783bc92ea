import { Component, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { HOTKEYS, withHotkey } from "../core/labels";
import { useDebounced } from "@web/core/utils/timing";
import { scriptAction } from "./script_actions";
import { hasAnswer, missingAnswers, nextPage, pageOf, textParts } from "./script_model";

/** Milliseconds after the last key. */
const KEEP_MS = 1000;

/**
 * A script as the agent reads it: one page at a time, with the contact's fields in the
 * texts. It keeps nothing itself: answers come by `answers` and go by `onAnswer`.
 */
export class ScriptRunner extends Component {
    static template = "telecom_callcenter.ScriptRunner";
    static components = { DateTimeInput };
    static props = {
        script: Object,
        values: Object,
        answers: Object,
        /** What fields hold that answers are written to: `{text, raw}` by key. */
        held: { type: Object, optional: true },
        /** Questions and buttons wait for the call. */
        readonly: { type: Boolean, optional: true },
        /** `{page, trail, over, tried}`: where the agent is; survives the component. */
        place: Object,
        onAnswer: Function,
        onAction: Function,
    };

    setup() {
        this.root = useRef("root");
        this.state = useState({ done: {}, running: false });
        this.place = useState(this.props.place);
        this.keepSoon = useDebounced(() => this.keepTyped(), KEEP_MS);
        onWillUnmount(() => this.keepTyped());
        const anywhere = { bypassEditableProtection: true };
        useHotkey(HOTKEYS.scriptNext, () => this.turn(() => this.next()), anywhere);
        useHotkey(HOTKEYS.scriptBack, () => this.turn(() => this.back()), anywhere);
        useEffect(
            () => {
                this.root.el?.scrollTo?.({ top: 0 });
                this.focusQuestion();
            },
            () => [this.page?.key]
        );
    }

    get script() {
        return this.props.script;
    }

    get page() {
        return pageOf(this.script, this.place.page) || this.script.pages[0];
    }

    /** Pages gone through, to go back to. */
    get trail() {
        return this.place.trail.map((key) => pageOf(this.script, key)).filter(Boolean);
    }

    get missing() {
        return missingAnswers(this.page, this.props.answers);
    }

    get following() {
        return nextPage(this.script, this.page.key, this.props.answers);
    }

    get followingName() {
        return this.following ? pageOf(this.script, this.following).name : "";
    }

    parts(text) {
        return textParts(text, this.props.values);
    }

    answer(block) {
        return this.props.answers[block.key];
    }

    isAnswered(block) {
        return hasAnswer(block, this.props.answers);
    }

    /** What is known before the question is asked. */
    held(block) {
        return !this.isAnswered(block) && this.props.held?.[block.key];
    }

    isMissing(block) {
        return this.place.tried && this.missing.includes(block.key);
    }

    dateOf(block) {
        const value = this.answer(block);
        return value ? deserializeDate(value) : false;
    }

    onDate(block, date) {
        this.set(block, date ? serializeDate(date) : false);
    }

    /** What is being typed is kept, wherever the agent clicks next. */
    onType(block, text) {
        this.typed = { block, text };
        this.keepSoon();
    }

    keepTyped() {
        if (!this.typed) {
            return;
        }
        const { block, text } = this.typed;
        this.typed = null;
        if (["integer", "float"].includes(block.answer_type)) {
            this.onNumber(block, text);
        } else {
            this.set(block, text);
        }
    }

    onNumber(block, text) {
        const number = Number(text.replace(",", "."));
        this.set(block, text.trim() === "" || Number.isNaN(number) ? false : number);
    }

    set(block, value) {
        if (!this.props.readonly) {
            this.props.onAnswer(block, value);
        }
    }

    /** The same choice again takes it back. */
    choose(block, value) {
        const same = this.answer(block) === value;
        this.set(block, same && !block.required ? null : value);
    }

    onRadioKeydown(ev) {
        const moves = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
        if (ev.key in moves) {
            ev.preventDefault();
            const buttons = [...ev.currentTarget.querySelectorAll("button")];
            const index = buttons.indexOf(ev.target) + moves[ev.key];
            buttons[(index + buttons.length) % buttons.length]?.focus();
        }
    }

    // ------------------------------------------------------------------------
    // Pages
    // ------------------------------------------------------------------------

    next() {
        // Before the call the agent only reads ahead.
        if (this.missing.length && !this.props.readonly) {
            this.place.tried = true;
            const [key] = this.missing;
            this.root.el
                .querySelector(`[data-block="${key}"]`)
                ?.scrollIntoView({ block: "center" });
            return;
        }
        if (this.following) {
            this.goto(this.following);
        } else {
            this.place.over = true;
        }
    }

    get nextTitle() {
        return withHotkey(_t("Next page"), "scriptNext");
    }

    get backTitle() {
        return withHotkey(_t("Page before"), "scriptBack");
    }

    /** By the keyboard: what was typed counts, and the next question has the focus. */
    turn(change) {
        if (this.root.el.contains(document.activeElement)) {
            document.activeElement.blur();
        }
        this.byKeyboard = true;
        const before = this.page.key;
        change();
        if (this.page.key === before) {
            this.focusQuestion();
        }
    }

    /** The first question, or the first that has to be answered. */
    focusQuestion() {
        if (!this.byKeyboard) {
            return;
        }
        this.byKeyboard = false;
        const [missing] = this.state.tried ? this.missing : [];
        const question = missing ? `[data-block="${missing}"]` : "fieldset";
        this.root.el?.querySelector(`${question}:enabled :is(button, input, textarea)`)?.focus();
    }

    goto(key) {
        if (!pageOf(this.script, key)) {
            return false;
        }
        this.place.tried = false;
        this.place.over = false;
        this.place.trail.push(this.page.key);
        this.place.page = key;
        return true;
    }

    back() {
        if (this.place.over) {
            this.place.over = false;
        } else if (this.place.trail.length) {
            this.place.page = this.place.trail.pop();
        }
        this.place.tried = false;
    }

    backTo(index) {
        this.place.page = this.place.trail[index];
        this.place.trail.splice(index);
        this.place.over = false;
    }

    // ------------------------------------------------------------------------
    // Buttons
    // ------------------------------------------------------------------------

    actionOf(block) {
        return scriptAction(block.action);
    }

    actionTitle(block) {
        if (!this.actionOf(block)) {
            return _t("The app that does this is not installed");
        }
        if (this.disabled(block)) {
            return _t("When the call has begun");
        }
        return this.actionOf(block).label;
    }

    disabled(block) {
        const action = this.actionOf(block);
        return !action || (this.props.readonly && !action.always);
    }

    /** One button at a time: a double click does nothing twice. */
    async run(block) {
        if (this.state.running) {
            return;
        }
        this.state.running = true;
        try {
            const done = await this.props.onAction(block, {
                action: this.actionOf(block),
                goto: (key) => this.goto(key),
            });
            if (done) {
                this.state.done[block.key] = true;
            }
        } finally {
            this.state.running = false;
        }
    }
}
