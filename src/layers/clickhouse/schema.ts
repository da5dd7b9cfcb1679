/** A statement that newer servers know, and what an older one gets. */
export interface Choice {
  readonly newer: string
  readonly older: string
}

/**
 * What was created when, by version: each is a list of statements that may run twice, since several control planes may
 * start at once.
 *
 * Nothing keeps a row from being stored twice when its batch comes again in another cut, or from two writers at once.
 * So nothing is counted when it is inserted: `traces` merges copies away (and is read as if it had), and a minute's
 * rollup is computed from the minute's rows as a whole. `minutes` says which rollup holds: the one that began after the
 * minute was last touched. A minute without one is counted from its rows.
 *
 * `traces` has no `non_replicated_deduplication_window`: the server notes a token before the rows are in the table, and
 * killed in between it would take the batch, when it comes again, for one that is there. Replicated tables do both in one.
 */
export const MIGRATIONS: ReadonlyArray<ReadonlyArray<string | Choice>> = [
  [
    `CREATE TABLE IF NOT EXISTS traces (
      -- Since 1970, of the start.
      minute UInt32 CODEC(Delta, ZSTD(1)),
      -- Unix milliseconds.
      start Float64 CODEC(Gorilla, ZSTD(1)),
      trace_id String CODEC(ZSTD(1)),
      span_id String CODEC(ZSTD(1)),
      -- Falls with time: of copies the one stored first stays.
      version UInt64 DEFAULT 9223372036854775807 - toUnixTimestamp64Nano(now64(9)) CODEC(Delta, ZSTD(1)),
      duration_ms Float64 CODEC(Gorilla, ZSTD(1)),
      first_token_ms Nullable(Float64) CODEC(ZSTD(1)),
      result LowCardinality(String),
      status Int32 CODEC(ZSTD(1)),
      error_type LowCardinality(String),
      model LowCardinality(String),
      provider LowCardinality(String),
      subject LowCardinality(String),
      conversation_id String CODEC(ZSTD(1)),
      metadata Map(String, String) CODEC(ZSTD(1)),
      finish_reasons Array(LowCardinality(String)),
      input_tokens Int64 CODEC(T64, ZSTD(1)),
      output_tokens Int64 CODEC(T64, ZSTD(1)),
      cost Float64 CODEC(ZSTD(1)),
      -- The different words of the captured content.
      words Array(String) CODEC(ZSTD(1)),
      -- JSON, as are the spans.
      summary String CODEC(ZSTD(1)),
      spans String CODEC(ZSTD(1)),
      started DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(toInt64(start)),
      INDEX traces_by_id trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
      INDEX traces_by_conversation conversation_id TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX traces_by_key mapKeys(metadata) TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX traces_by_value mapValues(metadata) TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX traces_by_model model TYPE set(100) GRANULARITY 1,
      INDEX traces_by_subject subject TYPE bloom_filter(0.01) GRANULARITY 1
    ) ENGINE = ReplacingMergeTree(version)
    -- Six hours: the step in which the oldest go.
    PARTITION BY intDiv(minute, 360)
    ORDER BY (minute, start, trace_id, span_id)`,

    {
      // Names the rows that have a word: a rare one is found in a tenth of the time. Since 26.2.
      newer: "ALTER TABLE traces ADD INDEX IF NOT EXISTS traces_by_word words TYPE text(tokenizer = 'array')",
      older: "ALTER TABLE traces ADD INDEX IF NOT EXISTS traces_by_word words TYPE bloom_filter(0.01) GRANULARITY 1"
    },

    `CREATE TABLE IF NOT EXISTS minute_rollups (
      minute UInt32 CODEC(Delta, ZSTD(1)),
      -- When it began to be computed, by the server's clock in Unix microseconds.
      version Int64 CODEC(Delta, ZSTD(1)),
      model LowCardinality(String),
      provider LowCardinality(String),
      subject LowCardinality(String),
      result LowCardinality(String),
      requests UInt64 CODEC(T64, ZSTD(1)),
      input_tokens Int64 CODEC(T64, ZSTD(1)),
      output_tokens Int64 CODEC(T64, ZSTD(1)),
      cost Float64 CODEC(ZSTD(1)),
      -- How many durations lie in which bin: see durationBins.ts.
      latency_bins Array(UInt16) CODEC(ZSTD(1)),
      latency_counts Array(UInt64) CODEC(ZSTD(1)),
      first_token_bins Array(UInt16) CODEC(ZSTD(1)),
      first_token_counts Array(UInt64) CODEC(ZSTD(1))
    ) ENGINE = ReplacingMergeTree
    PARTITION BY toYYYYMM(toDateTime(minute * 60, 'UTC'))
    -- The version is in it, since a later one that was begun may never be whole.
    ORDER BY (minute, version, model, provider, subject, result)`,

    // Unix microseconds, by the server's clock: a row of it came, and the rollup that holds began.
    `CREATE TABLE IF NOT EXISTS minutes (
      minute UInt32 CODEC(Delta, ZSTD(1)),
      touched SimpleAggregateFunction(max, Int64) DEFAULT toUnixTimestamp64Micro(now64(6)),
      sealed SimpleAggregateFunction(max, Int64) DEFAULT 0
    ) ENGINE = AggregatingMergeTree
    PARTITION BY toYYYYMM(toDateTime(minute * 60, 'UTC'))
    ORDER BY minute`,

    // Rows that started before the horizon are gone, whether or not they still lie there; rollups of minutes below
    // \`frozen\` stay as they are, since their rows are no longer all there.
    `CREATE TABLE IF NOT EXISTS retention (
      one UInt8 DEFAULT 1,
      horizon SimpleAggregateFunction(max, Float64),
      frozen SimpleAggregateFunction(max, UInt32)
    ) ENGINE = AggregatingMergeTree
    ORDER BY one`
  ]
]

export const MINUTE_MS = 60_000

/** Minutes of a partition of `traces`. */
export const PARTITION_MINUTES = 360

/** Scalars, for statements. */
export const HORIZON = "(SELECT max(horizon) FROM retention)"
export const FROZEN = "(SELECT max(frozen) FROM retention)"

/** The number of a minute, within what the column holds. */
export const minuteOf = (ms: number): number => Math.min(Math.max(0, Math.floor(ms / MINUTE_MS)), 0xffff_ffff)
