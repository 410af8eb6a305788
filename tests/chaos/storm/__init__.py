"""A running system in a storm of faults, and what is left of a job when it is over.

    python -m tests.chaos.storm --seed 1 --files 300

Two workers and a scheduler, a Valkey with its append-only file, and a real S3 server behind a link that fails. A job is
pressed in peace, then the same files again while faults are drawn at random from the seed. At the end every file must
have ended, once, with the same bytes, and nothing may be left that does not belong to a result.
"""
