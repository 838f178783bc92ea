-- The system of a client, as the demonstration's connector sees it. Run by the stack in a
-- database of its own, as often as it likes; names are made up.
CREATE TABLE IF NOT EXISTS dossier (
    reference text PRIMARY KEY,
    titulaire text NOT NULL,
    offre text NOT NULL,
    ville text NOT NULL,
    solde numeric(12, 0) NOT NULL,
    piece_valable_jusqu_au date,
    controle_le timestamp,
    controle_par text,
    ville_constatee text
);
INSERT INTO dossier
    (reference, titulaire, offre, ville, solde, piece_valable_jusqu_au)
VALUES
    ('MT-2026-0101', 'Fifamè Hounsou', 'Mobile 10 Go', 'Cotonou', 0, '2031-03-14'),
    ('MT-2026-0102', 'Codjo Agossa', 'Fibre 100', 'Calavi', 12500, '2029-08-02'),
    ('MT-2026-0103', 'Nafissatou Bio', 'Mobile 5 Go', 'Parakou', 3000, NULL),
    ('MT-2026-0104', 'Ulrich Dansou', 'Mobile 10 Go', 'Bohicon', 0, '2027-12-30'),
    ('MT-2026-0105', 'Hermine Zannou', 'Fibre 50', 'Porto-Novo', 25000, '2028-05-19'),
    ('MT-2026-0106', 'Sènan Kiki', 'Mobile 2 Go', 'Ouidah', 1500, '2030-01-08'),
    ('MT-2026-0107', 'Établissements Gbaguidi', 'Pro 200', 'Cotonou', 180000, NULL),
    ('MT-2026-0108', 'Sabi Orou', 'Mobile 5 Go', 'Natitingou', 0, '2026-02-11'),
    ('MT-2026-0109', 'Ghislaine Akakpo', 'Mobile 20 Go', 'Cotonou', 0, '2032-06-27'),
    ('MT-2026-0110', 'Aubin Loko', 'Fibre 50', 'Lokossa', 7500, '2029-11-05'),
    ('MT-2026-0111', 'Dossi Tossou', 'Mobile 10 Go', 'Cotonou', 5000, '2030-09-16'),
    ('MT-2026-0112', 'Moussa Tamou', 'Mobile 2 Go', 'Djougou', -10000, '2028-04-23')
ON CONFLICT DO NOTHING;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON DATABASE demo_client FROM PUBLIC;
GRANT CONNECT ON DATABASE demo_client TO demo_client;
GRANT USAGE ON SCHEMA public TO demo_client;
GRANT SELECT, UPDATE (controle_le, controle_par, ville_constatee) ON dossier TO demo_client;
