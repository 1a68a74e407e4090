-- +goose Up

-- One row for each request. The primary key holds started_at because that is what the table is partitioned by; neither it nor the id
-- of an event ever changes, so that an event that is sent twice conflicts with itself.
CREATE TABLE fairlead.events (
    id                  uuid        NOT NULL,
    started_at          timestamptz NOT NULL,
    gateway             text        NOT NULL,
    replica             text        NOT NULL,
    state               text        NOT NULL,
    request_id          text        NOT NULL,
    key_id              text        NOT NULL,
    key_name            text        NOT NULL,
    user_name           text        NOT NULL,
    operation           text        NOT NULL,
    model               text        NOT NULL,
    alias               text        NOT NULL,
    target              text        NOT NULL,
    provider            text        NOT NULL,
    upstream_model      text        NOT NULL,
    attempts            integer     NOT NULL,
    status              integer     NOT NULL,
    stream              boolean     NOT NULL,
    cache_hit           boolean     NOT NULL,
    usage_known         boolean     NOT NULL,
    input_tokens        bigint      NOT NULL,
    cached_input_tokens bigint      NOT NULL,
    cache_write_tokens  bigint      NOT NULL,
    output_tokens       bigint      NOT NULL,
    reasoning_tokens    bigint      NOT NULL,
    estimated           boolean     NOT NULL,
    -- In billionths of a US dollar, as all costs here.
    cost                bigint      NOT NULL,
    priced              boolean     NOT NULL,
    first_byte_us       bigint      NOT NULL,
    duration_us         bigint      NOT NULL,
    PRIMARY KEY (id, started_at)
) PARTITION BY RANGE (started_at);

CREATE INDEX events_time ON fairlead.events (gateway, started_at, id);
CREATE INDEX events_key ON fairlead.events (gateway, key_id, started_at, id);
CREATE INDEX events_user ON fairlead.events (gateway, user_name, started_at, id) WHERE user_name <> '';
CREATE INDEX events_request ON fairlead.events (request_id);

-- Takes what fits into no month's partition, so that nothing is ever refused for its time.
CREATE TABLE fairlead.events_default PARTITION OF fairlead.events DEFAULT;

-- What was used on each day (UTC). It outlives the events.
CREATE TABLE fairlead.spend (
    gateway             text   NOT NULL,
    day                 date   NOT NULL,
    key_id              text   NOT NULL,
    user_name           text   NOT NULL,
    alias               text   NOT NULL,
    model               text   NOT NULL,
    provider            text   NOT NULL,
    requests            bigint NOT NULL,
    input_tokens        bigint NOT NULL,
    cached_input_tokens bigint NOT NULL,
    output_tokens       bigint NOT NULL,
    cost                bigint NOT NULL,
    PRIMARY KEY (gateway, day, key_id, user_name, alias, model, provider)
);

CREATE INDEX spend_key ON fairlead.spend (gateway, key_id);

-- What counts against each subject of a budget, on each day (UTC).
CREATE TABLE fairlead.budget_spend (
    gateway text   NOT NULL,
    subject text   NOT NULL,
    day     date   NOT NULL,
    cost    bigint NOT NULL,
    PRIMARY KEY (gateway, subject, day)
);

-- The largest bigint, where a sum would exceed it.
CREATE FUNCTION fairlead.bounded(total numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    'SELECT least(total, 9223372036854775807)::bigint';

-- +goose StatementBegin
-- Makes the partitions of this month and of those ahead, and drops the months before the last `keep` whole ones. A month's events that
-- came before their partition are moved into it. Where another session is at it, this one leaves it to that. What is dropped is old by
-- the server's clock too: a gateway whose clock is wrong destroys nothing.
CREATE FUNCTION fairlead.maintain_events(now timestamptz, ahead integer, keep integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    this_month timestamp := date_trunc('month', now AT TIME ZONE 'UTC');
    past_month timestamp := least(this_month, date_trunc('month', current_timestamp AT TIME ZONE 'UTC'));
    oldest     timestamp := past_month - make_interval(months => keep);
    lower_end  timestamptz;
    upper_end  timestamptz;
    name       text;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('fairlead.maintain_events')) THEN
        RETURN;
    END IF;
    -- Requests for rows wait behind this one while it waits for a table.
    PERFORM set_config('lock_timeout', '2s', true);
    FOR i IN 0 .. ahead LOOP
        lower_end := (this_month + make_interval(months => i)) AT TIME ZONE 'UTC';
        upper_end := (this_month + make_interval(months => i + 1)) AT TIME ZONE 'UTC';
        name := 'events_' || to_char(lower_end AT TIME ZONE 'UTC', 'YYYY_MM');
        CONTINUE WHEN to_regclass('fairlead.' || name) IS NOT NULL;
        LOCK TABLE fairlead.events_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('CREATE TABLE fairlead.%I (LIKE fairlead.events INCLUDING ALL)', name);
        EXECUTE format('WITH moved AS (DELETE FROM fairlead.events_default WHERE started_at >= %L AND started_at < %L RETURNING *) '
            'INSERT INTO fairlead.%I SELECT * FROM moved', lower_end, upper_end, name);
        EXECUTE format('ALTER TABLE fairlead.events ATTACH PARTITION fairlead.%I FOR VALUES FROM (%L) TO (%L)', name, lower_end, upper_end);
    END LOOP;
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'fairlead.events'::regclass AND c.relname ~ '^events_[0-9]{4}_[0-9]{2}$'
            AND to_date(right(c.relname, 7), 'YYYY_MM') < oldest
    LOOP
        EXECUTE format('DROP TABLE fairlead.%I', name);
    END LOOP;
    DELETE FROM fairlead.events_default WHERE started_at < oldest AT TIME ZONE 'UTC';
    -- No window of a budget is longer than a month, and a week may begin in the month before.
    DELETE FROM fairlead.budget_spend WHERE day < past_month - interval '2 months';
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION fairlead.maintain_events(timestamptz, integer, integer);
DROP TABLE fairlead.budget_spend;
DROP TABLE fairlead.spend;
DROP TABLE fairlead.events;
DROP FUNCTION fairlead.bounded(numeric);
