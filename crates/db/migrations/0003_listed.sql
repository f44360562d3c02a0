-- What a sync has seen of its source so far: at its end, what is not among it is not listed any more.
CREATE TABLE listed (
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (source, name)
);
