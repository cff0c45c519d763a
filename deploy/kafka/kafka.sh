#!/bin/sh
# Apache Kafka from its jars, on this machine alone, for tests and for trying out; README.md beside this file.
#
#   kafka.sh jars         fetch the jars through Maven, unless they are there; exit code 3 when Maven is not reachable
#   kafka.sh node FOLDER  run one node (broker and controller in one); its data stays in FOLDER
#
# Of a node, from the environment:
#   KAFKA_NODE      its number, 1 or higher (1)
#   KAFKA_POORTEN   loopback ports of all nodes in order, each broker:controller, separated by spaces (9092:9093)
#   KAFKA_HEAP_MB   size of its heap (256)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
jars=${KAFKA_JARS:-$here/../../build/kafka}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
cluster=a25vb3BwdW50LWthZmthMQ # 16 bytes in base64: any will do, but of all nodes the same

unreachable='not resolve host|Unknown host|Connection refused|Connection timed out|connect timed out|Network is unreachable|offline mode'

fetch() {
  pinned=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")
  [ "$(cat "$jars/versie" 2>/dev/null)" != "$pinned" ] || return 0
  command -v mvn >/dev/null && command -v "$java" >/dev/null || return 3
  rm -rf "$jars" && mkdir -p "$jars"
  mvn -q -B -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$jars" >"$jars/maven.log" 2>&1 || {
    # Only this is no fault of ours: a version that does not exist must not pass for a network that is away.
    ! grep -qE "$unreachable" "$jars/maven.log" || return 3
    cat "$jars/maven.log" >&2
    return 1
  }
  echo "$pinned" >"$jars/versie"
}

# The settings of a node on standard output.
settings() {
  number=0 voters='' own=''
  for ports in $KAFKA_POORTEN; do
    number=$((number + 1))
    voters="$voters${voters:+,}$number@127.0.0.1:${ports#*:}"
    [ "$number" != "$KAFKA_NODE" ] || own=$ports
  done
  [ -n "$own" ] || { echo "kafka.sh: node $KAFKA_NODE has no ports in KAFKA_POORTEN" >&2; exit 2; }
  copies=$((number < 3 ? number : 3))
  cat <<END
process.roles=broker,controller
node.id=$KAFKA_NODE
controller.quorum.voters=$voters
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=PLAINTEXT://127.0.0.1:${own%:*},CONTROLLER://127.0.0.1:${own#*:}
advertised.listeners=PLAINTEXT://127.0.0.1:${own%:*}
log.dirs=$1/log
# Whoever needs a topic must make it, with the settings it needs: none comes of itself.
auto.create.topics.enable=false
offsets.topic.replication.factor=$copies
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=$((copies < 2 ? 1 : 2))
share.coordinator.state.topic.replication.factor=$copies
share.coordinator.state.topic.min.isr=$((copies < 2 ? 1 : 2))
# The first member of a group need not wait three seconds for more.
group.initial.rebalance.delay.ms=0
# A node that is killed is missed after six seconds instead of nine; less, and a busy machine takes a slow one for dead.
broker.session.timeout.ms=6000
END
}

node() {
  mkdir -p "$1"
  folder=$(cd "$1" && pwd)
  : "${KAFKA_NODE:=1}" "${KAFKA_POORTEN:=9092:9093}" "${KAFKA_HEAP_MB:=256}"
  settings "$folder" >"$folder/node.properties"
  set -- "-Xms${KAFKA_HEAP_MB}m" "-Xmx${KAFKA_HEAP_MB}m" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
    "-Dlog4j2.configurationFile=$here/log4j2.properties" -cp "$jars/*"
  [ -f "$folder/log/meta.properties" ] ||
    "$java" "$@" kafka.tools.StorageTool format --cluster-id "$cluster" --config "$folder/node.properties" >&2
  # The same process, so that its id is that of the node.
  exec "$java" "$@" kafka.Kafka "$folder/node.properties"
}

jars() {
  fetch || {
    code=$?
    [ "$code" != 3 ] || echo "kafka.sh: Maven is not reachable (or mvn or java is not installed)" >&2
    return "$code"
  }
}

case "${1:-}" in
  jars) jars ;;
  node) jars && node "${2:?name a folder}" ;;
  *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0" >&2; exit 2 ;;
esac
