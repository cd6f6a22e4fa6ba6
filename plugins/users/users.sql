-- SPDX-License-Identifier: MIT
-- users.sql: the tables that users_sqlite reads, and the users of users.json in them.
--
--     sqlite3 users.db <users.sql
PRAGMA foreign_keys = ON;
BEGIN;

CREATE TABLE users (
    number INTEGER PRIMARY KEY CHECK (number >= 0), -- what the other tables call the user; the host never sees it
    idp TEXT NOT NULL,
    opaque_id TEXT NOT NULL,
    username TEXT NOT NULL,
    mail TEXT NOT NULL DEFAULT '',
    display_name TEXT NOT NULL DEFAULT '',
    UNIQUE (idp, opaque_id)
);

CREATE TABLE user_groups (
    number INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (number, name)
) WITHOUT ROWID;

CREATE TABLE user_opaque (
    number INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    key TEXT NOT NULL,
    decoder TEXT NOT NULL,
    value TEXT NOT NULL, -- base64
    PRIMARY KEY (number, key)
) WITHOUT ROWID;

INSERT INTO users (number, idp, opaque_id, username, mail, display_name) VALUES
    (1, 'https://login.example.org', '6f1c0d2e', 'aroha', 'aroha.ngata@example.org', 'Aroha Ngata'),
    (2, 'https://login.example.org', '0b9a7e55', 'bilal', 'bilal@example.org', 'Bilal Haddad'),
    (3, 'https://login.example.org', 'd3f0aa17', 'chiara.conti', 'Chiara.Conti@example.org', 'Chiara Conti'),
    (4, 'https://login.example.org', '91c4be08', 'djordje', 'djordje@example.org', 'Đorđe Petrović'),
    (5, 'https://login.example.org', '52e6f9b3', 'eunji', 'eunji.park@example.org', '박은지 (Eun-ji Park)'),
    (6, 'https://login.example.org', 'a8d71c60', 'fatou', 'fatou.diop@example.org', 'Fatou Diop'),
    (7, 'https://login.example.org', '3c2b8f4d', 'grzegorz', 'grzegorz@example.org', 'Grzegorz Brzęczyk'),
    (8, 'https://login.example.org', 'e74056fa', 'ixchel', 'ixchel.balam@example.org', 'Ixchel Balam Pech'),
    (9, 'https://login.example.org', '17fe93ac', 'zoe', 'zoe@example.org', 'Zoë Ångström'),
    (10, 'https://login.example.org', 'svc-backup', 'backup', '', ''),
    (11, 'https://login.example.org', 'c05d2e91', 'helpdesk', 'help@example.org', 'Help desk, weekdays'),
    (12, 'https://login.example.org', 'c05d2e92', 'helpdesk.weekend', 'help@example.org', 'Help desk, weekends'),
    (13, 'https://guests.example.net', 'guest-0001', 'aroha', 'aroha@museum.example.net', 'Aroha Te Wiata'),
    (14, 'https://guests.example.net', '17fe93ac', 'sean', 'sean.oriordan@museum.example.net', 'Seán O''Riordan'),
    (15, 'https://guests.example.net', 'guest-0003', 'a8d71c60', 'tomas@museum.example.net', 'Tomás Marek');

INSERT INTO user_groups (number, name) VALUES
    (1, 'board'),
    (1, 'staff'),
    (2, 'staff'),
    (2, 'physics'),
    (2, 'backup operators'),
    (3, 'physics'),
    (4, 'library'),
    (4, 'staff'),
    (5, 'physics'),
    (5, 'staff'),
    (6, 'board'),
    (6, 'physics'),
    (6, 'staff'),
    (7, 'library'),
    (9, 'library'),
    (9, 'physics'),
    (10, 'backup operators'),
    (11, 'staff'),
    (12, 'staff'),
    (13, 'guests'),
    (14, 'guests'),
    (15, 'guests');

INSERT INTO user_opaque (number, key, decoder, value) VALUES
    (1, 'uid', 'plain', 'MTAwMQ=='),
    (1, 'gid', 'plain', 'MTAw'),
    (2, 'uid', 'plain', 'MTAwMg=='),
    (2, 'quota', 'json', 'eyJieXRlcyI6MTA3Mzc0MTgyNH0='),
    (3, 'uid', 'plain', 'MTAwMw=='),
    (4, 'uid', 'plain', 'MTAwNA=='),
    (5, 'uid', 'plain', 'MTAwNQ=='),
    (6, 'uid', 'plain', 'MTAwNg=='),
    (7, 'uid', 'plain', 'MTAwNw=='),
    (8, 'uid', 'json', 'MTAwOA=='),
    (9, 'uid', 'plain', 'MTAwOQ=='),
    (13, 'uid', 'plain', 'NTAwMQ=='),
    (14, 'uid', 'plain', 'NTAwMg=='),
    (15, 'uid', 'plain', 'NTAwMw==');

COMMIT;
