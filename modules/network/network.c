/* Connections, names, neighbours, routes and interfaces out of state:\connections.jsonl and its like. */
#include "network.h"

#include <string.h>

#include "lib/state.h"

static const struct hk_kind kind_connection = STATE_KIND("state.connection");
static const struct hk_kind kind_dns = STATE_KIND("state.dns");
static const struct hk_kind kind_network = STATE_KIND("state.network");
static const struct hk_kind *const connection_kinds[] = {&kind_connection};
static const struct hk_kind *const dns_kinds[] = {&kind_dns};
static const struct hk_kind *const network_kinds[] = {&kind_network};
static const struct hk_kind *const kinds[] = {&kind_connection, &kind_dns, &kind_network};

extern const struct hk_record_type connection_record_type, dns_name_record_type, neighbour_record_type, route_record_type,
    network_interface_record_type;

HK_RECORD_TYPE(connection, CONNECTION_FIELDS, .artifact = "Connection", .verb = HK_OBSERVED, .proof = 3, HK_KINDS(connection_kinds),
               .title = {.ja = "通信中の接続", .en = "Connections"});
HK_RECORD_TYPE(dns_name, DNS_NAME_FIELDS, .artifact = "DnsName", .verb = HK_OBSERVED, .proof = 2, HK_KINDS(dns_kinds),
               .title = {.ja = "DNS キャッシュ", .en = "DNS cache"});
HK_RECORD_TYPE(neighbour, NEIGHBOUR_FIELDS, .artifact = "Neighbour", .verb = HK_OBSERVED, .proof = 2, HK_KINDS(network_kinds),
               .title = {.ja = "近隣の機器（ARP）", .en = "Neighbours (ARP)"});
HK_RECORD_TYPE(route, ROUTE_FIELDS, .artifact = "Route", .verb = HK_NO_VERB, .proof = 3, HK_KINDS(network_kinds),
               .title = {.ja = "経路", .en = "Routes"});
HK_RECORD_TYPE(network_interface, NETWORK_INTERFACE_FIELDS, .artifact = "NetworkInterface", .verb = HK_NO_VERB, .proof = 3,
               HK_KINDS(network_kinds), .title = {.ja = "ネットワークインターフェース", .en = "Network interfaces"});

/* None, or this PC itself. */
static bool is_nobody(hk_str address)
{
  static const char *const none[] = {"", "0.0.0.0", "::", "::1"};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
    if (hk_str_eq(address, hk_str_of(none[i]))) return true;
  return hk_str_starts(address, HK_S("127."));
}

static bool complete_connection(struct state_row *row)
{
  struct connection_record *const r = row->record;
  if (!is_nobody(r->remote_address)) r->host = r->remote_address;
  return true;
}

#define TOPICS(X)                                                     \
  X("connections", connection, connection_kinds, complete_connection) \
  X("dns_cache", dns_name, dns_kinds, NULL)                           \
  X("neighbours", neighbour, network_kinds, NULL)                     \
  X("routes", route, network_kinds, NULL)                             \
  X("interfaces", network_interface, network_kinds, NULL)

static const struct state_topic topics[] = {TOPICS(STATE_TOPIC)};
static const struct hk_record_type *const records[] = {TOPICS(STATE_RECORD)};
static const struct hk_artefact artefacts[] = {TOPICS(STATE_FILE)};

static hk_err network_parse(struct hk_item *item)
{
  return state_parse(item, topics, sizeof topics / sizeof topics[0]);
}

const struct hk_module network_module = {
    .name = "network",
    .title = {.ja = "ネットワークの状態", .en = "State of the network"},
    .proves = {.ja = "調査の時点で、その接続・名前・機器を Windows が挙げたこと。",
               .en = "That Windows named the connection, name or device when it was asked."},
    .proves_not = {.ja = "何が送られたか、誰が名前を引いたか、少し前に終わった接続。挙げられなかったものがないこと。",
                   .en = "What was sent, who looked a name up, connections that had just ended; nor that there was nothing else."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(kinds),
    .parse = network_parse,
    .deadline_s = 60,
    .memory_mib = 128,
};
