"""Log lines of databases, search engines and caches."""

from __future__ import annotations

from stsview.simulator.nodes.log_generators.log_generator import (
    LogGenerator,
    in_words,
    iso,
    iso_with_comma,
    iso_with_dot,
)

_REDIS = LogGenerator(
    in_words,
    startup=(
        "1:C {time} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
        "1:C {time} * Redis version={tag}, bits=64, commit=00000000, modified=0, pid=1, just started",
        "1:C {time} * Configuration loaded",
        "1:M {time} * monotonic clock: POSIX clock_gettime",
        "1:M {time} * Running mode=cluster, port=6379.",
        "1:M {time} * Node configuration loaded, I'm {n}f6c{m}a0be",
        "1:M {time} * DB loaded from disk: 0.{m} seconds",
    ),
    periodic=(
        "1:M {time} * {n} changes in 60 seconds. Saving...",
        "1:M {time} * Background saving started by pid {n}",
        "{n}:C {time} * DB saved on disk",
        "{n}:C {time} * Fork CoW for RDB: current {k} MB, peak {m} MB, average {k} MB",
        "1:M {time} * Background saving terminated with success",
        "1:M {time} - {m} clients connected ({k} replicas), {n}456 bytes in use",
        "1:M {time} # WARNING: client-output-buffer of {peer} at {m}% of its limit",
    ),
    ready="1:M {time} * Ready to accept connections tcp",
    not_ready="1:M {time} # Cluster state changed: fail",
    failure=(
        "1:M {time} # Fatal error loading the DB, check server logs. Exiting.",
        "*** FATAL CONFIG FILE ERROR (Redis {tag}) ***",
        "Reading the configuration file, at line {m}",
        ">>> 'maxmemory-policy allkeys-lruu'",
        "argument(s) must be one of the following: volatile-lru, allkeys-lru, noeviction",
    ),
    shutdown=(
        "1:signal-handler Received SIGTERM scheduling shutdown...",
        "1:M {time} * User requested shutdown...",
        "1:M {time} * Saving the final RDB snapshot before exiting.",
        "1:M {time} # Redis is now ready to exit, bye bye...",
    ),
)

_ELASTICSEARCH = LogGenerator(
    iso_with_comma,
    startup=(
        "[{time}][INFO ][o.e.n.Node               ] [{pod}] version[{tag}], pid[7], build[docker], JVM[OpenJDK 22.0.1]",
        "[{time}][INFO ][o.e.n.Node               ] [{pod}] JVM arguments [-Xms4g, -Xmx4g, -XX:+UseG1GC]",
        "[{time}][INFO ][o.e.e.NodeEnvironment    ] [{pod}] using [1] data paths, mounts [[/data (/dev/sdb)]]",
        "[{time}][INFO ][o.e.n.Node               ] [{pod}] node name [{pod}], roles [data, ingest, master]",
        "[{time}][INFO ][o.e.d.DiscoveryModule    ] [{pod}] using discovery type [multi-node] and seed providers [dns]",
        "[{time}][INFO ][o.e.t.TransportService   ] [{pod}] publish_address {{{host}:9300}}",
    ),
    periodic=(
        "[{time}][INFO ][o.e.m.j.JvmGcMonitor     ] [{pod}] [gc][{n}] overhead, spent [{m}ms] collecting in the last [1s]",
        "[{time}][INFO ][o.e.c.m.MetadataMapping  ] [{pod}] [orders-2026.11/{n}] update_mapping [_doc]",
        "[{time}][INFO ][o.e.c.r.a.AllocationServ ] [{pod}] current.health=GREEN message=Shards started on {peer}",
        "[{time}][WARN ][o.e.i.SearchSlowLog      ] [{pod}] [orders][{k}] took[{n}ms], total_hits[{n} hits], source[...]",
        "[{time}][DEBUG][o.e.i.e.Engine           ] [{pod}] [orders][{k}] merge segment of {m} MB done in {n} ms",
        "[{time}][INFO ][o.e.x.s.SnapshotRetentio ] [{pod}] completed retention, {k} snapshots deleted",
    ),
    ready="[{time}][INFO ][o.e.n.Node               ] [{pod}] started {{{pod}}}{{{host}:9300}}",
    not_ready="[{time}][WARN ][o.e.c.c.ClusterFormation ] [{pod}] master not discovered yet: have discovered [{pod}, {peer}]",
    failure=(
        "[{time}][ERROR][o.e.b.Elasticsearch      ] [{pod}] fatal exception while booting Elasticsearch",
        "java.lang.IllegalArgumentException: unknown setting [discovery.sed_hosts], did you mean [discovery.seed_hosts]?",
        "\tat org.elasticsearch.common.settings.AbstractScopedSettings.validate(AbstractScopedSettings.java:563)",
        "\tat org.elasticsearch.node.NodeConstruction.validateSettings(NodeConstruction.java:507)",
        "\tat org.elasticsearch.bootstrap.Elasticsearch.initPhase3(Elasticsearch.java:241)",
        "ERROR: Elasticsearch exited unexpectedly, with exit code {code}",
    ),
    shutdown=(
        "[{time}][INFO ][o.e.n.Node               ] [{pod}] stopping ...",
        "[{time}][INFO ][o.e.n.Node               ] [{pod}] stopped",
        "[{time}][INFO ][o.e.n.Node               ] [{pod}] closed",
    ),
)

