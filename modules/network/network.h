/* The network as it was when the PC was asked. */
#ifndef HK_MODULES_NETWORK_H
#define HK_MODULES_NETWORK_H

#include "record/record.h"

#define CONNECTION_FIELDS(F, R)                                                                                         \
  F(R, STR, protocol, TEXT, "プロトコル", "tcp, tcp6, udp, udp6")                                                       \
  F(R, STR, local_address, NONE, "自分のアドレス", "address of this PC")                                                \
  F(R, OPT, local_port, NONE, "自分のポート", "port on this PC")                                                        \
  F(R, STR, remote_address, NONE, "相手のアドレス（Windows の答え）", "address of the other end as told; 0.0.0.0 and :: are none") \
  F(R, STR, host, HOST, "相手", "address of the other end, where there is one that is not this PC itself")             \
  F(R, OPT, remote_port, NUMBER, "相手のポート", "port of the other end")                                               \
  F(R, OPT, state, NONE, "状態", "state: 2 listening, 5 established, 11 time-wait (MIB_TCP_STATE)")                     \
  F(R, INT, pid, PID, "プロセス ID", "process that owns it; 0: none any more")                                          \
  F(R, STR, path, PATH, "プログラム", "program of that process")                                                        \
  F(R, STR, name, NAME, "名前", "name of that process")                                                                 \
  F(R, TIME, created_at, SINCE, "接続日時", "when it was made, where Windows knows")                                     \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(connection, CONNECTION_FIELDS);

#define DNS_NAME_FIELDS(F, R)                                                                                           \
  F(R, STR, host, HOST, "名前", "name that was looked up, or stands in the hosts file")                                 \
  F(R, OPT, type, NUMBER, "種類", "type of record: 1 A, 5 CNAME, 12 PTR, 28 AAAA")                                      \
  F(R, OPT, flags, NONE, "フラグ", "flags as told")                                                                     \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(dns_name, DNS_NAME_FIELDS);

#define NEIGHBOUR_FIELDS(F, R)                                                                                          \
  F(R, STR, address, HOST, "アドレス", "address on the local network")                                                  \
  F(R, STR, physical_address, TEXT, "MAC アドレス", "hardware address behind it")                                       \
  F(R, OPT, interface_index, NONE, "インターフェース", "interface it is reached by")                                    \
  F(R, OPT, state, NONE, "状態", "state: 0 unreachable … 5 reachable, 6 permanent (NL_NEIGHBOR_STATE)")                 \
  F(R, BOOL, is_router, NONE, "ルーター", "it is a router")                                                             \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(neighbour, NEIGHBOUR_FIELDS);

#define ROUTE_FIELDS(F, R)                                                                                              \
  F(R, STR, destination, NONE, "宛先", "network it leads to")                                                           \
  F(R, OPT, prefix_length, NONE, "プレフィックス長", "length of the prefix in bits")                                    \
  F(R, STR, next_hop, NONE, "次の中継", "address of the next router; 0.0.0.0 and :: are none")                         \
  F(R, OPT, interface_index, NONE, "インターフェース", "interface it goes by")                                          \
  F(R, OPT, metric, NONE, "メトリック", "metric")                                                                       \
  F(R, OPT, protocol, NONE, "由来", "who made it: 2 local, 3 by management (NL_ROUTE_PROTOCOL)")                        \
  F(R, TIME, seen_at, NONE, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(route, ROUTE_FIELDS);

#define NETWORK_INTERFACE_FIELDS(F, R)                                                                                  \
  F(R, OPT, interface_index, NONE, "番号", "number that routes and neighbours name")                                    \
  F(R, STR, name, TEXT, "名前", "name that people see")                                                                 \
  F(R, STR, description, NONE, "説明", "description")                                                                   \
  F(R, STR, physical_address, NONE, "MAC アドレス", "hardware address")                                                 \
  F(R, STRS, addresses, NONE, "アドレス", "addresses with the length of their prefixes")                                \
  F(R, STRS, dns_servers, NONE, "DNS サーバー", "servers that are asked for names")                                     \
  F(R, STRS, gateways, NONE, "ゲートウェイ", "default gateways")                                                        \
  F(R, STR, dhcp_server, NONE, "DHCP サーバー", "server that gave the address")                                         \
  F(R, STR, dns_suffix, NONE, "DNS サフィックス", "suffix of names on this network")                                    \
  F(R, OPT, type, NONE, "種類", "kind: 6 Ethernet, 24 loopback, 71 wireless, 131 tunnel (IANA ifType)")                 \
  F(R, OPT, status, NONE, "状態", "1 up, 2 down (RFC 2863)")                                                            \
  F(R, TIME, seen_at, NONE, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(network_interface, NETWORK_INTERFACE_FIELDS);

extern const struct hk_module network_module;

#endif
