"""What images contain: their shells, users and base systems."""

from __future__ import annotations

from dataclasses import dataclass

DEBIAN = "Debian GNU/Linux 12 (bookworm)"
UBUNTU = "Ubuntu 22.04.5 LTS"
ALPINE = "Alpine Linux v3.20"
BUSYBOX = "BusyBox v1.37.0"
AMAZON = "Amazon Linux 2023.5.20240916"
RED_HAT = "Red Hat Enterprise Linux 9.4 (Plow)"
DISTROLESS = ""


@dataclass(frozen=True)
class ImageProfile:
    """The base of an image."""

    system: str = DEBIAN
    """The name of its base system; empty for an image with nothing but its own program."""
    user: str = "root"
    uid: int = 0
    directory: str = "/"
    """The working directory."""
    main: str = ""
    """The command line of its first process; empty: the last part of the name of the image."""
    data: tuple[tuple[str, str], ...] = ()
    """Files on its volume, by path below the mount, and their texts."""

    @property
    def shells(self) -> tuple[str, ...]:
        """The shells of the image, by name."""
        if not self.system:
            return ()
        if self.system == BUSYBOX:
            return ("ash", "sh")
        return ("bash", "ash", "sh") if self.system == ALPINE else ("bash", "sh")


_PROFILES = {
    "postgres": ImageProfile(
        main="postgres",
        data=(("PG_VERSION", "16\n"), ("postgresql.conf", "max_connections = 100\n"), ("base/1/112", "")),
    ),
    "redis": ImageProfile(directory="/data", main="redis-server *:6379", data=(("dump.rdb", "REDIS0011"),)),
    "valkey": ImageProfile(directory="/data", main="valkey-server *:6379"),
    "rabbitmq": ImageProfile(UBUNTU, main="/opt/erlang/lib/erlang/erts-14.2.5/bin/beam.smp -W w -MBas ageffcbf"),
    "mongo": ImageProfile(UBUNTU, main="mongod --replSet rs0 --bind_ip_all"),
    "cassandra": ImageProfile(UBUNTU, main="/opt/java/openjdk/bin/java -ea -da:net.openhft... CassandraDaemon"),
    "kafka": ImageProfile(
        ALPINE,
        "appuser",
        1000,
        main="java -Xmx1G -Xms1G -server kafka.Kafka server.properties",
        data=(
            ("meta.properties", "version=1\nnode.id={ordinal}\ncluster.id=4L6g3nShT-eMCtK--X86sw\n"),
            ("orders-0/00000000000000000000.log", ""),
            ("replication-offset-checkpoint", "0\n1\norders 0 18204\n"),
        ),
    ),
    "zookeeper": ImageProfile(
        UBUNTU,
        directory="/apache-zookeeper-3.8.1-bin",
        main="/opt/java/openjdk/bin/java -Dzookeeper.log.dir=/logs org.apache.zookeeper.server.quorum.QuorumPeerMain",
        data=(("myid", "{ordinal}\n"), ("version-2/acceptedEpoch", "7"), ("version-2/currentEpoch", "7")),
    ),
    "opensearch": ImageProfile(AMAZON, "opensearch", 1000, "/usr/share/opensearch", "java -Xshare:auto OpenSearch"),
    "elasticsearch": ImageProfile(
        UBUNTU, "elasticsearch", 1000, "/usr/share/elasticsearch", "java -Xshare:auto org.elasticsearch.server"
    ),
    "keycloak": ImageProfile(RED_HAT, "keycloak", 1000, main="java -Dkc.home.dir=/opt/keycloak/bin/.. start"),
    "prometheus": ImageProfile(
        BUSYBOX, "prometheus", 65534, "/prometheus", "/bin/prometheus --storage.tsdb.path=/data"
    ),
    "thanos": ImageProfile(BUSYBOX, "thanos", 1001, main="/bin/thanos store --data-dir=/data"),
    "loki": ImageProfile(ALPINE, "loki", 10001, main="/usr/bin/loki -target=ingester"),
    "vault": ImageProfile(ALPINE, "vault", 100, main="vault server -config=/vault/config"),
    "memcached": ImageProfile(user="memcache", uid=11211, main="memcached -m 64"),
    "clickhouse-server": ImageProfile(UBUNTU, main="/usr/bin/clickhouse-server"),
    "openldap": ImageProfile(main="/usr/sbin/slapd -h ldap:///"),
    "jmx-exporter": ImageProfile(user="1001", uid=1001, main="java -jar jmx_prometheus_httpserver.jar 5556"),
    "busybox": ImageProfile(BUSYBOX, main="sh"),
    "etcd": ImageProfile(DISTROLESS, main="/usr/local/bin/etcd"),
    "nats": ImageProfile(DISTROLESS, main="/nats-server --config nats-server.conf"),
}


def image_name(image: str) -> str:
    """The last part of an image's name, without tag and digest."""
    return image.rpartition("/")[2].partition("@")[0].partition(":")[0]


def image_profile(image: str) -> ImageProfile:
    """The profile of an image; one with a shell and a root user where the image is unknown."""
    return _PROFILES.get(image_name(image), ImageProfile())
