-- Adds a batch of events, and to the sums what those of them cost that were not there before. One statement is one transaction and one
-- round trip. Rows are locked in the order of their keys, so that replicas do not wait for each other in a circle.
WITH batch AS (
    SELECT *
    FROM unnest(
        $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
        $12::text[], $13::text[], $14::text[], $15::text[], $16::integer[], $17::integer[], $18::boolean[], $19::boolean[],
        $20::boolean[], $21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[], $25::bigint[], $26::boolean[], $27::bigint[],
        $28::boolean[], $29::bigint[], $30::bigint[]
    ) AS event (
        id, started_at, state, request_id, key_id, key_name, user_name, operation, model, alias, target, provider, upstream_model,
        attempts, status, stream, cache_hit, usage_known, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens,
        reasoning_tokens, estimated, cost, priced, first_byte_us, duration_us
    )
), fresh AS (
    INSERT INTO fairlead.events (
        gateway, replica, id, started_at, state, request_id, key_id, key_name, user_name, operation, model, alias, target, provider,
        upstream_model, attempts, status, stream, cache_hit, usage_known, input_tokens, cached_input_tokens, cache_write_tokens,
        output_tokens, reasoning_tokens, estimated, cost, priced, first_byte_us, duration_us
    )
    SELECT $1, $2, batch.* FROM batch ORDER BY id
    ON CONFLICT (id, started_at) DO NOTHING
    RETURNING *, (started_at AT TIME ZONE 'UTC')::date AS day
), summed AS (
    INSERT INTO fairlead.spend AS s (
        gateway, day, key_id, user_name, alias, model, provider, requests, input_tokens, cached_input_tokens, output_tokens, cost
    )
    SELECT
        gateway, day, key_id, user_name, alias, model, provider, count(*), fairlead.bounded(sum(input_tokens)),
        fairlead.bounded(sum(cached_input_tokens)), fairlead.bounded(sum(output_tokens)), fairlead.bounded(sum(cost))
    FROM fresh
    GROUP BY gateway, day, key_id, user_name, alias, model, provider
    ORDER BY gateway, day, key_id, user_name, alias, model, provider
    ON CONFLICT (gateway, day, key_id, user_name, alias, model, provider) DO UPDATE SET
        requests = s.requests + excluded.requests,
        input_tokens = fairlead.bounded(s.input_tokens::numeric + excluded.input_tokens),
        cached_input_tokens = fairlead.bounded(s.cached_input_tokens::numeric + excluded.cached_input_tokens),
        output_tokens = fairlead.bounded(s.output_tokens::numeric + excluded.output_tokens),
        cost = fairlead.bounded(s.cost::numeric + excluded.cost)
), charged AS (
    INSERT INTO fairlead.budget_spend AS b (gateway, subject, day, cost)
    SELECT gateway, subject, day, fairlead.bounded(sum(cost))
    FROM fresh JOIN (SELECT DISTINCT * FROM unnest($31::uuid[], $32::text[]) AS c (id, subject)) AS charge USING (id)
    WHERE cost > 0
    GROUP BY gateway, subject, day
    ORDER BY gateway, subject, day
    ON CONFLICT (gateway, subject, day) DO UPDATE SET cost = fairlead.bounded(b.cost::numeric + excluded.cost)
)
SELECT count(*) FROM fresh
