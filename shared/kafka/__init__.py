"""Events between services: outbox, relay, consumer and watermark.

Postgres is the truth and Kafka only transport: what is said here may arrive twice, late, or again from the
start, and every reader compares versions. `outbox` writes, `relay` publishes, `consumer` applies, `watermark`
tells what is here.
"""
