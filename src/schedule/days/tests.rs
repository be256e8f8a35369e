//! Tests of day sets. The oracle over 400 years is in `tests/it/laws`.
