/* A question by UDP, on Linux. */
#include "os/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/os_posix.h"

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

static bool parse(hk_str host, uint16_t port, union address *to, socklen_t *size)
{
  char text[64];
  memset(to, 0, sizeof *to);
  if (hk_str_ieq(host, HK_S("localhost"))) host = HK_S("127.0.0.1");
  if (host.n >= sizeof text) return false;
  memcpy(text, host.p, host.n);
  text[host.n] = 0;
  if (inet_pton(AF_INET, text, &to->v4.sin_addr) == 1) {
    to->v4.sin_family = AF_INET;
    to->v4.sin_port = htons(port);
    *size = sizeof to->v4;
    return true;
  }
  if (inet_pton(AF_INET6, text, &to->v6.sin6_addr) != 1) return false;
  to->v6.sin6_family = AF_INET6;
  to->v6.sin6_port = htons(port);
  *size = sizeof to->v6;
  return true;
}

static hk_err wait_for(int s, unsigned timeout_ms)
{
  const uint64_t until = os_monotonic_ms() + timeout_ms;
  for (;;) {
    const uint64_t now = os_monotonic_ms();
    struct pollfd p = {.fd = s, .events = POLLIN};
    const int r = now >= until ? 0 : poll(&p, 1, (int)(until - now));
    if (r > 0) return hk_ok();
    if (r == 0) return hk_fail(HK_TIMEOUT, "wait for the server's answer", HK_NO_OFFSET);
    if (errno != EINTR) return os_fail_errno("wait for the server's answer");
  }
}

hk_err os_udp_ask(hk_str host, uint16_t port, const void *out, size_t n_out, void *in, size_t n_in, unsigned timeout_ms, size_t *got,
                  struct os_udp_times *at)
{
  union address to;
  socklen_t size = 0;
  if (!parse(host, port, &to, &size)) return hk_fail(HK_ABSENT, "find the server: its address is wanted here, not its name", HK_NO_OFFSET);
  const int s = socket(to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (s < 0) return os_fail_errno("open a socket");
  hk_err e = connect(s, &to.any, size) == 0 ? hk_ok() : os_fail_errno("reach the server"); /* answers of others are not taken */
  at->sent_at = os_now();
  if (e.code == HK_OK && send(s, out, n_out, MSG_NOSIGNAL) != (ssize_t)n_out) e = os_fail_errno("ask the server");
  if (e.code == HK_OK) e = wait_for(s, timeout_ms);
  if (e.code == HK_OK) {
    const ssize_t n = recv(s, in, n_in, 0);
    at->received_at = os_now();
    if (n < 0)
      e = os_fail_errno("read the server's answer");
    else
      *got = (size_t)n;
  }
  close(s);
  return e;
}
