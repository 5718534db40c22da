/* Connections, names, neighbours, routes, interfaces. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>

#include "os/state_win32.h"

#include <netioapi.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* A table may grow between asking for its size and asking for it. */
#define TABLE_TRIES 10
#define TABLE_BYTES_MAX ((DWORD)32 << 20)
#define MOST_ROWS 200000u
#define MOST_IN_LIST 64u

/* ---- addresses --------------------------------------------------------------------------------------------------------------- */

static hk_str address4(struct hk_arena *a, uint32_t network_order)
{
  uint8_t b[4];
  memcpy(b, &network_order, sizeof b);
  return hk_str_printf(a, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
}

/* RFC 5952, by ntdll (Vista). The zone stands behind it as Windows writes it. */
static hk_str address6(struct hk_arena *a, const void *bytes, uint32_t scope)
{
  typedef WCHAR *(NTAPI * to_text)(const IN6_ADDR *, WCHAR *);
  const to_text write = (to_text)state_function(L"ntdll.dll", "RtlIpv6AddressToStringW");
  IN6_ADDR in;
  WCHAR text[64];
  memcpy(&in, bytes, sizeof in);
  if (write == NULL) return (hk_str){.p = NULL, .n = 0};
  (void)write(&in, text); /* at most 46 units with their zero (MSDN) */
  const hk_str s = os_narrow(a, text, SIZE_MAX);
  return scope == 0 ? s : hk_str_printf(a, "%.*s%%%lu", (int)s.n, s.p, (unsigned long)scope);
}

static hk_str address_of(struct hk_arena *a, const SOCKADDR_INET *s)
{
  if (s->si_family == AF_INET) return address4(a, s->Ipv4.sin_addr.s_addr);
  if (s->si_family == AF_INET6) return address6(a, &s->Ipv6.sin6_addr, s->Ipv6.sin6_scope_id);
  return (hk_str){.p = NULL, .n = 0};
}

/* A SOCKET_ADDRESS says itself how long what it points to is. */
static hk_str address_at(struct hk_arena *a, const SOCKET_ADDRESS *s)
{
  SOCKADDR_INET in = {.si_family = AF_UNSPEC};
  if (s->lpSockaddr == NULL || s->iSockaddrLength < (int)sizeof in.Ipv4) return (hk_str){.p = NULL, .n = 0};
  const size_t n = (size_t)s->iSockaddrLength < sizeof in ? (size_t)s->iSockaddrLength : sizeof in;
  memcpy(&in, s->lpSockaddr, n);
  if (in.si_family == AF_INET6 && n < sizeof in.Ipv6) return (hk_str){.p = NULL, .n = 0};
  return address_of(a, &in);
}

/* Ports stand in the low 16 bits in network order; the high ones may hold anything (MSDN, MIB_TCPROW). */
static unsigned port_of(DWORD v)
{
  return (v & 0xFF) << 8 | (v >> 8 & 0xFF);
}

static void put_physical(struct state_ask *q, const char *key, const BYTE *p, size_t n, size_t most)
{
  char hex[2 * 32 + 1];
  if (n == 0 || n > most || n > 32) return;
  hk_hex(p, n, hex);
  hk_str s = HK_S("");
  for (size_t i = 0; i < n; i++) s = hk_str_printf(&q->arena, "%.*s%s%.2s", (int)s.n, s.p, i == 0 ? "" : "-", hex + 2 * i);
  state_str(&q->out, key, s);
}

/* ---- connections --------------------------------------------------------------------------------------------------------------- */

/* GetExtendedTcpTable, GetExtendedUdpTable (XP SP2; MSDN): ERROR_INSUFFICIENT_BUFFER and the size to have; no special right. */
typedef DWORD(WINAPI *get_table)(PVOID, PDWORD, WINBOOL, ULONG, int, ULONG);

static uint8_t *take_table(get_table get, ULONG family, int class, DWORD *size, DWORD *error)
{
  DWORD room = 64 * 1024;
  *error = ERROR_NOT_ENOUGH_MEMORY;
  for (int i = 0; i < TABLE_TRIES && room <= TABLE_BYTES_MAX; i++) {
    DWORD need = room;
    uint8_t *const p = calloc(1, room);
    if (p == NULL) return NULL;
    *error = get(p, &need, FALSE, family, class, 0);
    *size = room;
    if (*error == NO_ERROR) return p;
    free(p);
    if (*error != ERROR_INSUFFICIENT_BUFFER) return NULL;
    room = (need > room ? need : room) * 2;
  }
  return NULL;
}

struct end {
  hk_str address;
  unsigned port;
};

static void put_connection(struct state_ask *q, const char *protocol, int64_t state, const struct end *local, const struct end *remote,
                           DWORD pid, const LARGE_INTEGER *created)
{
  if (!state_row(&q->out)) return;
  state_str(&q->out, "protocol", hk_str_of(protocol));
  state_str(&q->out, "local_address", local->address);
  state_uint(&q->out, "local_port", local->port);
  if (remote != NULL) {
    state_str(&q->out, "remote_address", remote->address);
    state_uint(&q->out, "remote_port", remote->port);
    state_int(&q->out, "state", state);
  }
  state_time(&q->out, "created_at", hk_time_from_filetime((uint64_t)created->QuadPart));
  state_pid(q, pid);
  state_row_end(&q->out);
}

static void row_tcp4(struct state_ask *q, const uint8_t *p)
{
  MIB_TCPROW_OWNER_MODULE r;
  memcpy(&r, p, sizeof r);
  const struct end local = {address4(&q->arena, r.dwLocalAddr), port_of(r.dwLocalPort)};
  const struct end remote = {address4(&q->arena, r.dwRemoteAddr), port_of(r.dwRemotePort)};
  put_connection(q, "tcp", r.dwState, &local, &remote, r.dwOwningPid, &r.liCreateTimestamp);
}

static void row_tcp6(struct state_ask *q, const uint8_t *p)
{
  MIB_TCP6ROW_OWNER_MODULE r;
  memcpy(&r, p, sizeof r);
  const struct end local = {address6(&q->arena, r.ucLocalAddr, r.dwLocalScopeId), port_of(r.dwLocalPort)};
  const struct end remote = {address6(&q->arena, r.ucRemoteAddr, r.dwRemoteScopeId), port_of(r.dwRemotePort)};
  put_connection(q, "tcp6", r.dwState, &local, &remote, r.dwOwningPid, &r.liCreateTimestamp);
}

static void row_udp4(struct state_ask *q, const uint8_t *p)
{
  MIB_UDPROW_OWNER_MODULE r;
  memcpy(&r, p, sizeof r);
  const struct end local = {address4(&q->arena, r.dwLocalAddr), port_of(r.dwLocalPort)};
  put_connection(q, "udp", 0, &local, NULL, r.dwOwningPid, &r.liCreateTimestamp);
}

static void row_udp6(struct state_ask *q, const uint8_t *p)
{
  MIB_UDP6ROW_OWNER_MODULE r;
  memcpy(&r, p, sizeof r);
  const struct end local = {address6(&q->arena, r.ucLocalAddr, r.dwLocalScopeId), port_of(r.dwLocalPort)};
  put_connection(q, "udp6", 0, &local, NULL, r.dwOwningPid, &r.liCreateTimestamp);
}

struct table_kind {
  const char *function;
  ULONG family;
  int class;
  size_t head, row; /* where the first row begins, and the size of one */
  void (*put)(struct state_ask *q, const uint8_t *row);
};

static const struct table_kind tables[] = {
    {"GetExtendedTcpTable", AF_INET, TCP_TABLE_OWNER_MODULE_ALL, offsetof(MIB_TCPTABLE_OWNER_MODULE, table),
     sizeof(MIB_TCPROW_OWNER_MODULE), row_tcp4},
    {"GetExtendedTcpTable", AF_INET6, TCP_TABLE_OWNER_MODULE_ALL, offsetof(MIB_TCP6TABLE_OWNER_MODULE, table),
     sizeof(MIB_TCP6ROW_OWNER_MODULE), row_tcp6},
    {"GetExtendedUdpTable", AF_INET, UDP_TABLE_OWNER_MODULE, offsetof(MIB_UDPTABLE_OWNER_MODULE, table),
     sizeof(MIB_UDPROW_OWNER_MODULE), row_udp4},
    {"GetExtendedUdpTable", AF_INET6, UDP_TABLE_OWNER_MODULE, offsetof(MIB_UDP6TABLE_OWNER_MODULE, table),
     sizeof(MIB_UDP6ROW_OWNER_MODULE), row_udp6},
};

static void ask_table(struct state_ask *q, const struct table_kind *t)
{
  const get_table get = (get_table)state_function(L"iphlpapi.dll", t->function);
  DWORD size = 0;
  DWORD error = 0;
  DWORD n = 0;
  if (get == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  uint8_t *const p = take_table(get, t->family, t->class, &size, &error);
  if (p == NULL) {
    state_gap(&q->out, state_fail("list connections of one kind", error)); /* a PC without IPv6 */
    return;
  }
  memcpy(&n, p, sizeof n);
  for (size_t i = 0; i < n && i < MOST_ROWS && t->head + (i + 1) * t->row <= size; i++) t->put(q, p + t->head + i * t->row);
  free(p);
}

void state_ask_connections(struct state_ask *q)
{
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) ask_table(q, &tables[i]);
}

/* ---- names looked up --------------------------------------------------------------------------------------------------------------- */

/* DnsGetCacheDataTable of dnsapi.dll is not documented; its shape has been the same since Windows XP and `ipconfig /displaydns`
   uses it. The list is followed a bounded number of steps and freed by DnsFree (DnsFreeFlat), name by name. */
struct dns_entry {
  struct dns_entry *next;
  WCHAR *name;
  WORD type, size;
  DWORD flags;
};

void state_ask_dns(struct state_ask *q)
{
  typedef int(WINAPI * get_names)(struct dns_entry **);
  typedef void(WINAPI * free_names)(PVOID, int);
  const get_names get = (get_names)state_function(L"dnsapi.dll", "DnsGetCacheDataTable");
  const free_names let_go = (free_names)state_function(L"dnsapi.dll", "DnsFree");
  struct dns_entry *first = NULL;
  if (get == NULL || let_go == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  SetLastError(ERROR_SUCCESS);
  if (!get(&first)) {
    const DWORD e = GetLastError();
    state_problem(&q->out, e == ERROR_SUCCESS ? hk_fail(HK_ABSENT, "read the DNS cache: the service does not answer", HK_NO_OFFSET)
                                              : state_fail("read the DNS cache", e));
    return;
  }
  struct dns_entry *at = first;
  for (unsigned i = 0; at != NULL && i < MOST_ROWS; i++) {
    struct dns_entry *const next = at->next;
    if (state_row(&q->out)) {
      state_wide(q, "host", at->name);
      state_uint(&q->out, "type", at->type);
      state_uint(&q->out, "flags", at->flags);
      state_row_end(&q->out);
    }
    let_go(at->name, 0);
    let_go(at, 0);
    at = next;
  }
}

/* ---- neighbours, routes -------------------------------------------------------------------------------------------------------------- */

/* GetIpNetTable2, GetIpForwardTable2: Vista; the table is freed by FreeMibTable; no special right (MSDN). */
void state_ask_neighbours(struct state_ask *q)
{
  STATE_FUNCTION("iphlpapi.dll", GetIpNetTable2);
  STATE_FUNCTION("iphlpapi.dll", FreeMibTable);
  MIB_IPNET_TABLE2 *t = NULL;
  if (GetIpNetTable2_ == NULL || FreeMibTable_ == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  const DWORD e = GetIpNetTable2_(AF_UNSPEC, &t);
  if (e != NO_ERROR || t == NULL) {
    state_problem(&q->out, state_fail("list neighbours", e));
    return;
  }
  for (ULONG i = 0; i < t->NumEntries && i < MOST_ROWS; i++) {
    const MIB_IPNET_ROW2 *const r = &t->Table[i];
    if (!state_row(&q->out)) break;
    state_str(&q->out, "address", address_of(&q->arena, &r->Address));
    put_physical(q, "physical_address", r->PhysicalAddress, r->PhysicalAddressLength, sizeof r->PhysicalAddress);
    state_uint(&q->out, "interface_index", r->InterfaceIndex);
    state_int(&q->out, "state", (int64_t)r->State);
    state_bool(&q->out, "is_router", r->IsRouter != 0);
    state_row_end(&q->out);
  }
  FreeMibTable_(t);
}

void state_ask_routes(struct state_ask *q)
{
  STATE_FUNCTION("iphlpapi.dll", GetIpForwardTable2);
  STATE_FUNCTION("iphlpapi.dll", FreeMibTable);
  MIB_IPFORWARD_TABLE2 *t = NULL;
  if (GetIpForwardTable2_ == NULL || FreeMibTable_ == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  const DWORD e = GetIpForwardTable2_(AF_UNSPEC, &t);
  if (e != NO_ERROR || t == NULL) {
    state_problem(&q->out, state_fail("list routes", e));
    return;
  }
  for (ULONG i = 0; i < t->NumEntries && i < MOST_ROWS; i++) {
    const MIB_IPFORWARD_ROW2 *const r = &t->Table[i];
    if (!state_row(&q->out)) break;
    state_str(&q->out, "destination", address_of(&q->arena, &r->DestinationPrefix.Prefix));
    state_uint(&q->out, "prefix_length", r->DestinationPrefix.PrefixLength);
    state_str(&q->out, "next_hop", address_of(&q->arena, &r->NextHop));
    state_uint(&q->out, "interface_index", r->InterfaceIndex);
    state_uint(&q->out, "metric", r->Metric);
    state_int(&q->out, "protocol", (int64_t)r->Protocol);
    state_row_end(&q->out);
  }
  FreeMibTable_(t);
}

/* ---- interfaces ----------------------------------------------------------------------------------------------------------------------- */

struct gathered {
  hk_str v[MOST_IN_LIST];
  size_t n;
};

static void gather(struct gathered *g, hk_str s)
{
  if (s.n > 0 && g->n < MOST_IN_LIST) g->v[g->n++] = s;
}

static void put_adapter(struct state_ask *q, const IP_ADAPTER_ADDRESSES *i)
{
  struct gathered own = {.n = 0};
  struct gathered dns = {.n = 0};
  struct gathered gateways = {.n = 0};
  struct hk_arena *const a = &q->arena;
  for (const IP_ADAPTER_UNICAST_ADDRESS *u = i->FirstUnicastAddress; u != NULL && own.n < MOST_IN_LIST; u = u->Next) {
    const hk_str s = address_at(a, &u->Address);
    gather(&own, s.n == 0 ? s : hk_str_printf(a, "%.*s/%u", (int)s.n, s.p, (unsigned)u->OnLinkPrefixLength));
  }
  for (const IP_ADAPTER_DNS_SERVER_ADDRESS *d = i->FirstDnsServerAddress; d != NULL && dns.n < MOST_IN_LIST; d = d->Next)
    gather(&dns, address_at(a, &d->Address));
  for (const IP_ADAPTER_GATEWAY_ADDRESS_LH *g = i->FirstGatewayAddress; g != NULL && gateways.n < MOST_IN_LIST; g = g->Next)
    gather(&gateways, address_at(a, &g->Address));
  if (!state_row(&q->out)) return;
  state_uint(&q->out, "interface_index", i->IfIndex != 0 ? i->IfIndex : i->Ipv6IfIndex);
  state_wide(q, "name", i->FriendlyName);
  state_wide(q, "description", i->Description);
  put_physical(q, "physical_address", i->PhysicalAddress, i->PhysicalAddressLength, sizeof i->PhysicalAddress);
  state_list(&q->out, "addresses", own.v, own.n);
  state_list(&q->out, "dns_servers", dns.v, dns.n);
  state_list(&q->out, "gateways", gateways.v, gateways.n);
  state_str(&q->out, "dhcp_server", address_at(a, &i->Dhcpv4Server));
  state_wide(q, "dns_suffix", i->DnsSuffix);
  state_uint(&q->out, "type", i->IfType);
  state_int(&q->out, "status", (int64_t)i->OperStatus);
  state_row_end(&q->out);
}

/* GetAdaptersAddresses (XP; MSDN advises 15 KB and a bounded number of tries). */
void state_ask_interfaces(struct state_ask *q)
{
  STATE_FUNCTION("iphlpapi.dll", GetAdaptersAddresses);
  ULONG room = 32 * 1024;
  ULONG e = ERROR_BUFFER_OVERFLOW;
  if (GetAdaptersAddresses_ == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  for (int k = 0; k < TABLE_TRIES && e == ERROR_BUFFER_OVERFLOW && room <= TABLE_BYTES_MAX; k++) {
    IP_ADAPTER_ADDRESSES *const p = calloc(1, room);
    ULONG need = room;
    if (p == NULL) break;
    e = GetAdaptersAddresses_(AF_UNSPEC, GAA_FLAG_INCLUDE_GATEWAYS | GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST, NULL, p, &need);
    unsigned n = 0;
    for (const IP_ADAPTER_ADDRESSES *i = e == NO_ERROR ? p : NULL; i != NULL && n < MOST_ROWS; i = i->Next, n++) put_adapter(q, i);
    free(p);
    room = need > room ? need * 2 : room * 2;
  }
  if (e != NO_ERROR && e != ERROR_NO_DATA) state_problem(&q->out, state_fail("list interfaces", e));
}
