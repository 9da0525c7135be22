import os

import pytest

from docs import schema


@pytest.mark.skipif(
    bool(os.environ.get("RUBRICA_TEST_DATABASE_URL")),
    reason="another version of pg_dump writes otherwise",
)
def test_the_schema_is_what_the_migrations_make(database_url):
    assert schema.FILE.read_text() == schema.dump(database_url), "run `make schema`"
