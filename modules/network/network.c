/* Connections, names, neighbours, routes and interfaces out of state:\connections.jsonl and its like. */
#include "network.h"

#include <string.h>

static const struct hk_kind kind_connection = STATE_KIND("state.connection");
static const struct hk_kind kind_dns = STATE_KIND("state.dns");
static const struct hk_kind kind_network = STATE_KIND("state.network");
static const struct hk_kind *const connection_kinds[] = {&kind_connection};
static const struct hk_kind *const dns_kinds[] = {&kind_dns};
static const struct hk_kind *const network_kinds[] = {&kind_network};
static const struct hk_kind *const kinds[] = {&kind_connection, &kind_dns, &kind_network};

extern const struct hk_record_type connection_record_type, dns_name_record_type, neighbour_record_type, route_record_type,
    network_interface_record_type;

HK_RECORD_TYPE(connection, CONNECTION_FIELDS, .artifact = "Connection", .verb = HK_OBSERVED, .proof = 3, .kinds = connection_kinds,
               .n_kinds = 1, .title = {.ja = "通信中の接続", .en = "Connections"});
HK_RECORD_TYPE(dns_name, DNS_NAME_FIELDS, .artifact = "DnsName", .verb = HK_OBSERVED, .proof = 2, .kinds = dns_kinds, .n_kinds = 1,
               .title = {.ja = "DNS キャッシュ", .en = "DNS cache"});
HK_RECORD_TYPE(neighbour, NEIGHBOUR_FIELDS, .artifact = "Neighbour", .verb = HK_OBSERVED, .proof = 2, .kinds = network_kinds,
               .n_kinds = 1, .title = {.ja = "近隣の機器（ARP）", .en = "Neighbours (ARP)"});
HK_RECORD_TYPE(route, ROUTE_FIELDS, .artifact = "Route", .verb = HK_NO_VERB, .proof = 3, .kinds = network_kinds, .n_kinds = 1,
               .title = {.ja = "経路", .en = "Routes"});
HK_RECORD_TYPE(network_interface, NETWORK_INTERFACE_FIELDS, .artifact = "NetworkInterface", .verb = HK_NO_VERB, .proof = 3,
               .kinds = network_kinds, .n_kinds = 1, .title = {.ja = "ネットワークインターフェース", .en = "Network interfaces"});

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

static hk_err network_parse(struct hk_item *item)
{
  static const struct state_topic topics[] = {
      STATE_TOPIC("connections", connection_record_type, connection_kinds, complete_connection),
      STATE_TOPIC("dns_cache", dns_name_record_type, dns_kinds, NULL),
      STATE_TOPIC("neighbours", neighbour_record_type, network_kinds, NULL),
      STATE_TOPIC("routes", route_record_type, network_kinds, NULL),
      STATE_TOPIC("interfaces", network_interface_record_type, network_kinds, NULL),
  };
  return state_parse(item, topics, sizeof topics / sizeof topics[0]);
}

static const struct hk_record_type *const records[] = {&connection_record_type, &dns_name_record_type, &neighbour_record_type,
                                                       &route_record_type, &network_interface_record_type};
static const struct hk_artefact artefacts[] = {
    STATE_FILE("connections", connection_kinds), STATE_FILE("dns_cache", dns_kinds),      STATE_FILE("neighbours", network_kinds),
    STATE_FILE("routes", network_kinds),         STATE_FILE("interfaces", network_kinds),
};

const struct hk_module network_module = {
    .name = "network",
    .title = {.ja = "ネットワークの状態", .en = "State of the network"},
    .proves = {.ja = "調査の時点で、その接続・名前・機器を Windows が挙げたこと。",
               .en = "That Windows named the connection, name or device when it was asked."},
    .proves_not = {.ja = "何が送られたか、誰が名前を引いたか、少し前に終わった接続。挙げられなかったものがないこと。",
                   .en = "What was sent, who looked a name up, connections that had just ended; nor that there was nothing else."},
    .artefacts = artefacts,
    .n_artefacts = sizeof artefacts / sizeof artefacts[0],
    .records = records,
    .n_records = sizeof records / sizeof records[0],
    .kinds = kinds,
    .n_kinds = sizeof kinds / sizeof kinds[0],
    .parse = network_parse,
    .deadline_s = 60,
    .memory_mib = 128,
};