DATABASES = {
    "redis": _REDIS,
    "valkey": _REDIS,
    "elasticsearch": _ELASTICSEARCH,
    "opensearch": _ELASTICSEARCH,
    "postgres": LogGenerator(
        iso_with_dot,
        startup=(
            "PostgreSQL Database directory appears to contain a database; Skipping initialization",
            "{time} UTC [1] LOG:  starting PostgreSQL {tag} (Debian {tag}-1.pgdg120+1) on x86_64-pc-linux-gnu, 64-bit",
            '{time} UTC [1] LOG:  listening on IPv4 address "0.0.0.0", port 5432',
            '{time} UTC [1] LOG:  listening on Unix socket "/var/run/postgresql/.s.PGSQL.5432"',
            "{time} UTC [29] LOG:  database system was shut down in recovery",
            "{time} UTC [29] LOG:  entering standby mode",
            "{time} UTC [29] LOG:  redo starts at {k}/{n}A0D8",
        ),
        periodic=(
            "{time} UTC [27] LOG:  checkpoint starting: time",
            "{time} UTC [27] LOG:  checkpoint complete: wrote {n} buffers (1.{k}%); 0 WAL file(s) added, {k} recycled",
            "{time} UTC [{n}] LOG:  connection authorized: user=app database=shop SSL enabled",
            "{time} UTC [31] LOG:  restartpoint complete: wrote {n} buffers, lag behind {peer} {k} ms",
            "{time} UTC [{n}] LOG:  duration: {n}.{m} ms  statement: SELECT * FROM orders WHERE customer_id = {m}",
            '{time} UTC [{n}] ERROR:  duplicate key value violates unique constraint "orders_pkey"',
        ),
        ready="{time} UTC [1] LOG:  database system is ready to accept connections",
        not_ready="{time} UTC [{n}] FATAL:  the database system is starting up",
        failure=(
            '{time} UTC [1] LOG:  skipping missing configuration file "/data/pgdata/postgresql.auto.conf"',
            '{time} UTC [1] FATAL:  unrecognized configuration parameter "shared_bufers"',
            "{time} UTC [1] LOG:  database system is shut down",
        ),
        shutdown=(
            "{time} UTC [1] LOG:  received fast shutdown request",
            "{time} UTC [1] LOG:  aborting any active transactions",
            "{time} UTC [27] LOG:  shutting down",
            "{time} UTC [1] LOG:  database system is shut down",
        ),
    ),
    "mongo": LogGenerator(
        iso,
        startup=(
            '{{"t":{{"$date":"{time}"}},"s":"I","c":"CONTROL","msg":"MongoDB starting","attr":{{"host":"{pod}","version":"{tag}"}}}}',
            '{{"t":{{"$date":"{time}"}},"s":"I","c":"STORAGE","msg":"Opening WiredTiger","attr":{{"dbpath":"/data"}}}}',
            '{{"t":{{"$date":"{time}"}},"s":"I","c":"REPL","msg":"Starting replica set member","attr":{{"set":"rs0"}}}}',
        ),
        periodic=(
            '{{"t":{{"$date":"{time}"}},"s":"I","c":"NETWORK","msg":"Connection accepted","attr":{{"remote":"10.2.3.{m}:{n}"}}}}',
            '{{"t":{{"$date":"{time}"}},"s":"I","c":"COMMAND","msg":"Slow query","attr":{{"ns":"shop.orders","ms":{n}}}}}',
            '{{"t":{{"$date":"{time}"}},"s":"W","c":"REPL","msg":"Heartbeat late","attr":{{"from":"{peer}","ms":{n}}}}}',
        ),
        ready='{{"t":{{"$date":"{time}"}},"s":"I","c":"REPL","msg":"Transition to SECONDARY complete"}}',
        not_ready='{{"t":{{"$date":"{time}"}},"s":"W","c":"REPL","msg":"No primary seen","attr":{{"asked":"{peer}"}}}}',
        failure=(
            '{{"t":{{"$date":"{time}"}},"s":"F","c":"CONTROL","msg":"Unrecognized option","attr":{{"option":"storage.engin"}}}}',
            '{{"t":{{"$date":"{time}"}},"s":"F","c":"CONTROL","msg":"Exiting","attr":{{"code":{code}}}}}',
        ),
        shutdown=(
            '{{"t":{{"$date":"{time}"}},"s":"I","c":"CONTROL","msg":"Received signal","attr":{{"signal":15}}}}',
            '{{"t":{{"$date":"{time}"}},"s":"I","c":"CONTROL","msg":"Shutting down"}}',
        ),
    ),
    "cassandra": LogGenerator(
        iso_with_comma,
        startup=(
            "INFO  [main] {time} CassandraDaemon.java:626 - Hostname: {host}:7000",
            "INFO  [main] {time} CassandraDaemon.java:633 - JVM vendor/version: OpenJDK 64-Bit Server VM/11.0.24",
            "INFO  [main] {time} ColumnFamilyStore.java:499 - Initializing system.sstable_activity",
            "INFO  [main] {time} CommitLog.java:200 - Log replay complete, {n} replayed mutations",
            "INFO  [main] {time} StorageService.java:864 - Cassandra version: {tag}",
            "INFO  [main] {time} Gossiper.java:2214 - Waiting for gossip to settle...",
        ),
        periodic=(
            "INFO  [GossipStage:1] {time} Gossiper.java:1440 - InetAddress /{peer}:7000 is now UP",
            "INFO  [CompactionExecutor:{k}] {time} CompactionTask.java:252 - Compacted {k} sstables to 1, {m}.{k}MiB in {n}ms",
            "DEBUG [MemtablePostFlush:{k}] {time} ColumnFamilyStore.java:1086 - Flushed {n} partitions of shop.orders",
            "WARN  [ReadStage-{k}] {time} ReadCommand.java:623 - Read {n} live rows and {n} tombstone cells for query",
            "INFO  [Service Thread] {time} GCInspector.java:299 - G1 Young Generation GC in {m}ms.",
        ),
        ready="INFO  [main] {time} CassandraDaemon.java:790 - Startup complete",
        not_ready="WARN  [GossipStage:1] {time} FailureDetector.java:333 - Not marking nodes down: local pause of {n}ms",
        failure=(
            "ERROR [main] {time} CassandraDaemon.java:900 - Exception encountered during startup",
            "org.apache.cassandra.exceptions.ConfigurationException: Invalid yaml: unknown property [num_token]",
            "\tat org.apache.cassandra.config.YamlConfigurationLoader.check(YamlConfigurationLoader.java:252)",
        ),
        shutdown=(
            "INFO  [StorageServiceShutdownHook] {time} Gossiper.java:2176 - Announcing shutdown",
            "INFO  [StorageServiceShutdownHook] {time} HintsService.java:222 - Paused hints dispatch",
        ),
    ),
    "clickhouse-server": LogGenerator(
        iso_with_dot,
        startup=(
            "{time} [ 1 ] {{}} <Information> Application: Starting ClickHouse {tag} (revision: 54490)",
            "{time} [ 1 ] {{}} <Information> Context: Database disk name: default",
            "{time} [ 1 ] {{}} <Information> Application: Listening for native protocol: 0.0.0.0:9000",
        ),
        periodic=(
            "{time} [ {n} ] {{}} <Debug> executeQuery: Read {n} rows, {m}.00 MiB in 0.{m} sec., {n} rows/sec.",
            "{time} [ {n} ] {{}} <Information> MergeTreeBackgroundExecutor: Merged {k} parts into all_1_{n}_{k}",
            "{time} [ {n} ] {{}} <Warning> MemoryTracker: Current memory usage: {m} GiB",
        ),
        ready="{time} [ 1 ] {{}} <Information> Application: Ready for connections.",
        not_ready="{time} [ 1 ] {{}} <Warning> ZooKeeper: no session with {peer}",
        failure=("{time} [ 1 ] {{}} <Error> Application: Code: 36. DB::Exception: Unknown setting 'max_memry_usage'",),
        shutdown=("{time} [ 1 ] {{}} <Information> Application: Received termination signal (Terminated)",),
    ),
}
