const STORES = ["entries", "state"];

/**
 * What the telephone keeps when the page is closed: entries to be sent, and the day.
 * Where a browser keeps nothing (private windows), it is kept as long as the page.
 */
export class FieldStore {
    /** @param {string} name one per database and user */
    constructor(name) {
        this.name = name;
        this.memory = { entries: new Map(), state: new Map() };
        this.ready = this.open();
    }

    open() {
        return new Promise((resolve) => {
            let request;
            try {
                request = window.indexedDB.open(this.name, 1);
            } catch {
                resolve(null);
                return;
            }
            request.onupgradeneeded = () => {
                for (const store of STORES) {
                    request.result.createObjectStore(store);
                }
            };
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => resolve(null);
        });
    }

    async run(store, mode, work) {
        const database = await this.ready;
        if (!database) {
            return null;
        }
        return new Promise((resolve, reject) => {
            const transaction = database.transaction(store, mode, { durability: "strict" });
            const request = work(transaction.objectStore(store));
            // Only when it stands on the disk
            transaction.oncomplete = () => resolve(request?.result);
            transaction.onabort = transaction.onerror = () => reject(transaction.error);
        });
    }

    async put(store, key, value) {
        this.memory[store].set(key, value);
        await this.run(store, "readwrite", (target) => target.put(value, key));
    }

    async remove(store, key) {
        this.memory[store].delete(key);
        await this.run(store, "readwrite", (target) => target.delete(key));
    }

    async get(store, key) {
        return (
            (await this.run(store, "readonly", (source) => source.get(key))) ??
            this.memory[store].get(key)
        );
    }

    async all(store) {
        return (
            (await this.run(store, "readonly", (source) => source.getAll())) ?? [
                ...this.memory[store].values(),
            ]
        );
    }
}
