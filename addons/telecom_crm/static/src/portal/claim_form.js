import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { Interaction } from "@web/public/interaction";

/** How long one has to stop typing before answers are looked for. */
const PAUSE_MS = 400;

/**
 * While a customer types what is wrong, the answers that helped others, so that many
 * need not send a claim at all.
 */
export class ClaimForm extends Interaction {
    static selector = "form.o_telecom_claim_form";
    dynamicContent = {
        "input[name='subject']": { "t-on-input": () => this.search() },
    };

    setup() {
        this.lastSearch = new KeepLast();
        this.search = this.debounced(() => this.load(), PAUSE_MS);
        this.box = this.el.querySelector("[data-telecom='portal-similar']");
    }

    async load() {
        const text = this.el.querySelector("input[name='subject']").value.trim();
        const answers =
            text.length < 3
                ? []
                : await this.waitFor(this.lastSearch.add(rpc("/my/claims/similar", { text })));
        this.show(answers);
    }

    show(answers) {
        this.box.classList.toggle("d-none", !answers.length);
        const items = answers.map(({ name, description }) => {
            const item = document.createElement("details");
            const title = document.createElement("summary");
            title.textContent = name;
            const text = document.createElement("p");
            text.textContent = description;
            item.append(title, text);
            return item;
        });
        this.box.querySelector(".o_telecom_claim_answers").replaceChildren(...items);
    }
}

registry.category("public.interactions").add("telecom_crm.claim_form", ClaimForm);
