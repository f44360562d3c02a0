-- Models: the record as JSON, because SQL is never asked by its fields.
CREATE TABLE model (
    collection TEXT NOT NULL,
    name TEXT NOT NULL,
    record TEXT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (collection, name)
);

CREATE TABLE version (
    collection TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    number BIGINT NOT NULL,
    manifest TEXT,
    record TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (collection, name, version),
    UNIQUE (collection, name, number)
);

CREATE TABLE evaluation (
    id TEXT PRIMARY KEY,
    collection TEXT NOT NULL,
    name TEXT NOT NULL,
    record TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX evaluation_of_model ON evaluation (collection, name, created_ms);

-- Counters by name: the catalog's revision, the numbers of jobs and evaluations.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE job (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    progress TEXT,
    result TEXT,
    error TEXT,
    attempt BIGINT NOT NULL,
    retries_max BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    lease_until_ms BIGINT,
    worker TEXT,
    cancel_asked BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    started_ms BIGINT,
    finished_ms BIGINT
);
CREATE INDEX job_by_state ON job (state, due_ms, number);

CREATE TABLE job_log (
    job TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (job, seq)
);

CREATE TABLE job_metric (
    job TEXT NOT NULL,
    seq BIGINT NOT NULL,
    name TEXT NOT NULL,
    step BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (job, seq)
);

CREATE TABLE endpoint (
    name TEXT PRIMARY KEY,
    created_ms BIGINT NOT NULL
);

CREATE TABLE deployment (
    endpoint TEXT NOT NULL REFERENCES endpoint (name),
    name TEXT NOT NULL,
    model TEXT NOT NULL,
    options TEXT NOT NULL,
    traffic BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (endpoint, name)
);
