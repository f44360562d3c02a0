-- Which change of the catalog a model is of: an index that knows everything up to a revision asks
-- for what came later. When it came and when it last changed are columns, so that the record is
-- the same text as long as its source says the same.
ALTER TABLE model ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE model ADD COLUMN created_ms BIGINT NOT NULL DEFAULT 0;
UPDATE model SET
    revision = (SELECT value FROM counter WHERE counter.name = 'catalog'),
    created_ms = updated_ms;
-- Records end in `"created_ms":N,"updated_ms":M}`: the digits before the last 14 letters and M.
UPDATE model SET created_ms = CAST(substr(
    substr(rtrim(record, '0123456789}'), 1, length(rtrim(record, '0123456789}')) - 14),
    length(rtrim(
        substr(rtrim(record, '0123456789}'), 1, length(rtrim(record, '0123456789}')) - 14),
        '0123456789')) + 1) AS BIGINT)
    WHERE record LIKE '%"created_ms":_%,"updated_ms":_%}';
CREATE INDEX model_by_revision ON model (revision);

-- Models that were deleted, until they come back.
CREATE TABLE model_gone (
    collection TEXT NOT NULL,
    name TEXT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (collection, name)
);
CREATE INDEX model_gone_by_revision ON model_gone (revision);

-- How far a source of listings was read.
CREATE TABLE sync (
    source TEXT PRIMARY KEY,
    collection TEXT NOT NULL,
    cursor TEXT,
    high_water_ms BIGINT,
    listed BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL
);
CREATE INDEX sync_of_collection ON sync (collection);

-- Collections that an organisation defines; those that are built in have no row.
CREATE TABLE collection (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    synced_ms BIGINT
);

-- What people keep at hand; the number says what came last.
CREATE TABLE favorite (
    collection TEXT NOT NULL,
    name TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (collection, name)
);
CREATE TABLE seen (
    collection TEXT NOT NULL,
    name TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (collection, name)
);
CREATE TABLE saved_search (
    name TEXT PRIMARY KEY,
    query TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
