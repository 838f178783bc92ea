"""Two telephones at one counter: the same sale sent at the same instant is one."""

import threading
import uuid

import pytest

ROUNDS = 4
SALE = "telecom.counter.sale"


@pytest.fixture
def counters(login):
    """The same assistant's counter on two telephones."""
    return [login("shop.benin", fresh=True) for _number in range(2)]


def at_once(sessions, method, values):
    """Send the same from all sessions at the same instant; return what each is told."""
    gate = threading.Barrier(len(sessions))
    answers = [None] * len(sessions)

    def send(number):
        gate.wait(10)
        try:
            answers[number] = sessions[number].call(SALE, method, values)
        except Exception as error:  # noqa: BLE001 (compared below)
            answers[number] = error

    threads = [threading.Thread(target=send, args=(n,)) for n in range(len(sessions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def piece(session, boutique):
    """A device with a serial number that stands in the shop."""
    [found] = session.call(
        "stock.lot",
        "search_read",
        [
            ("telecom_boutique_id", "=", boutique),
            ("telecom_state", "=", "stock"),
            ("telecom_kind", "in", ["phone", "tablet", "key4g"]),
        ],
        ["name"],
        limit=1,
    )
    return found


def test_the_same_sale_and_return_are_made_once(stack, counters):
    first = counters[0]
    opened = first.call(SALE, "counter_open")
    boutique = opened["boutique"]["id"]
    customer = first.call(SALE, "counter_customers", boutique, "Do")[0]
    item = piece(first, boutique)
    for _round in range(ROUNDS):
        common = {
            "boutique_id": boutique,
            "partner_id": customer["id"],
            "partner_key": customer["key"],
            "payment_method": "cash",
            "items": [{"lot_id": item["id"]}],
        }
        answers = at_once(
            counters, "counter_sell", {**common, "token": uuid.uuid4().hex}
        )
        assert [isinstance(answer, dict) for answer in answers] == [True, True], answers
        assert answers[0]["id"] == answers[1]["id"]
        [made] = stack.sql(
            "SELECT count(*) AS sales FROM telecom_counter_sale_item WHERE lot_id = %s"
            " AND quantity > 0 AND sale_id >= %s",
            item["id"],
            answers[0]["id"],
        )
        assert made["sales"] == 1
        [moved] = stack.sql(
            """SELECT coalesce(sum(q.quantity), 0) AS here FROM stock_quant q
                 JOIN stock_location p ON p.id = q.location_id AND p.usage = 'internal'
                WHERE q.lot_id = %s""",
            item["id"],
        )
        assert moved["here"] == 0
        # And back: the same, twice at once
        found = first.call(SALE, "counter_return_find", boutique, item["name"])["sale"]
        assert found["id"] == answers[0]["id"]
        back = {
            "boutique_id": boutique,
            "sale_id": found["id"],
            "items": [{"id": found["items"][0]["id"], "quantity": 1}],
            "reason": "mistake",
            "payment_method": "cash",
            "token": uuid.uuid4().hex,
        }
        answers = at_once(counters, "counter_take_back", back)
        assert [isinstance(answer, dict) for answer in answers] == [True, True], answers
        assert answers[0]["id"] == answers[1]["id"]
        [given] = stack.sql(
            "SELECT count(*) AS returns, min(amount_total) AS amount"
            " FROM telecom_counter_sale WHERE origin_id = %s",
            found["id"],
        )
        assert given["returns"] == 1
        assert float(given["amount"]) < 0
        # On the shelf again, for the next round
        first.call("stock.lot", "action_telecom_restock", [item["id"]])
