/* One datagram out, one back. The only thing in the program that uses a network, and only when the user asks for it. */
#ifndef HK_OS_UDP_H
#define HK_OS_UDP_H

#include "base/err.h"
#include "base/hktime.h"

struct os_udp_times {
  hk_time sent_at, received_at; /* by this PC's clock */
};
/* HK_TIMEOUT, HK_ABSENT (no such host), HK_IO. On Linux `host` is an address: a static program resolves no names. */
hk_err os_udp_ask(hk_str host, uint16_t port, const void *out, size_t n_out, void *in, size_t n_in, unsigned timeout_ms, size_t *got,
                  struct os_udp_times *at);

#endif
