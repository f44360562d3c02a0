-- What fewer bits change in a version: measured once, shown wherever the version serves with them.
CREATE TABLE parity (
    model TEXT NOT NULL,
    quantize TEXT NOT NULL,
    outcome TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (model, quantize)
);
