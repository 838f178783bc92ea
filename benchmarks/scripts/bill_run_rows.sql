-- What a bill run leaves, without ids and moments; one text per row
WITH run AS (
    SELECT id FROM telecom_bill_run ORDER BY id DESC LIMIT 1
), move AS (
    SELECT m.* FROM account_move m
      JOIN telecom_bill_run_account_move_rel rel ON rel.move_id = m.id
      JOIN telecom_bill_run_account item ON item.id = rel.run_account_id
      JOIN run ON run.id = item.run_id
)
SELECT 'move', to_jsonb(m) - 'id' - 'create_date' - 'write_date' FROM move m
UNION ALL
SELECT 'line', to_jsonb(l) - 'id' - 'move_id' - 'create_date' - 'write_date'
               || jsonb_build_object('place', row_number() OVER (PARTITION BY l.move_id ORDER BY l.id))
  FROM account_move_line l JOIN move m ON m.id = l.move_id
UNION ALL
SELECT 'message', to_jsonb(s) - 'id' - 'res_id' - 'message_id' - 'date' - 'create_date' - 'write_date'
               || jsonb_build_object('move', m.name)
  FROM mail_message s JOIN move m ON m.id = s.res_id AND s.model = 'account.move'
UNION ALL
SELECT 'charge', to_jsonb(c) - 'id' - 'move_line_id' - 'create_date' - 'write_date'
               || jsonb_build_object('move', m.name, 'line', l.name)
  FROM telecom_charge c
  JOIN run ON run.id = c.run_id
  LEFT JOIN account_move_line l ON l.id = c.move_line_id
  LEFT JOIN account_move m ON m.id = l.move_id
UNION ALL
SELECT 'account', to_jsonb(i) - 'id' - 'create_date' - 'write_date'
  FROM telecom_bill_run_account i JOIN run ON run.id = i.run_id
UNION ALL
SELECT 'run', to_jsonb(r) - 'checked_count' - 'date_done' - 'date_started' - 'write_date' - 'create_date' - 'reached_id'
  FROM telecom_bill_run r JOIN run USING (id)
UNION ALL
SELECT 'rank', to_jsonb(p.customer_rank) || to_jsonb(p.id)
  FROM res_partner p WHERE p.customer_rank > 0;
