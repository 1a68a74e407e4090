-- +goose Up

-- One row for each request. started_at is in microseconds since 1970, cost in billionths of a US dollar.
CREATE TABLE events (
    id                  BLOB    NOT NULL PRIMARY KEY,
    started_at          INTEGER NOT NULL,
    gateway             TEXT    NOT NULL,
    replica             TEXT    NOT NULL,
    state               TEXT    NOT NULL,
    request_id          TEXT    NOT NULL,
    key_id              TEXT    NOT NULL,
    key_name            TEXT    NOT NULL,
    user_name           TEXT    NOT NULL,
    operation           TEXT    NOT NULL,
    model               TEXT    NOT NULL,
    alias               TEXT    NOT NULL,
    target              TEXT    NOT NULL,
    provider            TEXT    NOT NULL,
    upstream_model      TEXT    NOT NULL,
    attempts            INTEGER NOT NULL,
    status              INTEGER NOT NULL,
    stream              INTEGER NOT NULL,
    cache_hit           INTEGER NOT NULL,
    usage_known         INTEGER NOT NULL,
    input_tokens        INTEGER NOT NULL,
    cached_input_tokens INTEGER NOT NULL,
    cache_write_tokens  INTEGER NOT NULL,
    output_tokens       INTEGER NOT NULL,
    reasoning_tokens    INTEGER NOT NULL,
    estimated           INTEGER NOT NULL,
    cost                INTEGER NOT NULL,
    priced              INTEGER NOT NULL,
    first_byte_us       INTEGER NOT NULL,
    duration_us         INTEGER NOT NULL
) STRICT;

CREATE INDEX events_time ON events (gateway, started_at, id);
CREATE INDEX events_request ON events (request_id);

-- What was used on each day (UTC, 2026-11-23). It outlives the events.
CREATE TABLE spend (
    gateway             TEXT    NOT NULL,
    day                 TEXT    NOT NULL,
    key_id              TEXT    NOT NULL,
    user_name           TEXT    NOT NULL,
    alias               TEXT    NOT NULL,
    model               TEXT    NOT NULL,
    provider            TEXT    NOT NULL,
    requests            INTEGER NOT NULL,
    input_tokens        INTEGER NOT NULL,
    cached_input_tokens INTEGER NOT NULL,
    output_tokens       INTEGER NOT NULL,
    cost                INTEGER NOT NULL,
    PRIMARY KEY (gateway, day, key_id, user_name, alias, model, provider)
) STRICT, WITHOUT ROWID;

-- What counts against each subject of a budget, on each day (UTC).
CREATE TABLE budget_spend (
    gateway TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    day     TEXT    NOT NULL,
    cost    INTEGER NOT NULL,
    PRIMARY KEY (gateway, subject, day)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE budget_spend;
DROP TABLE spend;
DROP TABLE events;
