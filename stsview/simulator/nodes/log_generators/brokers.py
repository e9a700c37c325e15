"""Log lines of message brokers and coordination services."""

from __future__ import annotations

from stsview.simulator.nodes.log_generators.log_generator import (
    LogGenerator,
    iso_with_comma,
    iso_with_dot,
    with_slashes,
)

BROKERS = {
    "zookeeper": LogGenerator(
        iso_with_comma,
        startup=(
            "ZooKeeper JMX enabled by default",
            "Using config: /conf/zoo.cfg",
            "{time} [myid:] - INFO  [main:o.a.z.s.q.QuorumPeerConfig@177] - Reading configuration from: /conf/zoo.cfg",
            "{time} [myid:] - INFO  [main:o.a.z.s.q.QuorumPeerMain@152] - Starting quorum peer, myid={pod}",
            "{time} [myid:] - INFO  [main:o.a.z.s.p.FileSnap@85] - Reading snapshot /data/version-2/snapshot.{k}00000{m}",
            "{time} [myid:] - INFO  [main:o.a.z.s.q.QuorumPeer@931] - {host}:2888 binding to port 3888",
            "{time} [myid:] - INFO  [QuorumPeer:o.a.z.s.q.QuorumPeer@1374] - LOOKING",
            "{time} [myid:] - INFO  [QuorumPeer:o.a.z.s.q.FastLeaderElection@979] - New election. My id = {pod}",
        ),
        periodic=(
            "{time} [myid:] - INFO  [SessionTracker:o.a.z.s.ZooKeeperServer@621] - Expiring session 0x{n}, timeout of 30000ms",
            "{time} [myid:] - INFO  [NIOWorkerThread-{k}:o.a.z.s.NIOServerCnxn@507] - Processing ruok command from /10.2.3.{m}",
            "{time} [myid:] - INFO  [SyncThread:o.a.z.s.p.FileTxnLog@291] - Creating new log file: log.{k}0000{n}",
            "{time} [myid:] - WARN  [SyncThread:o.a.z.s.p.FileTxnLog@380] - fsync-ing the write ahead log took {n}ms",
            "{time} [myid:] - INFO  [Snapshot Thread:o.a.z.s.p.FileTxnSnapLog@479] - Snapshotting: 0x{k}{n}",
            "{time} [myid:] - DEBUG [RecvWorker:{peer}:o.a.z.s.q.QuorumCnxManager@1397] - Queue size: {k}",
        ),
        ready="{time} [myid:] - INFO  [QuorumPeer:o.a.z.s.q.QuorumPeer@915] - Peer state changed: following - broadcast",
        not_ready="{time} [myid:] - WARN  [QuorumPeer:o.a.z.s.q.QuorumCnxManager@401] - Cannot open channel to {peer}:3888",
        failure=(
            "{time} [myid:] - ERROR [main:o.a.z.s.q.QuorumPeerMain@99] - Invalid config, exiting abnormally",
            "org.apache.zookeeper.server.quorum.QuorumPeerConfig$ConfigException: Error processing /conf/zoo.cfg",
            "\tat org.apache.zookeeper.server.quorum.QuorumPeerConfig.parse(QuorumPeerConfig.java:198)",
            "\tat org.apache.zookeeper.server.quorum.QuorumPeerMain.main(QuorumPeerMain.java:91)",
            "Caused by: java.lang.IllegalArgumentException: /data/myid file is missing",
            "Invalid config, exiting abnormally",
        ),
        shutdown=(
            "{time} [myid:] - INFO  [shutdown-hook:o.a.z.s.q.QuorumPeer@1529] - Shutting down quorum peer",
            "{time} [myid:] - INFO  [shutdown-hook:o.a.z.s.FinalRequestProcessor@596] - shutdown of request processor complete",
        ),
    ),
    "kafka": LogGenerator(
        iso_with_comma,
        startup=(
            "===> User",
            "uid=1000(appuser) gid=1000(appuser) groups=1000(appuser)",
            "===> Configuring ...",
            "===> Launching ...",
            "[{time}] INFO Registered kafka:type=kafka.Log4jController MBean (kafka.utils.Log4jControllerRegistration$)",
            "[{time}] INFO [BrokerServer id={k}] Transition from SHUTDOWN to STARTING (kafka.server.BrokerServer)",
            "[{time}] INFO Loading logs from log dirs ArraySeq(/data) (kafka.log.LogManager)",
            "[{time}] INFO Loaded {n} logs in {n}ms (kafka.log.LogManager)",
            "[{time}] INFO Awaiting socket connections on {host}:9092. (kafka.network.DataPlaneAcceptor)",
        ),
        periodic=(
            "[{time}] INFO [Partition orders-{k} broker={k}] ISR updated to {k},{m} (kafka.cluster.Partition)",
            "[{time}] INFO [GroupCoordinator {k}]: Stabilized group billing generation {m} with {k} members (k.c.g.GroupCoordinator)",
            "[{time}] INFO [ProducerStateManager partition=orders-{k}] Wrote producer snapshot at offset {n}{m} (o.a.k.s.i.l.P.)",
            "[{time}] INFO Deleted log segment /data/orders-{k}/000000000000{n}.log. (kafka.log.LocalLog$)",
            "[{time}] WARN [ReplicaFetcher replicaId={k}, leaderId={m}] Error in response for fetch request to {peer} (k.s.R.)",
            "[{time}] INFO [LocalLog partition=payments-{k}, dir=/data] Rolled new log segment at offset {n}{m} in {k} ms.",
        ),
        ready="[{time}] INFO [KafkaRaftServer nodeId={k}] Kafka Server started (kafka.server.KafkaRaftServer)",
        not_ready="[{time}] WARN [RaftManager id={k}] Connection to node {peer} could not be established (o.a.k.c.NetworkClient)",
        failure=(
            "[{time}] INFO Starting controller (kafka.server.ControllerServer)",
            "[{time}] ERROR Exiting Kafka due to fatal exception (kafka.Kafka$)",
            "org.apache.kafka.common.config.ConfigException: Unknown broker property 'log.dris', did you mean 'log.dirs'?",
            "\tat org.apache.kafka.common.config.AbstractConfig.validate(AbstractConfig.java:142)",
            "\tat kafka.server.KafkaConfig.<init>(KafkaConfig.scala:231)",
            "\tat kafka.Kafka$.buildServer(Kafka.scala:72)",
            "\tat kafka.Kafka$.main(Kafka.scala:91)",
            "\tat kafka.Kafka.main(Kafka.scala)",
        ),
        shutdown=(
            "[{time}] INFO Terminating process due to signal SIGTERM (org.apache.kafka.common.utils.LoggingSignalHandler)",
            "[{time}] INFO [BrokerServer id={k}] Transition from STARTED to SHUTTING_DOWN (kafka.server.BrokerServer)",
            "[{time}] INFO [KafkaRaftServer nodeId={k}] shut down completed (kafka.server.KafkaRaftServer)",
        ),
    ),
    "rabbitmq": LogGenerator(
        iso_with_dot,
        startup=(
            "{time}+00:00 [info] <0.222.0> Starting RabbitMQ {tag} on Erlang 26.2.5",
            "{time}+00:00 [info] <0.222.0>  node           : rabbit@{host}",
            "{time}+00:00 [info] <0.222.0> Peer discovery: trying {peer}",
        ),
        periodic=(
            "{time}+00:00 [info] <0.{n}.0> connection <0.{n}.0> (10.2.3.{m}:{n} -> 10.2.4.{m}:5672): user 'app' authenticated",
            "{time}+00:00 [info] <0.{n}.0> queue 'orders.{k}' in vhost '/': {n} messages, {m} consumers",
            "{time}+00:00 [warning] <0.{n}.0> closing AMQP connection <0.{n}.0>: client unexpectedly closed TCP connection",
        ),
        ready="{time}+00:00 [info] <0.222.0> Server startup complete; 5 plugins started.",
        not_ready="{time}+00:00 [warning] <0.222.0> Mnesia: waiting for tables, {k} retries left",
        failure=(
            "{time}+00:00 [error] <0.222.0> failed_to_prepare_configuration: Conflicting values for vm_memory_high_watermark",
        ),
        shutdown=("{time}+00:00 [info] <0.64.0> SIGTERM received - shutting down",),
    ),
    "nats": LogGenerator(
        with_slashes,
        startup=(
            "[1] {time} [INF] Starting nats-server",
            "[1] {time} [INF]   Version:  {tag}",
            "[1] {time} [INF]   Name:     {pod}",
            "[1] {time} [INF] Starting JetStream",
        ),
        periodic=(
            "[1] {time} [INF] {peer}:6222 - rid:{m} - Route connection created",
            "[1] {time} [INF] JetStream cluster new stream leader for '$G > ORDERS-{k}'",
            "[1] {time} [WRN] 10.2.3.{m}:{n} - cid:{n} - Slow Consumer Detected",
        ),
        ready="[1] {time} [INF] Server is ready",
        not_ready="[1] {time} [WRN] JetStream has not established contact with a meta leader",
        failure=('[1] {time} [FTL] nats-server: /etc/nats/nats.conf:{m}:{k}: unknown field "max_payloud"',),
        shutdown=('[1] {time} [INF] Trapped "terminated" signal', "[1] {time} [INF] Server Exiting.."),
    ),
}
