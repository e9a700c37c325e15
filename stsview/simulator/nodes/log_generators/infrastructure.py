"""Log lines of infrastructure, sidecars, and all other software."""

from __future__ import annotations

from stsview.simulator.nodes.log_generators.log_generator import LogGenerator, iso

_GO = LogGenerator(
    iso,
    startup=(
        'ts={time} level=info msg="starting" version={tag} instance={pod}',
        'ts={time} level=info component=tsdb msg="replaying WAL, this may take a while"',
        'ts={time} level=info component=ring msg="joining ring" host={host}',
    ),
    periodic=(
        'ts={time} level=info component=compactor msg="compacted block" blocks={k} duration={n}ms',
        'ts={time} level=info component=memberlist msg="heartbeat" peer={peer} rtt={m}ms',
        'ts={time} level=debug component=http msg="request" method=GET path=/api/v1/query status=200 duration={n}ms',
        'ts={time} level=warn component=flusher msg="flush took longer than expected" duration={n}ms',
        'ts={time} level=error component=http msg="request failed" status=503 err="context canceled"',
    ),
    ready='ts={time} level=info msg="ready to serve"',
    not_ready='ts={time} level=warn msg="not ready: waiting for {peer} to join the ring"',
    failure=(
        'ts={time} level=error msg="error loading config" file=/etc/config.yaml err="line {m}: field retentoin not found"',
        'ts={time} level=error msg="exiting" code={code}',
    ),
    shutdown=('ts={time} level=info msg="received SIGTERM, shutting down"', 'ts={time} level=info msg="bye"'),
)

GENERIC = LogGenerator(
    iso,
    startup=(
        "{time} INFO  [main] {image} starting as {pod}",
        "{time} INFO  [storage] opened the volume of {claim}",
        "{time} INFO  [net] listening as {host}",
    ),
    periodic=(
        "{time} INFO  [snapshot] wrote {n} entries in {m} ms",
        "{time} INFO  [peer] heartbeat from {peer} after {m} ms",
        "{time} INFO  [request] served {n} requests, p99 {m} ms",
        "{time} DEBUG [gc] pause of {m} ms, {n} MB live",
        "{time} INFO  [session] expired {m} idle sessions",
        "{time} WARN  [disk] fsync took {n} ms",
    ),
    ready="{time} INFO  [main] ready",
    not_ready="{time} WARN  [main] not ready: waiting for a quorum of peers",
    failure=(
        "{time} ERROR [main] cannot start: /etc/app/config.yaml, line {m}: unexpected value 'tru' for 'replication'",
        "{time} ERROR [main] exiting with code {code}",
    ),
    shutdown=("{time} INFO  [main] signal 15: flushing and leaving", "{time} INFO  [main] bye"),
)

INFRASTRUCTURE = {
    "prometheus": _GO,
    "loki": _GO,
    "thanos": _GO,
    "etcd": LogGenerator(
        iso,
        startup=(
            '{{"level":"info","ts":"{time}","caller":"etcdmain/etcd.go:73","msg":"Running: ","args":["etcd","--name={pod}"]}}',
            '{{"level":"info","ts":"{time}","caller":"embed/etcd.go:128","msg":"configuring peer listeners","url":"{host}:2380"}}',
            '{{"level":"info","ts":"{time}","caller":"etcdserver/raft.go:540","msg":"restarting local member","commit":{n}{m}}}',
        ),
        periodic=(
            '{{"level":"info","ts":"{time}","caller":"mvcc/index.go:214","msg":"compact tree index","revision":{n}{m}}}',
            '{{"level":"info","ts":"{time}","caller":"mvcc/kvstore_compaction.go:68","msg":"finished compaction","took":"{m}ms"}}',
            '{{"level":"warn","ts":"{time}","caller":"etcdserver/util.go:170","msg":"apply request took too long","took":"{n}ms"}}',
        ),
        ready='{{"level":"info","ts":"{time}","caller":"embed/serve.go:187","msg":"serving client traffic securely"}}',
        not_ready='{{"level":"warn","ts":"{time}","caller":"rafthttp/probing_status.go:68","msg":"no contact","peer":"{peer}"}}',
        failure=(
            '{{"level":"fatal","ts":"{time}","caller":"etcdmain/etcd.go:204","msg":"discovery failed","error":"member count is unequal"}}',
        ),
        shutdown=(
            '{{"level":"info","ts":"{time}","caller":"osutil/interrupt_unix.go:64","msg":"received signal; shutting down"}}',
        ),
    ),
    "busybox": LogGenerator(
        iso,
        startup=("checking /data of {claim}", "vm.max_map_count = 262144", "owner of /data is 1000:1000"),
        periodic=(),
        ready="",
        not_ready="",
        failure=("cannot write to /data: Read-only file system",),
        shutdown=("done",),
    ),
    "jmx-exporter": LogGenerator(
        iso,
        startup=(
            "{time} | main | INFO | io.prometheus.jmx.Standalone | starting, configuration /etc/jmx.yaml",
            "{time} | main | INFO | io.prometheus.jmx.Standalone | listening on 0.0.0.0:5556",
        ),
        periodic=(
            "{time} | http-{k} | DEBUG | io.prometheus.jmx.Collector | {n} samples of {m} beans in {m} ms",
            "{time} | http-{k} | WARN | io.prometheus.jmx.Collector | bean java.lang:type=Memory took {n} ms",
        ),
        ready="{time} | main | INFO | io.prometheus.jmx.Standalone | running",
        not_ready="{time} | main | WARN | io.prometheus.jmx.Standalone | no connection to service:jmx:rmi://localhost:7199",
        failure=("{time} | main | ERROR | io.prometheus.jmx.Standalone | no file /etc/jmx.yaml",),
        shutdown=("{time} | main | INFO | io.prometheus.jmx.Standalone | stopping",),
    ),
}
