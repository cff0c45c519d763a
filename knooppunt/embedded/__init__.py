"""The embedded stack: Postgres and a broker from wheels, and three services as processes behind a gateway.

folder       the data folder: its files, and the lock that keeps a second stack out
geheimen     passwords and keys, made once
ports        free loopback ports
child        one child process: start, watch, start again, stop
leftovers    processes that an earlier, killed stack left behind
postgres     the database server: make a cluster, start it, clean up after a crash
broker       the Kafka-protocol broker
environment  what each service gets to know
gateway      the HTTP proxy that makes three services one address
lijnen       its connections to the services
server       the HTTP server that the gateway runs in
stack        all of it together, in order
scratch      a throw-away database for developers and tests
"""
